// While an eSR is being typed: is this certified, and where would it go? Asked of the evaluator that decides what is filed.
// Without this there is a button that asks.

const form = document.querySelector("form[data-certified]");
const panel = document.getElementById("verdict");
const WAIT = 350;
let timer;
let asking;

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const said = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-live-field]")) {
    if (field.type === "radio" && !field.checked) continue;
    if (field.value.trim()) said.append(field.name, field.value);
  }
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.certified}?${said}`, { signal: asking.signal, headers: { "x-part": "yes" } });
    if (answer.ok && answer.headers.get("content-type")?.startsWith("text/html") && !answer.redirected) {
      const text = await answer.text();
      if (panel.dataset.last !== text) panel.innerHTML = text;
      panel.dataset.last = text;
    }
  } catch { /* overtaken by the next letter, or the network is away: what stands there stays */ }
  panel.setAttribute("aria-busy", "false");
}

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
};

form.addEventListener("input", (event) => { if (event.target.matches("[data-live-field]")) soon(); });
form.addEventListener("change", (event) => { if (event.target.matches("[data-live-field]")) soon(); });

// A near name goes into its field.
panel.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-use]");
  if (!button) return;
  event.preventDefault();
  const field = form.elements.namedItem(button.dataset.use);
  field.value = button.dataset.name;
  field.focus();
  ask();
});

// Enter in a field goes on to the next one, as people expect of a long form; it neither files nor reloads.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input[type=text]")) return;
  event.preventDefault();
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((one) => one.offsetParent);
  fields[fields.indexOf(event.target) + 1]?.focus();
});

// Pressed twice, it is sent once.
form.addEventListener("submit", (event) => {
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => delete form.dataset.sent);
ask();
