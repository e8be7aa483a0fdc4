// The queue follows what happens without moving what is being read: a row that changed changes where it stands, one that left
// says so, and new ones wait above until they are asked for.
const rows = document.getElementById("rows");
const news = document.querySelector("[data-news]");
const WAIT = 400;

const all = (root) => [...root.querySelectorAll("tr[data-id]")];
const changed = (row) => Number(row.dataset.changed);
// When what stands here was made; whatever changed since and does not stand here is new.
let made = Number(rows?.dataset.made);
// Whom cases wait for by now, as far as it was told.
const status = new Map();
let latest = null;
let asking = false;
let again = false;

async function look() {
  if (asking) return void (again = true);
  asking = true;
  try {
    const answer = await fetch(rows.dataset.queue);
    // Nobody is signed in any more, or the server is busy.
    if (!answer.ok || answer.redirected) return;
    latest = new DOMParser().parseFromString(await answer.text(), "text/html");
    compare();
  } finally {
    asking = false;
    if (again) { again = false; setTimeout(() => look().catch(() => {}), WAIT); }
  }
}

function compare() {
  const there = new Map(all(rows).map((row) => [row.dataset.id, row]));
  let fresh = 0;
  for (const row of all(latest)) {
    const own = there.get(row.dataset.id);
    if (!own) fresh += changed(row) >= made ? 1 : 0;
    else if (changed(own) !== changed(row)) replace(own, row);
    there.delete(row.dataset.id);
  }
  const waits = rows.dataset.status;
  for (const [id, row] of there) {
    const by = status.get(id);
    if (waits && by && by !== waits && !row.classList.contains("gone")) leave(row, by);
  }
  tell(fresh);
}

function replace(own, row) {
  const chosen = own.querySelector("input:checked") !== null;
  const focused = own.contains(document.activeElement) ? document.activeElement.tagName : null;
  own.innerHTML = row.innerHTML;
  own.dataset.changed = row.dataset.changed;
  own.classList.remove("gone");
  if (chosen) own.querySelector("input").checked = true;
  if (focused) own.querySelector(focused.toLowerCase())?.focus({ preventScroll: true });
}

function leave(row, by) {
  row.classList.add("gone");
  const said = document.createElement("span");
  said.className = "under";
  said.textContent = by === "closed" ? "Closed meanwhile." : "Waits for somebody else by now.";
  row.querySelector("th")?.append(said);
}

function tell(fresh) {
  if (!("first" in rows.dataset)) return;
  if (fresh === 0) return void news.replaceChildren();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.dataset.key = "n";
  button.textContent = fresh === 1 ? "1 new eSR: show it" : `${fresh} new eSRs: show them`;
  button.addEventListener("click", show);
  const had = news.contains(document.activeElement);
  news.replaceChildren(button);
  if (had) button.focus();
}

function show() {
  const known = new Set(all(rows).map((row) => row.dataset.id));
  const chosen = new Set([...rows.querySelectorAll("tr[data-id] input:checked")].map((input) => input.value));
  rows.replaceChildren(...[...latest.body.childNodes].map((node) => document.importNode(node, true)));
  let first = null;
  for (const row of all(rows)) {
    made = Math.max(made, changed(row) + 1);
    const input = row.querySelector("input");
    if (input && chosen.has(input.value)) input.checked = true;
    if (known.has(row.dataset.id)) continue;
    row.classList.add("fresh");
    first ??= row.querySelector("a[data-row]");
  }
  news.replaceChildren();
  first?.focus();
  rows.dispatchEvent(new CustomEvent("change", { bubbles: true }));
}

if (rows) {
  let soon = null;
  document.addEventListener("happened", ({ detail }) => {
    if (detail) status.set(detail.id, detail.status);
    soon ??= setTimeout(() => { soon = null; look().catch(() => {}); }, WAIT);
  });
}

// Choosing several: how many, and x chooses the row that has the focus.
const many = document.querySelector("[data-many]");
if (many) {
  const count = many.querySelector("[data-count]");
  const tell = () => {
    const chosen = document.querySelectorAll("tr[data-id] input:checked").length;
    const words = chosen === 0 ? "None chosen: the export takes all of these" : `${chosen} chosen`;
    if (count.textContent !== words) count.textContent = words;
  };
  document.addEventListener("change", tell);
  addEventListener("pageshow", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const input = event.target.closest?.("tr[data-id]")?.querySelector("input");
    if (!input) return;
    input.checked = !input.checked;
    tell();
  });
  tell();
}
