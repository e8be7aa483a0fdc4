// Files on their way to a case: each goes at once, with how far it is, a way to cancel it and to try again, and by
// dragging. Without this the form sends them with the rest.

const language = document.documentElement.lang;
const units = language === "fr" ? ["Go", "Mo", "ko", "o"] : ["GB", "MB", "kB", "B"];

const size = (bytes) => {
  const power = [30, 20, 10, 0].findIndex((power) => bytes >= 2 ** power);
  const [at, one] = power < 0 ? [3, 1] : [power, 2 ** (30 - 10 * power)];
  return `${(bytes / one).toLocaleString(language, { maximumFractionDigits: bytes / one < 10 ? 1 : 0 })} ${units[at]}`;
};

const AT_ONCE = 2;

function start(box) {
  const say = box.dataset;
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector(".sending");
  const drop = box.querySelector(".drop");
  const waiting = [];
  let running = 0;
  let open = 0;

  const to = (file) => {
    const url = new URL(say.upload, location.href);
    url.searchParams.set("name", file.name);
    return url;
  };

  function row(file) {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    const state = document.createElement("span");
    const bar = document.createElement("progress");
    const button = document.createElement("button");
    name.className = "name";
    name.textContent = file.name;
    state.className = "state";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    button.type = "button";
    button.className = "small";
    item.append(name, state, bar, button);
    list.append(item);
    return { item, state, bar, button };
  }

  function next() {
    while (running < AT_ONCE && waiting.length > 0) waiting.shift()();
  }

  function add(file, shown = row(file)) {
    const { item, state, bar, button } = shown;
    item.className = "";
    bar.hidden = false;
    bar.value = 0;
    button.hidden = false;
    button.textContent = say.cancel;
    button.setAttribute("aria-label", `${say.cancel}: ${file.name}`);
    state.textContent = size(file.size);
    open += 1;
    let request;
    let over = false;

    const end = (kind, text, again) => {
      if (over) return;
      over = true;
      open -= 1;
      if (request) running -= 1;
      item.className = kind;
      bar.hidden = true;
      state.textContent = text;
      button.hidden = !again;
      button.textContent = say.again;
      button.setAttribute("aria-label", `${say.again}: ${file.name}`);
      button.onclick = () => add(file, shown);
      next();
    };
    button.onclick = () => {
      request?.abort();
      end("", say.cancelled, true);
    };
    // What would be refused need not be sent. Numbers, as old logs end in, are no extension.
    if (file.size > Number(say.most)) return end("bad", say.large.replace("{name}", () => file.name), false);
    const extension = file.name.match(/[^.]\.([^.]+)$/)?.[1].toLowerCase() ?? "";
    if (say.kinds && extension && !/^\d+$/.test(extension) && !say.kinds.split(" ").includes(extension)) {
      return end("bad", say.kind.replace("{name}", () => file.name), false);
    }

    waiting.push(() => {
      if (over) return;
      running += 1;
      request = new XMLHttpRequest();
      request.open("POST", to(file));
      request.setRequestHeader("content-type", file.type || "application/octet-stream");
      request.upload.onprogress = (event) => {
        if (over) return;
        bar.value = event.total > 0 ? event.loaded / event.total : 0;
        state.textContent = `${size(event.loaded)} / ${size(file.size)}, ${say.sending}`;
      };
      request.onload = () => {
        let said = "";
        try { said = JSON.parse(request.responseText).said ?? ""; } catch { /* not from us: a proxy's page */ }
        if (request.status === 201) return end("good", `${size(file.size)}, ${say.done}`, false);
        end("bad", said || say.lost, request.status !== 415 && request.status !== 413);
      };
      request.onerror = () => end("bad", say.lost, true);
      request.send(file);
    });
    next();
  }

  const take = (files) => { for (const file of files) add(file); };

  // From now on they go by themselves, not with the form.
  input.removeAttribute("name");
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  box.querySelector(".or").hidden = false;
  for (const kind of ["dragenter", "dragover"]) {
    box.addEventListener(kind, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, () => drop.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });

  const form = box.closest("form");
  form?.addEventListener("submit", (event) => {
    if (open === 0) return;
    event.preventDefault();
    input.setCustomValidity(say.wait);
    input.reportValidity();
    input.setCustomValidity("");
  });
  // A form of files alone has nothing left to send.
  if (form && !form.querySelector("input:not([type=file]), textarea")) form.querySelector(":scope > button")?.remove();
  addEventListener("beforeunload", (event) => { if (open > 0) event.preventDefault(); });
}

document.querySelectorAll("[data-upload]").forEach(start);

// Somebody else did something to the case: what is being read and filled in stays, and says so.
document.addEventListener("happened", (event) => {
  const note = document.querySelector("[data-moved]");
  if (note && note.dataset.moved === event.detail?.id) note.hidden = false;
});
