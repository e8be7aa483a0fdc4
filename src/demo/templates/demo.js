// Brings in what is new without loading the page again; without this script the page loads itself anew now and then.
"use strict";

const parts = ["sides", "systems"];
let due;

async function refresh() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["mails", "calls"]) {
    const [here, there] = [document, fresh].map((page) => page.querySelector(`#${id} .list`));
    const cards = [...there.children];
    const wanted = new Set(cards.map((card) => card.id));
    for (const card of cards.reverse()) {
      if (document.getElementById(card.id)) continue;
      card.classList.add("new");
      here.prepend(card);
    }
    for (const card of [...here.children]) {
      if (!wanted.has(card.id) && !card.querySelector("details[open]")) card.remove();
    }
    if (here.children.length) document.querySelector(`#${id} .empty`)?.remove();
  }
  for (const id of parts) {
    const [here, there] = [document, fresh].map((page) => page.getElementById(id));
    if (here.contains(document.activeElement)) continue;
    if (here.tagName === "DETAILS") there.open = here.open;
    here.replaceWith(there);
  }
}

// A frame as high as its mail. It is made small first: a page is never lower than its frame.
function fit(frame) {
  const mail = frame.contentDocument?.documentElement;
  if (!mail || !frame.offsetWidth) return;
  frame.style.height = "0";
  frame.style.height = `${mail.scrollHeight + 2}px`;
  frame.dataset.width = frame.offsetWidth;
}

const widths = new ResizeObserver((changes) => {
  for (const { target } of changes) if (target.dataset.width !== String(target.offsetWidth)) fit(target);
});

if (document.getElementById("mails")) {
  const live = new EventSource("/live");
  const soon = () => {
    clearTimeout(due);
    due = setTimeout(refresh, 100);
  };
  live.addEventListener("news", soon);
  live.addEventListener("open", soon);
}

document.addEventListener("load", ({ target }) => {
  if (target.tagName !== "IFRAME") return;
  fit(target);
  widths.observe(target);
}, true);
for (const frame of document.querySelectorAll("iframe")) {
  fit(frame);
  widths.observe(frame);
}
