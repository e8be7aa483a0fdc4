// Opens every page that somebody can reach by links, at the widths of a phone, a desk and a wall, light and dark.
import { accessible, assert, base, open, picture, told, walk, whole } from "./lib.mjs";
import { reached } from "./crawl.mjs";

const WIDTHS = (process.env.WIDTHS || "320,1280,2560").split(",").map(Number);
const THEMES = (process.env.THEMES || "light,dark").split(",");
const FEW = Number(process.env.PAGES_OF_A_KIND || 1);
// Kinds of pages that those before had: what is the same for the next one is not opened again.
const known = new Map();

await walk(async () => {
  for (const login of told.who) {
    const pages = await reached(login, FEW, known);
    console.log(`${login}: ${pages.length} pages`);
    const page = await open(login);
    for (const url of pages) {
      await page.goto(url);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await whole(page, `${login} ${width} ${url.slice(base.length)}`);
        for (const theme of THEMES) {
          const where = `${login} ${theme} ${width} ${url.slice(base.length)}`;
          await page.emulateMedia({ colorScheme: theme });
          await picture(page, where);
          // What axe finds depends on the layout, of which there are two, and on the colours: each is looked at once.
          if ((width === 1280 && theme === "light") || (width === 320 && theme === "dark")) await accessible(page, where);
        }
      }
    }
    await page.context().close();
  }
});
