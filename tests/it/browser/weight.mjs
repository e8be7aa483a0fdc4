// What a page costs to open the first time: every byte that crosses the wire, with its style sheet and scripts.
import { assert, base, open, told, walk } from "./lib.mjs";

const MOST = 100 * 1000;

await walk(async () => {
  for (const path of told.pages) {
    const page = await open("lead");
    const wire = await page.context().newCDPSession(page);
    let bytes = 0;
    await wire.send("Network.enable");
    wire.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
    await page.goto(base + path);
    await page.waitForLoadState("load");
    await page.waitForTimeout(300);
    console.log(`${path}: ${bytes} bytes`);
    assert(bytes > 10_000 && bytes < MOST, `${path} costs ${bytes} bytes, and may cost ${MOST}`);
    await page.context().close();
  }
});
