// Choosing many of one's own works and doing one thing to all of them. The list is usable without this file.
import { layOutAll } from "#gallery/wall";
import { el, find, findAll, icon, isTyping } from "#lib/dom";
import { ask } from "#lib/server";

const PRESS = 450; // ms that a finger rests on a picture to begin choosing
const POLL = 1000; // ms between questions about an archive
const bar = find("#selection");
const chosen = new Set();
let selecting = false;
let last = null;

const cards = () => findAll("#list .work");
const label = (count) => gettext("%s selected").replace("%s", count);

function draw() {
  document.body.toggleAttribute("data-selecting", selecting);
  bar.hidden = !selecting;
  find("#select-start").setAttribute("aria-pressed", String(selecting));
  for (const card of cards()) {
    const on = chosen.has(card.dataset.work);
    card.toggleAttribute("data-chosen", on);
    const link = find(".work-link", card);
    if (selecting) {
      link.setAttribute("role", "checkbox");
      link.setAttribute("aria-checked", String(on));
    } else {
      link.removeAttribute("role");
      link.removeAttribute("aria-checked");
    }
  }
  find("#selection-count").textContent = label(chosen.size);
  for (const button of findAll("[data-needs-some]", bar)) button.disabled = !chosen.size;
}

function start() {
  selecting = true;
  draw();
}

function stop() {
  selecting = false;
  chosen.clear();
  last = null;
  draw();
}

/** Choose a card or no longer; with `range`, all from the last one on. */
function choose(card, range) {
  const all = cards();
  const ends = range && last?.isConnected ? [all.indexOf(last), all.indexOf(card)] : [all.indexOf(card), all.indexOf(card)];
  const on = range || !chosen.has(card.dataset.work);
  for (const each of all.slice(Math.min(...ends), Math.max(...ends) + 1)) {
    if (on) chosen.add(each.dataset.work);
    else chosen.delete(each.dataset.work);
  }
  last = card;
  draw();
}

function say(text, ...more) {
  find("#selection-told").replaceChildren(text, ...more);
}

async function act(name, value = null) {
  for (const menu of findAll("[popover]", bar)) menu.hidePopover();
  const works = [...chosen];
  bar.setAttribute("aria-busy", "true");
  try {
    return { works, done: await ask("POST", "/api/v1/works/batch", { works, act: name, value }) };
  } catch (error) {
    say(error.message || gettext("The studio cannot be reached. Please try again."));
    return null;
  } finally {
    bar.removeAttribute("aria-busy");
  }
}

async function remove() {
  const made = await act("delete");
  if (!made) return;
  for (const card of cards()) if (made.works.includes(card.dataset.work)) card.remove();
  layOutAll();
  chosen.clear();
  draw();
  const undo = el("button", { class: "button button-small", type: "button" }, icon("undo-2"), gettext("Undo"));
  undo.addEventListener("click", () => {
    const form = find("#selection-undo");
    form.elements.moment.value = made.done.undo;
    form.submit();
  });
  say(gettext("In the bin: %s").replace("%s", made.done.count), undo);
}

/** What changes the cards themselves: the list comes anew, at the same place. */
async function change(name, value) {
  if (await act(name, value)) location.reload();
}

async function collect(value, title) {
  const made = await act("collect", value);
  if (made) say(gettext("Added to “%s”.").replace("%s", title));
}

async function pack() {
  const made = await act("archive");
  if (!made) return;
  const progress = el("progress", { "aria-label": gettext("Being packed") });
  say(gettext("Packing…"), progress);
  try {
    for (;;) {
      const archive = await ask("GET", `/api/v1/works/archives/${made.done.archive}`);
      if (archive.total) Object.assign(progress, { max: archive.total, value: archive.done });
      if (archive.address) {
        say(gettext("The archive is ready."), el("a", { class: "button button-small", href: archive.address, download: "" }, icon("download"), gettext("Download")));
        return location.assign(archive.address);
      }
      if (archive.state === "failed") return say(gettext("This archive could not be made. Please try again."));
      await new Promise((done) => setTimeout(done, POLL));
    }
  } catch (error) {
    say(error.message || gettext("The studio cannot be reached. Please try again."));
  }
}

async function offerCollections() {
  const place = find("#selection-collections");
  try {
    const known = (await ask("GET", "/api/v1/collections?limit=200")).items;
    place.replaceChildren(
      ...known.map(({ id, title }) => el("button", { type: "button", dir: "auto", onclick: () => collect(id, title) }, icon("images"), title)),
    );
  } catch (error) {
    place.textContent = error.message;
  }
}

function listen() {
  find("#select-start").addEventListener("click", () => (selecting ? stop() : start()));
  find("#selection-end").addEventListener("click", stop);
  find("#selection-all").addEventListener("click", () => {
    for (const card of cards()) chosen.add(card.dataset.work);
    draw();
  });
  find("#selection-delete").addEventListener("click", remove);
  find("#selection-pack").addEventListener("click", pack);
  find("#selection-collect").addEventListener("toggle", (event) => event.newState === "open" && offerCollections());
  for (const button of findAll("[data-act]", bar)) {
    button.addEventListener("click", () => change(button.dataset.act, JSON.parse(button.dataset.value)));
  }
  find("#selection-tags").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { tags } = event.target.elements;
    const made = await act("tag", tags.value);
    if (made) say(gettext("Tags were added."));
    tags.value = "";
  });
  find("#selection-new").addEventListener("submit", (event) => {
    event.preventDefault();
    const { title } = event.target.elements;
    collect({ new: title.value }, title.value);
    title.value = "";
  });
}

/** Clicks on cards choose them while one selects; a resting finger begins it; Escape and Ctrl-A do as everywhere. */
function listenToCards() {
  let pressed = 0;
  document.addEventListener(
    "click",
    (event) => {
      const card = event.target.closest?.("#list .work");
      if (!card || !(selecting || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!selecting) start();
      choose(card, event.shiftKey);
    },
    true,
  );
  document.addEventListener("pointerdown", (event) => {
    const card = event.pointerType === "touch" && event.target.closest?.("#list .work");
    if (!card || selecting) return;
    pressed = setTimeout(() => {
      start();
      choose(card, false);
      // The finger's own click, which comes next, must not take the choice back.
      addEventListener("click", (click) => (click.preventDefault(), click.stopImmediatePropagation()), { capture: true, once: true });
    }, PRESS);
  });
  for (const end of ["pointerup", "pointercancel", "pointermove"]) {
    document.addEventListener(end, (event) => (end !== "pointermove" || Math.hypot(event.movementX, event.movementY) > 3) && clearTimeout(pressed));
  }
  document.addEventListener("contextmenu", (event) => {
    if (event.pointerType === "touch" && event.target.closest?.("#list .work")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!selecting || isTyping(event.target) || document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (event.key === "Escape") stop();
    else if (event.key === " " && event.target.closest?.("#list .work-link")) event.target.click();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) find("#selection-all").click();
    else return;
    event.preventDefault();
  });
  // Pages that come later are drawn like the others.
  new MutationObserver((seen) => {
    if (selecting && seen.some(({ target }) => target.closest("#list") || target.id === "main")) draw();
  }).observe(find("#main"), { childList: true, subtree: true });
}

listen();
listenToCards();
draw();
