// Finds the pages that somebody reaches by links, a few of each kind.
import { assert, base, open } from "./lib.mjs";

// A kind is a path without its ids, bare or with a query: pages of a kind look alike.
const kind = (url) =>
  url.pathname.replace(/[a-z]{3}_[0-9a-z_]+/g, "*").replace(/\/(registry\/\w+)\/[^/]+(\/\d+)?/, "/$1/*") + (url.search ? "?" : "");

/// Their addresses. Pages of kinds that stand in `known` as often as `few` are followed, and left out; what is found is added there.
export async function reached(login, few, known = new Map()) {
  const page = await open(login);
  const [found, seen, own, waiting] = [[], new Set(), new Map(), [base + "/"]];
  while (waiting.length > 0) {
    const at = waiting.shift();
    const which = kind(new URL(at));
    if (seen.has(at) || (own.get(which) ?? 0) >= few) continue;
    seen.add(at);
    const answer = await page.request.get(at);
    if (!(answer.headers()["content-type"] ?? "").includes("text/html")) continue;
    const text = await answer.text();
    assert.equal(answer.status(), 200, `${login}: ${at} answers ${answer.status()}`);
    assert(!/ style=/.test(text), `${login}: ${at} carries a style attribute`);
    own.set(which, (own.get(which) ?? 0) + 1);
    if ((known.get(which) ?? 0) < few) {
      known.set(which, (known.get(which) ?? 0) + 1);
      found.push(at);
    }
    const links = await page.evaluate((text) =>
      [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("a[href]:not([download])")].map((a) => a.getAttribute("href")), text);
    for (const link of links) {
      const to = new URL(link, at);
      to.hash = "";
      if (to.origin === base && !/^\/(docs|openapi|schemas|assets|logout|v1)/.test(to.pathname)) waiting.push(to.href);
    }
  }
  assert(own.size >= 4, `${login} reaches ${[...own.keys()]}`);
  await page.context().close();
  return found;
}
