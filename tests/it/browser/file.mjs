// A partner files an eSR by form, led by what stands there while typing; an agent finds it and reads why it went where it went.
import { accessible, assert, base, open, picture, until, walk, whole } from "./lib.mjs";

await walk(async () => {
  const partner = await open("partner");
  await partner.goto(base + "/my");
  await partner.getByRole("link", { name: "File an eSR" }).first().click();
  await partner.getByLabel("Your reference").fill("BP-FORM-1");
  await partner.getByLabel("Summary").fill("Wake-up calls are not placed since the upgrade");
  await partner.getByRole("radio", { name: "Partly down" }).check();
  await partner.getByLabel("ALE platform").fill("OmniPCX Enterprise");
  await partner.getByLabel("Release of the platform").fill("R101.1");
  await partner.getByLabel("Third-party product", { exact: false }).first().fill("Hotelia PMS");
  await partner.getByLabel("Release of the third-party product").fill("8.2.1");
  await partner.getByLabel("Feature concerned").fill("wake-up call");

  await partner.getByRole("radio", { name: "Yes, remote access" }).check();

  // A spelling that is near a name: it is asked, not guessed, and one press mends it.
  const company = partner.getByLabel("Third party’s company").or(partner.getByLabel("Third party's company"));
  await company.fill("Hotelai Systems");
  const verdict = partner.locator("#verdict");
  await verdict.getByText("Did you mean").waitFor();
  await picture(partner, "file near");
  await verdict.getByRole("button", { name: "Hotelia Systems" }).click();
  assert.equal(await company.inputValue(), "Hotelia Systems");
  await until(async () => (await verdict.locator(".tag.good").count()) === 1 && (await verdict.locator("[data-route]").getAttribute("data-route")) === "joint_investigation",
    "the form says that the pair is certified, and where the eSR goes");
  await accessible(partner);
  await whole(partner);
  await picture(partner, "file certified");
  await partner.getByRole("button", { name: "File the eSR" }).click();

  // Where it went, for the one who filed it.
  await partner.waitForURL(/\/my\/esr_/);
  assert.match(await partner.locator(".said").first().innerText(), /Filed/);
  assert.match(await partner.locator("h1").innerText(), /Hotelia Systems/);
  await partner.reload();
  assert.equal(await partner.getByText("Filed. This is what was decided.").count(), 0, "it is said once");
  await partner.goto(base + "/my");
  await partner.getByRole("link", { name: "BP-FORM-1" }).waitFor();

  // The same reference again, with other content: refused, with everything that was typed.
  await partner.goto(base + "/my/new");
  await partner.getByLabel("Your reference").fill("BP-FORM-1");
  await partner.getByLabel("Summary").fill("Something else");
  await partner.getByRole("radio", { name: "Impaired" }).check();
  await partner.getByLabel("ALE platform").fill("OmniPCX Enterprise");
  await partner.getByRole("radio", { name: "No, not yet" }).check();
  partner.refused.add(422);
  await partner.getByRole("button", { name: "File the eSR" }).click();
  await partner.getByRole("alert").waitFor();
  assert.equal(await partner.getByLabel("Summary").inputValue(), "Something else");
  assert.equal(await partner.getByLabel("Your reference").getAttribute("aria-invalid"), "true");
  await accessible(partner);

  // An agent finds it by a word of it, and reads why.
  const agent = await open("agent");
  await agent.goto(base + "/queue?tab=all");
  await agent.getByRole("searchbox").fill("PLACED upgrade");
  await agent.getByRole("button", { name: "Search" }).click();
  await agent.getByRole("link", { name: "Wake-up calls are not placed" }).click();
  await agent.waitForURL(/\/esrs\/esr_/);
  assert.match(await agent.locator("h1").innerText(), /Hotelia Systems/);
  const way = agent.locator(".path");
  for (const said of ["Hotelia Systems", "8.2.1", "IWR-0412", "the nearest other way"]) {
    assert((await way.innerText()).toLowerCase().includes(said.toLowerCase()), `the way names ${said}: ${await way.innerText()}`);
  }
  await agent.locator("#report-title").waitFor();
  await agent.getByRole("link", { name: "IWR-0412 edition 1" }).first().waitFor();
  await accessible(agent);
  await whole(agent);
});
