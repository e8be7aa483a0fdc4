// An agent sends one eSR elsewhere with a reason, and settles a misspelt name in one click, remembered for the next time.
import { accessible, assert, base, open, told, walk } from "./lib.mjs";

await walk(async () => {
  const agent = await open("lead");
  await agent.goto(`${base}/esrs/${told.sent}`);
  await agent.locator("#override > summary").click();
  await agent.getByLabel("Where to").selectOption({ label: await agent.locator("#place option[value='ale_support/open']").innerText() });
  // Without a reason it does not go; what was chosen stays.
  await agent.locator("#override-reason").evaluate((area) => area.removeAttribute("required"));
  agent.refused.add(422);
  await agent.getByRole("button", { name: "Send it there" }).click();
  await agent.locator("#override-reason-wrong, #override-reason[aria-invalid=true]").first().waitFor();
  assert.equal(await agent.getByLabel("Where to").inputValue(), "ale_support/open");
  await accessible(agent);
  await agent.locator("#override-reason").fill("The participant closed for the night; we look ourselves.");
  await agent.getByRole("button", { name: "Send it there" }).click();
  await agent.waitForURL(new RegExp(`/esrs/${told.sent}$`));
  assert.equal(await agent.locator("header.sentence").getAttribute("data-route"), "ale_support");
  await agent.getByText("An agent chose this route").waitFor();
  assert.match(await agent.locator("#happened").innerText(), /closed for the night/);
  await agent.getByRole("heading", { name: "Earlier decisions" }).waitFor();

  // A file goes to the case while its sender looks on.
  await agent.locator("#files input[type=file]").setInputFiles({ name: "trace.log", mimeType: "text/plain", buffer: Buffer.from("INVITE\n") });
  await agent.locator("#files .sending li.good").waitFor();
  await agent.reload();
  await agent.locator("#files").getByRole("link", { name: "trace.log" }).waitFor();

  await agent.goto(base + "/queue");
  await agent.getByRole("link", { name: "Wake-up calls" }).click();
  await agent.waitForURL(new RegExp(told.misspelt));
  await agent.getByRole("heading", { name: "Which one is meant?" }).waitFor();
  await agent.getByRole("checkbox", { name: /Remember this spelling/ }).check();
  await accessible(agent);
  await agent.getByRole("button", { name: "It is Hotelia Systems" }).click();
  await agent.getByRole("status").first().waitFor();
  assert.equal(await agent.locator("header.sentence").getAttribute("data-route"), "joint_investigation");
  assert.equal(await agent.locator("#near").count(), 0);
  await agent.goto(base + "/registry/participants/hotelia");
  await agent.getByText("Hotelai Systems").first().waitFor();
});
