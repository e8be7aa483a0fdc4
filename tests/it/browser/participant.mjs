// A participant opens the link of a letter on a phone: answers one case with a file, contests another, in English and in French.
import { accessible, assert, base, open, picture, told, until, walk, whole } from "./lib.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const WORDS = {
  en: { number: "Your case number", fault: /fault on ALE/i, findings: "Findings", files: "Add traces or documents", done: /part of the case/, send: "Send", thanks: /Thank you/, contest: "This is not ours", why: "Why", object: "Send the objection" },
  fr: { number: "Votre numéro de dossier", fault: /côté ALE/i, findings: "Constats", files: /Ajouter des traces/, done: /dossier/, send: "Envoyer", thanks: /Merci/, contest: /Ce n.est pas/, why: "Pourquoi", object: "Envoyer la contestation" },
};

async function answer(language) {
  const words = WORDS[language];
  const phone = await open(null, { ...PHONE, locale: language });
  await phone.goto(`${base}${told.links[language].answered}?lang=${language}`);
  assert.equal(await phone.locator("html").getAttribute("lang"), language);
  await whole(phone);
  await accessible(phone);
  await picture(phone, `phone ${language} asked`);

  const form = phone.locator("#answer");
  await form.getByLabel(words.number).fill("HT-9912");
  await form.getByRole("radio", { name: words.fault }).check();
  // To show a fault takes findings: refused without them, and nothing typed is lost.
  phone.refused.add(422);
  await form.getByRole("button", { name: words.send, exact: true }).click();
  await phone.getByRole("alert").waitFor();
  assert.equal(await phone.getByLabel(words.number).inputValue(), "HT-9912");
  assert.equal(await phone.locator("#findings").getAttribute("aria-invalid"), "true");
  await accessible(phone);
  await whole(phone);
  await picture(phone, `phone ${language} refused`);

  await phone.locator("#findings").fill('The PBX drops the order: <wakeup room="12">');
  // Three megabytes at the speed of a hotel's network: how far it is stands there meanwhile.
  const wire = await phone.context().newCDPSession(phone);
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 2e6 });
  await phone.locator("#answer input[type=file]").setInputFiles({ name: "sip <trace>.log", mimeType: "text/plain", buffer: Buffer.alloc(3e6, "INVITE sip:12\n") });
  const sending = phone.locator("#answer .sending li");
  await until(() => sending.locator("progress").evaluate((bar) => bar.value > 0 && bar.value < 1).catch(() => false), "the file's progress stands there");
  assert.match(await sending.innerText(), /sip <trace>\.log/);
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await sending.and(phone.locator(".good")).waitFor();
  assert.match(await sending.innerText(), words.done);
  await picture(phone, `phone ${language} sent file`);
  await form.getByRole("button", { name: words.send, exact: true }).click();
  await phone.locator(".said").first().waitFor();
  assert.match(await phone.locator(".said").first().innerText(), words.thanks);
  assert.match(await phone.locator("main").innerText(), /sip <trace>\.log/);
  assert.match(await phone.locator("main").innerText(), /HT-9912/);
  await accessible(phone);
  await whole(phone);
  await picture(phone, `phone ${language} answered`);
  await phone.context().close();
}

async function contest(language) {
  const words = WORDS[language];
  const phone = await open(null, { ...PHONE, locale: language });
  await phone.goto(`${base}${told.links[language].contested}?lang=${language}`);
  await phone.locator("#contest summary").click();
  await phone.locator("#contest").getByLabel(words.why, { exact: true }).fill("We never sold this one.");
  await phone.locator("#contest").getByRole("button", { name: words.object }).click();
  await phone.locator(".said").first().waitFor();
  assert.match(await phone.locator(".said").first().innerText(), words.thanks);
  await accessible(phone);
  await whole(phone);
  await phone.context().close();
}

await walk(async () => {
  for (const language of ["en", "fr"]) {
    await answer(language);
    await contest(language);
  }
});
