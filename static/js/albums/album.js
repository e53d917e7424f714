// The page of an album: photos and folders are sent one after the other; what was sent goes on without the page.

import { find } from "#lib/dom";
import { el } from "#lib/dom";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";

const AT_ONCE = 2;
const TOLD = 20;
const PHOTO = /\.(png|jpe?g|webp)$/i;

const drop = find("#album-drop");
const bar = find("#album-sending progress");
const waiting = [];
const state = { sent: 0, all: 0, running: 0, left: 0 };

for (const [button, input] of [["#album-files", "#album-input"], ["#album-folder", "#album-input-folder"]]) {
  const chooser = find(input);
  find(button).addEventListener("click", () => chooser.click());
  const chosen = () => {
    if (!chooser.files.length) return;
    take([...chooser.files]);
    chooser.value = "";
  };
  chooser.addEventListener("change", chosen);
  chosen(); // before this script was there
}
document.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  drop.toggleAttribute("data-dropping", true);
});
for (const kind of ["dragleave", "drop", "dragend"]) document.addEventListener(kind, (event) => (kind !== "dragleave" || !event.relatedTarget) && drop.removeAttribute("data-dropping"));
document.addEventListener("drop", async (event) => {
  if (!event.dataTransfer?.items.length) return;
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = [...event.dataTransfer.files];
  take(entries.length ? (await Promise.all(entries.map(filesOf))).flat() : loose);
});
document.addEventListener("paste", (event) => take([...(event.clipboardData?.files ?? [])]));
window.addEventListener("beforeunload", (event) => waiting.length + state.running && event.preventDefault());

/** All files below an entry of a drop. */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // A reader gives a hundred at a time, and nothing at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map(filesOf))).flat();
    found.push(...some);
  }
}

function take(files) {
  const photos = files.filter((file) => file.type.startsWith("image/") || PHOTO.test(file.name));
  state.left += files.length - photos.length;
  state.all += photos.length;
  waiting.push(...photos);
  show();
  while (state.running < AT_ONCE && waiting.length) send();
}

async function send() {
  state.running += 1;
  while (waiting.length) {
    const file = waiting.shift();
    const body = new FormData();
    body.append("file", file, file.name);
    try {
      await ask("POST", drop.dataset.address, body);
      grow();
    } catch (error) {
      refuse(file, error.message || _("The server cannot be reached."));
      if (error.code === "album_full") waiting.splice(0);
    }
    state.sent += 1;
    show();
  }
  state.running -= 1;
  if (!state.running) grow(true);
  show();
}

function show() {
  find("#album-sending").hidden = !state.all;
  bar.max = Math.max(1, state.all);
  bar.value = state.sent;
  const parts = [fill(_("%(sent)s of %(all)s sent"), state)];
  if (state.left) parts.push(fill(_("%(left)s files are no photos and were left out"), state));
  if (waiting.length || state.running) parts.push(_("Keep this page open until all are sent."));
  find("#album-sent").textContent = parts.join(" · ");
}

function refuse(file, why) {
  const list = find("#album-refused");
  list.hidden = false;
  if (list.children.length < TOLD) list.append(el("li", { class: "field-error" }, `${file.name}: ${why}`));
}

let grown = 0;

/** Show what came, but not for every single file. */
function grow(now = false) {
  if (!now && Date.now() - grown < 1500) return;
  grown = Date.now();
  find("#album").dispatchEvent(new Event("grown"));
}
