// Pages full of text that would like to be something else: it stands there as text, and no page breaks.
import { assert, base, faults, open, picture, told, walk, whole } from "./lib.mjs";
import { reached } from "./crawl.mjs";

const ALL = told.texts.join(" ");

// Nothing of it became an element, ran, or widened the page on a phone.
async function unhurt(page) {
  const where = page.url().slice(base.length);
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await whole(page, `${width} ${where}`);
    await picture(page, `hostile ${width} ${where}`);
  }
  const hurt = await page.evaluate(() => ({
    ran: window.hurt !== undefined,
    made: document.querySelectorAll("x-made, img[src=x], svg[onload], [onclick], [onerror], a[href^='javascript:']").length,
    entity: /&lt;script|&#(60|38|34);/.test(document.body.innerText + document.title),
  }));
  if (hurt.ran || hurt.made > 0 || hurt.entity) faults.push(`${where}: ${JSON.stringify(hurt)}`);
}

async function watched(who, options) {
  const page = await open(who, options);
  page.on("dialog", (dialog) => { faults.push(`${page.url()}: ${dialog.type()} ${dialog.message()}`); dialog.dismiss(); });
  return page;
}

await walk(async () => {
  // Somebody whose company's name is hostile files by form; a wrong form comes back with all that was typed.
  const mallory = await watched("mallory");
  mallory.refused.add(422);
  await mallory.goto(base + "/my/new");
  const fill = async () => {
    for (const field of await mallory.locator("form.filing input[type=text], form.filing textarea").all()) {
      await field.evaluate((input, text) => {
        input.closest("details")?.setAttribute("open", "");
        input.value = text.slice(0, input.maxLength > 0 ? input.maxLength : 5000);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }, ALL);
    }
    await mallory.getByRole("radio", { name: "Impaired" }).check();
    await mallory.getByRole("radio", { name: "No, not yet" }).check();
  };
  await fill();
  await mallory.locator("#reference").evaluate((field) => { field.value = " " + field.value; });
  await mallory.getByRole("button", { name: "File the eSR" }).click();
  await mallory.getByRole("alert").waitFor();
  assert((await mallory.locator("#description").inputValue()).startsWith("<script>"), "what was typed is kept");
  await unhurt(mallory);
  await mallory.locator("#reference").evaluate((field, text) => { field.value = text.slice(0, 150); }, told.texts[1]);
  await mallory.getByRole("button", { name: "File the eSR" }).click();
  await mallory.waitForURL(/\/my\/esr_/);
  assert.match(await mallory.locator("main").innerText(), /<script>window\.hurt=1<\/script>/);
  await unhurt(mallory);

  // A participant answers by the link with hostile words and a hostile file.
  const participant = await watched(null);
  await participant.goto(base + told.asked);
  await participant.locator("#number").fill(told.texts[0]);
  await participant.getByRole("radio", { name: /inconclusive|No result/i }).first().check();
  await participant.locator("#findings").fill(ALL);
  await participant.locator("#answer input[type=file]").setInputFiles({ name: `<img src=x onerror=hurt()>${"w".repeat(120)}.log`, mimeType: "text/plain", buffer: Buffer.from(ALL) });
  await participant.locator("#answer .sending li.good").waitFor();
  await participant.locator("#answer").getByRole("button", { name: "Send", exact: true }).click();
  await participant.locator(".said").first().waitFor();
  await unhurt(participant);
  for (const link of told.links) {
    await participant.goto(base + link);
    await unhurt(participant);
  }

  // Somebody here with a hostile name notes, keeps a view, sends elsewhere; then every page is looked at.
  const eve = await watched("eve");
  await eve.goto(`${base}/esrs/${told.case}`);
  await eve.locator("#note > summary").click();
  await eve.locator("#note-text").fill(ALL.slice(0, 4000));
  await eve.getByRole("button", { name: "Keep the note" }).click();
  await eve.locator(".said").first().waitFor();
  await unhurt(eve);
  await eve.goto(`${base}/queue?tab=all&q=${encodeURIComponent(`${told.texts[1].slice(0, 180)} calls`)}`);
  await unhurt(eve);
  await eve.getByText("Keep this view").click();
  await eve.locator("#name").fill(told.texts[0].slice(0, 80));
  await eve.getByRole("button", { name: "Keep", exact: true }).click();
  await unhurt(eve);
  for (const who of ["eve", "mallory", "participant"]) {
    const page = who === "eve" ? eve : await watched(who);
    const pages = await reached(who, 3);
    console.log(`${who}: ${pages.length} pages`);
    for (const at of pages) {
      await page.goto(at);
      await unhurt(page);
    }
  }
});
