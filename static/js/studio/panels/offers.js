// What can be done with the generation in view: a row of buttons, made anew only when it offers something else.

import { el, icon } from "#lib/dom";
import { _ } from "#lib/words";

const SAID_FOR = 2000;

// name -> its icon, its words, and whether the words stand on the button or only name it.
const LOOKS = () => ({
  cancel: ["square", _("Cancel"), true],
  repeat: ["refresh-cw", _("Try again"), true],
  all: ["layout-grid", _("All pictures"), true],
  next: ["arrow-down", _("Next set"), true],
  more: ["sparkles", _("More like this"), true],
  board: ["image-plus", _("Use on the board"), true],
  hints: ["brush", _("Correct the colours"), true],
  compare: ["square-split-horizontal", _("Compare"), true],
  edit: ["pencil", _("Edit"), true],
  enlarge: ["maximize", _("Enlarge"), false],
  pin: ["pin", _("Pin: keep it in view"), false],
  favourite: ["heart", _("Favourite"), false],
  copy: ["copy", _("Copy the picture"), false],
  download: ["download", _("Download"), false],
  open: ["images", _("Open in the gallery"), false],
  settings: ["sliders-horizontal", _("Use as settings"), false],
});
// The others are for the generation as a whole.
const OF_A_WORK = ["hints", "board", "compare", "edit", "enlarge", "pin", "favourite", "copy", "download", "open"];

export class Offers {
  /** @param {object} act what the buttons do, by their names: (entry, work); see panels/acts.js */
  constructor(act) {
    this.act = act;
    this.row = el("div", { class: "button-row offers" });
    this.shown = null;
  }

  /** @param {object} entry @param {object|null} work the one picture in view @param {{picked: boolean, comparing: boolean}} view */
  draw(entry, work, { picked, comparing }) {
    const names = this.#names(entry, work, picked);
    const key = [entry.command, work?.id, names].join();
    if (this.shown !== key) {
      const focused = this.row.contains(document.activeElement) ? document.activeElement.dataset.offer : null;
      this.shown = key;
      this.row.replaceChildren(...names.map((name) => this.#button(name, entry.command, work)));
      this.row.querySelector(`[data-offer="${focused}"]`)?.focus();
    }
    this.#press("favourite", Boolean(work?.favourite));
    this.#press("pin", this.act.pinned(work));
    this.#press("compare", comparing);
  }

  #names(entry, work, picked) {
    if (["sending", "queued", "running"].includes(entry.state)) return ["cancel"];
    const again = this.act.canRepeat(entry);
    if (entry.state !== "finished") return [again && "repeat", "settings"].filter(Boolean);
    const names = [picked && "all", "next", again && "more", ...(work ? OF_A_WORK : []), "settings"];
    return names.filter((name) => name && (this.act.offers[name]?.(entry) ?? true));
  }

  #press(name, on) {
    this.row.querySelector(`[data-offer="${name}"]`)?.setAttribute("aria-pressed", String(on));
  }

  #button(name, command, work) {
    const [picture, words, written] = LOOKS()[name];
    const named = written ? {} : { "aria-label": words, title: words };
    const common = { class: `button button-small${written ? "" : " button-icon"}`, "data-offer": name, ...named };
    const face = [icon(picture), written && words];
    if (name === "download") {
      const [form, ending] = work.model ? ["?as=glb", "glb"] : ["", "png"];
      return el("a", { ...common, href: `${work.page}download/${form}`, download: `brushwire-${work.seed}.${ending}` }, ...face);
    }
    if (name === "open") return el("a", { ...common, href: work.page }, ...face);
    const run = async (event) => {
      const button = event.currentTarget;
      if ((await this.act[name](this.act.entryOf(command), work)) === "done") this.#done(button, picture);
    };
    return el("button", { ...common, type: "button", onclick: run }, ...face);
  }

  /** A tick for a moment, where nothing else shows that it worked. */
  #done(button, picture) {
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon(picture)), SAID_FOR);
  }
}
