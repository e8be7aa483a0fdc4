// The queue and an eSR's page stand open while something happens: both say so, and nobody's place moves.
import { assert, base, open, people, told, until, walk } from "./lib.mjs";

const file = async (page, esr) => {
  const answer = await page.request.post(base + "/v1/esrs", { headers: { authorization: `Bearer ${told.key}` }, data: esr });
  assert.equal(answer.status(), 201, await answer.text());
};

await walk(async () => {
  const queue = await open("agent", { viewport: { width: 1280, height: 700 } });
  const live = queue.waitForResponse((answer) => answer.url().endsWith("/live"));
  await queue.goto(base + "/queue");
  await live;
  // Far down, the keyboard on a row.
  const rows = queue.locator("tr[data-id]");
  await rows.nth(25).locator("a[data-row]").focus();
  const place = await queue.evaluate(() => ({ top: document.activeElement.getBoundingClientRect().top, id: document.activeElement.closest("tr").dataset.id }));
  assert((await queue.evaluate(() => scrollY)) > 200, "it is far down");
  const count = await rows.count();

  await file(queue, told.esr);
  const news = queue.getByRole("button", { name: /1 new eSR/ });
  await news.waitFor({ state: "attached" });
  const after = await queue.evaluate(() => ({ top: document.activeElement.getBoundingClientRect().top, id: document.activeElement.closest("tr")?.dataset.id }));
  assert.deepEqual(after, place, "neither the focus nor what is being read moved");
  assert.equal(await rows.count(), count, "nothing was pushed in");
  await news.click();
  assert.match(await rows.first().innerText(), /The newest of all/, "the most urgent stands first once it is asked for");
  assert.match(await queue.evaluate(() => document.activeElement.textContent), /The newest of all/);

  // What the participant answers stands on the agent's page, while a form there is being filled in.
  const agent = await open("agent");
  const follows = agent.waitForResponse((answer) => answer.url().endsWith("/live"));
  await agent.goto(`${base}/esrs/${told.watched}`);
  await follows;
  await agent.locator("#override > summary").click();
  await agent.locator("#override-reason").fill("Half a sen");
  const participant = await open(null);
  await participant.goto(base + told.link);
  await participant.getByLabel("Your case number").fill("HT-4711");
  await participant.locator("#answer").getByRole("button", { name: "Send", exact: true }).click();
  await participant.locator(".said").first().waitFor();
  await agent.getByText("This eSR changed just now").waitFor();
  await until(async () => (await agent.locator("#happened").innerText()).includes("HT-4711"), "the answer stands on the agent's page");
  assert.equal(await agent.locator("#override-reason").inputValue(), "Half a sen", "what was being typed stays");
  await agent.getByRole("link", { name: "Show it as it is" }).click();
  await agent.waitForLoadState();
  assert.match(await agent.locator("main").innerText(), /HT-4711/);
});
