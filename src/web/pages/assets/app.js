// What all pages share. Everything works without it; with it, pages follow what happens and the keyboard goes further.

// Parts that follow what happens: `<div data-live="ADDRESS" data-live-for="queue">` asks ADDRESS for its new inside when
// something happened, but never under a reader's hands: while something in it is being filled in, or a dialog is open, it waits.
const parts = [...document.querySelectorAll("[data-live]")];

const busy = (part) =>
  part.querySelector("dialog[open], details[open][data-hold]") !== null ||
  (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));

async function renew(part) {
  if (busy(part)) return void (part.dataset.waits = "yes");
  const answer = await fetch(part.dataset.live, { headers: { "x-part": "yes" } });
  if (!answer.ok) return;
  const text = await answer.text();
  if (busy(part)) return void (part.dataset.waits = "yes");
  delete part.dataset.waits;
  part.innerHTML = text;
  part.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
  follow(part);
}

// What is on its way arrives without anything happening to the case: it is asked about for a while.
const PATIENCE = 60;
const asked = new Map();
function follow(part) {
  const times = asked.get(part) ?? 0;
  if (!part.querySelector("[data-pending]") || times >= PATIENCE) return;
  asked.set(part, times + 1);
  setTimeout(() => (document.hidden ? follow(part) : renew(part).catch(() => {})), 3000);
}
parts.forEach(follow);

// Many things may happen at once: they are looked at together.
const soon = new Map();
function later(part) {
  if (soon.has(part)) return;
  soon.set(part, setTimeout(() => { soon.delete(part); renew(part).catch(() => {}); }, 300));
}

// What happens comes as server-sent events, to pages that are looked at: a browser has few connections for one server. A page
// that comes back, or was cut off, may have missed something and looks again.
if (parts.length > 0 || document.querySelector("[data-follow]")) {
  let events = null;
  let opened = performance.now() > 3000;
  const again = () => {
    document.dispatchEvent(new CustomEvent("happened", { detail: null }));
    for (const part of parts) later(part);
  };
  const close = () => { events?.close(); events = null; };
  const open = () => {
    if (events || document.hidden) return;
    const own = (events = new EventSource("/live"));
    own.addEventListener("open", () => { if (opened) again(); opened = true; });
    own.addEventListener("case", (event) => {
      const happened = JSON.parse(event.data);
      document.dispatchEvent(new CustomEvent("happened", { detail: happened }));
      for (const part of parts) {
        if (!part.dataset.liveCase || part.dataset.liveCase === happened.id) later(part);
      }
    });
    // Refused, not only cut off: a browser does not try again by itself then.
    own.addEventListener("error", () => {
      if (own.readyState !== EventSource.CLOSED || events !== own) return;
      close();
      setTimeout(open, 30000);
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
document.addEventListener("focusout", () => {
  for (const part of parts) if (part.dataset.waits) later(part);
});

// One key leads to a part of the page: an element with `data-key="/"` is focused or pressed. Not while writing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});

// Rows that are walked with j and k, opened with Enter (the focused link does that by itself).
const walked = () => [...document.querySelectorAll("[data-walk] a[data-row]")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key !== "j" && event.key !== "k") return;
  const rows = walked();
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (event.key === "j" ? 0 : rows.length - 1) : at + (event.key === "j" ? 1 : -1)];
  if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
});

// A form that asks first: `<form data-ask="Really?">`.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.ask;
  if (question && !confirm(question)) event.preventDefault();
});

// On a phone tabs go sideways: the one that is here is to be seen.
for (const here of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = here.closest(".tabs");
  tabs.scrollLeft = here.getBoundingClientRect().left - tabs.getBoundingClientRect().left - 24;
}
