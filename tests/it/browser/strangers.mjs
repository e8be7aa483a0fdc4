// Pages for those who have not signed in, and those that say no: each says so in words, whole in every width and both themes.
import { accessible, assert, base, open, picture, told, walk, whole } from "./lib.mjs";

await walk(async () => {
  for (const { who, path, status, says } of told.pages) {
    const page = await open(who);
    page.refused.add(status);
    const answer = await page.goto(base + path);
    assert.equal(answer.status(), status, path);
    assert.match(await page.locator("h1").innerText(), new RegExp(says), path);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const width of [320, 1280, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        await whole(page, `${colorScheme} ${width} ${path}`);
        await picture(page, `stranger ${colorScheme} ${width} ${path}`);
      }
      await accessible(page, `${colorScheme} ${path}`);
    }
    await page.context().close();
  }
  // A sign-in that fails keeps the login, and says one thing whatever was wrong.
  const page = await open(null);
  page.refused.add(401);
  page.refused.add(422);
  await page.goto(base + "/login?to=%2Fqueue");
  await page.getByLabel("Login").fill("nobody");
  await page.getByLabel("Password").fill("nothing of that kind");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Login").inputValue(), "nobody");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await accessible(page);
});
