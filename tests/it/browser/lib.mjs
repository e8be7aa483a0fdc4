// What every walk through the pages needs: a Chromium, watched closely.
//
// A page that logs an error, throws, is refused something by its Content-Security-Policy, or asks another host for anything fails
// the walk, whatever else it was for.
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";

const CHROMIUM = "/usr/bin/chromium";
// A little less than the test that started this waits.
const PATIENCE = 220_000;

export { assert };
export const told = JSON.parse(readFileSync(0, "utf8"));
export const { base, people } = told;

const require = createRequire(process.env.POINTSMAN_TEST_NODE + "/");
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
if (!existsSync(CHROMIUM)) {
  console.error(`There is no Chromium at ${CHROMIUM}: run tests/run, which installs Debian's.`);
  process.exit(1);
}
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/// What was wrong with any page, whatever the walk was for.
export const faults = [];

/// A browser of its own, as a person has one; signed in when `who` is somebody's login.
export async function open(who, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE / 8);
  context.on("page", watch);
  const page = await context.newPage();
  if (!who) return page;
  const [name, value] = people[who].cookie?.split("=") ?? [];
  if (name) await context.addCookies([{ name, value, url: base }]);
  else await signIn(page, who);
  return page;
}

function watch(page) {
  const fault = (what) => faults.push(`${page.url()}: ${what}`);
  // Refusals that a walk asks for: the browser logs them as errors. `page.refused.add(422)`.
  page.refused = new Set();
  page.on("console", (said) => {
    if (said.type() === "error" && ![...page.refused].some((status) => said.text().includes(`status of ${status}`))) fault(said.text());
  });
  page.on("pageerror", (error) => fault(error.stack ?? String(error)));
  page.on("request", (request) => {
    if (!/^(data|blob|about):/.test(request.url()) && !request.url().startsWith(base + "/")) fault(`asks ${request.url()}`);
  });
}

/// Signs somebody in by the form.
export async function signIn(page, login) {
  await page.goto(base + "/login");
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(people[login].password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

/// Notes what makes the page as it stands hard to use for somebody: what axe-core finds moderate or worse.
export async function accessible(page, where = page.url()) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const one of found.violations.filter((one) => one.impact !== "minor")) {
    const shown = one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.failureSummary?.split("\n").slice(1, 3).join(" ").trim()})`);
    faults.push(`${where}: axe finds ${one.impact} ${one.id}: ${one.help}: ${shown.join(" | ")}`);
  }
}

/// Notes when the page is wider than the window, or has no first heading or several.
export async function whole(page, where = page.url()) {
  const seen = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - room;
    const out = wide <= 0 ? [] : [...document.querySelectorAll("body *")]
      .filter((one) => one.getBoundingClientRect().right > room + 1 && !one.parentElement.closest(".scroll, .tabs, pre"))
      .slice(0, 3).map((one) => one.outerHTML.slice(0, 140));
    // What is there for everybody has a size; only what is kept from screen and keyboard, or for screen readers alone, has none.
    const lost = [...document.querySelectorAll("main button, main h2, main h3, main form, main a[href]")]
      .filter((one) => !one.closest(".unseen, [hidden], [tabindex='-1']:not(main), details:not([open]) > :not(summary)"))
      .filter((one) => getComputedStyle(one).display !== "none" && one.checkVisibility())
      .filter((one) => { const box = one.getBoundingClientRect(); return box.width < 2 || box.height < 2; })
      .slice(0, 3).map((one) => one.outerHTML.slice(0, 140));
    return { wide, out, lost, first: document.querySelectorAll("h1").length };
  });
  if (seen.lost.length > 0) faults.push(`${where}: cannot be seen: ${seen.lost.join(" | ")}`);
  if (seen.wide > 0) faults.push(`${where}: ${seen.wide} px wider than the window: ${seen.out.join(" | ")}`);
  if (seen.first !== 1) faults.push(`${where}: ${seen.first} first headings`);
}

/// Keeps a picture of the page where pictures are asked for, by `SCREENS=DIRECTORY`.
export async function picture(page, name) {
  if (!process.env.SCREENS) return;
  mkdirSync(process.env.SCREENS, { recursive: true });
  await page.screenshot({ path: join(process.env.SCREENS, name.replace(/[^\w.-]+/g, "_").slice(0, 140) + ".png"), fullPage: true }).catch(() => {});
}

/// Waits until this holds, asked again and again, and says what did not come about.
export async function until(holds, what) {
  const deadline = Date.now() + PATIENCE / 8;
  for (;;) {
    const held = await holds();
    if (held) return held;
    assert(Date.now() < deadline, `this did not come about: ${what}`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

/// Walks to the end, and says what was wrong.
export async function walk(steps) {
  let failed;
  try {
    const late = new Promise((_, refuse) => setTimeout(() => refuse(new Error("it took too long")), PATIENCE).unref());
    await Promise.race([steps(), late]);
  } catch (error) {
    failed = error;
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      const shown = await page.locator("main").innerText({ timeout: 1000 }).catch(() => "");
      faults.push(`was at ${page.url()}: ${shown.slice(0, 1500)}`);
      await picture(page, "failed").catch(() => {});
    }
  }
  await browser.close();
  if (failed) console.error(failed);
  if (faults.length > 0) console.error([...new Set(faults)].join("\n"));
  process.exit(failed || faults.length > 0 ? 1 : 0);
}
