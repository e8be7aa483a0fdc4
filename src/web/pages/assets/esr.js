// The eSR's page: says that it changed, and puts the caret into a form that a key opened.
const note = document.querySelector("[data-moved]");
document.addEventListener("happened", (event) => {
  if (note && event.detail?.id === note.dataset.moved && event.detail.kind !== "noted") note.hidden = false;
});
for (const details of document.querySelectorAll("details[data-hold]")) {
  details.addEventListener("toggle", () => details.open && details.querySelector("select, textarea, input:not([type=hidden])")?.focus());
}
// A link to a part that is closed opens it.
const open = () => {
  const part = document.getElementById(location.hash.slice(1));
  if (part?.matches("details")) part.open = true;
};
addEventListener("hashchange", open);
open();
