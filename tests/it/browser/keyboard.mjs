// No mouse: signing in, walking the queue, opening an eSR, sending it elsewhere. What has the focus is always to be seen.
import { assert, base, open, people, walk } from "./lib.mjs";

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const label = one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
  const shown = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0;
  return { tag: one.tagName.toLowerCase(), name: label.trim().replace(/\s+/g, " "), shown, outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
});

// Tab by tab until this has the focus; each one on the way is in sight and outlined.
async function tabTo(page, name) {
  const passed = [];
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    passed.push(`${now.tag} ${now.name.slice(0, 40)}`);
    if (now.tag !== "body") {
      assert(now.shown, `${now.tag} "${now.name}" has the focus and is not in sight`);
      assert(now.outlined, `${now.tag} "${now.name}" has the focus, and nothing shows it`);
    }
    if (name.test(now.name)) return;
  }
  assert.fail(`${name} is not reached by Tab: ${passed.join(", ")}`);
}

await walk(async () => {
  const page = await open(null, { viewport: { width: 1280, height: 800 } });
  await page.goto(base + "/login");
  await tabTo(page, /^Login/);
  await page.keyboard.type("noor");
  await tabTo(page, /^Password/);
  await page.keyboard.type(people.noor.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));

  // The first stop of a page leads past the menu.
  await page.goto(base + "/queue");
  await tabTo(page, /^Skip to the page$/);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");

  // j and k walk, / searches, Escape leaves the search.
  await page.keyboard.press("/");
  assert.equal((await focused(page)).tag, "input");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  const first = await page.evaluate(() => document.activeElement.closest("tr")?.dataset.id);
  assert(first, "j goes to the first row");
  await page.keyboard.press("j");
  const second = await page.evaluate(() => document.activeElement.closest("tr")?.dataset.id);
  assert.notEqual(second, first);
  await page.keyboard.press("k");
  assert.equal(await page.evaluate(() => document.activeElement.closest("tr")?.dataset.id), first);
  assert((await focused(page)).outlined);
  await page.keyboard.press("x");
  assert.equal(await page.locator("[data-count]").innerText(), "1 chosen");
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/esrs/${first}`));

  // One key opens the form with the caret in it; Tab goes through it, Enter sends it.
  await page.keyboard.press("o");
  assert.equal(await page.evaluate(() => document.activeElement.id), "place");
  await page.keyboard.type("ALE Support");
  const chosen = await page.locator("#place").inputValue();
  assert.match(chosen, /^ale_support\//);
  await tabTo(page, /^Why/);
  await page.keyboard.type("We look ourselves.");
  await tabTo(page, /^Send it there$/);
  await page.keyboard.press("Enter");
  await page.getByText("An agent chose this route").waitFor();
  assert.equal(await page.locator("header.sentence").getAttribute("data-route"), "ale_support");

  // And out again.
  await tabTo(page, /^Sign out$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/login/);
});
