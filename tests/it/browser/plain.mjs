// Scripts are off: the same acts, each a form that is sent and a page that comes back.
import { assert, base, open, told, walk } from "./lib.mjs";

const OFF = { javaScriptEnabled: false };

await walk(async () => {
  // A partner files, asks first whether the pair is certified, and takes the name that was meant.
  const partner = await open("partner", OFF);
  await partner.goto(base + "/my/new");
  await partner.getByLabel("Your reference").fill("BP-PLAIN");
  await partner.getByLabel("Summary").fill("Nobody is woken");
  await partner.getByRole("radio", { name: "Impaired" }).check();
  await partner.getByLabel("ALE platform").fill("OXE");
  await partner.getByLabel("Release of the platform").fill("R101.1");
  await partner.locator("[name='third_party.company']").fill("Hotelai Systems");
  await partner.locator("[name='third_party.solution']").fill("Hotelia PMS");
  await partner.locator("[name='third_party.release']").fill("8.2.1");
  await partner.getByLabel("Feature concerned").fill("wake-up call");
  await partner.getByRole("radio", { name: "Yes, remote access" }).check();
  await partner.locator("noscript button, section.verdict button").filter({ hasText: "Check" }).click();
  await partner.getByRole("button", { name: /Hotelia Systems/ }).click();
  assert.equal(await partner.locator("[name='third_party.company']").inputValue(), "Hotelia Systems");
  assert.equal(await partner.locator("#verdict .tag.good").count(), 1);
  await partner.getByRole("button", { name: "File the eSR" }).click();
  await partner.waitForURL(/\/my\/esr_/);
  assert.match(await partner.locator("main").innerText(), /BP-PLAIN/);

  // An agent signs in, sends it elsewhere, settles a name, sends a dead message again.
  const agent = await open("noor", OFF);
  await agent.goto(base + "/queue?tab=all&q=woken");
  await agent.getByRole("link", { name: "Nobody is woken" }).click();
  await agent.locator("#override > summary").click();
  await agent.getByLabel("Where to").selectOption("ale_support/open");
  await agent.locator("#override-reason").fill("We look ourselves.");
  await agent.getByRole("button", { name: "Send it there" }).click();
  await agent.getByText("An agent chose this route").waitFor();
  assert.equal(await agent.locator("header.sentence").getAttribute("data-route"), "ale_support");

  await agent.goto(`${base}/esrs/${told.misspelt}`);
  await agent.getByRole("button", { name: "It is Hotelia Systems" }).click();
  await agent.locator(".said").waitFor();
  assert.equal(await agent.locator("header.sentence").getAttribute("data-route"), "joint_investigation");

  await agent.goto(base + "/deliveries");
  await agent.getByRole("link", { name: "BP-DEAD" }).first().click();
  await agent.waitForURL(/\/deliveries\/dlv_/);
  await agent.getByRole("button", { name: "Send again" }).click();
  await agent.locator(".said").waitFor();

  // The participant answers by the link, with a file in the same form.
  const participant = await open(null, OFF);
  await participant.goto(base + told.link);
  await participant.getByLabel("Your case number").fill("HT-1");
  await participant.getByRole("radio", { name: /fault on ALE/i }).check();
  await participant.locator("#findings").fill("The order never arrives.");
  await participant.locator("#answer input[type=file]").setInputFiles({ name: "trace.log", mimeType: "text/plain", buffer: Buffer.from("INVITE\n") });
  await participant.locator("#answer").getByRole("button", { name: "Send", exact: true }).click();
  await participant.locator(".said").first().waitFor();
  assert.match(await participant.locator("main").innerText(), /trace\.log/);
});
