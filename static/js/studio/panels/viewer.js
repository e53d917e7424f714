// The generation in view: its tiles, its words and its buttons. Built once per generation, then changed in place.

import { el, find, icon } from "#lib/dom";
import { _ } from "#lib/words";
import { Tile } from "#studio/panels/tile";
import { describe } from "#studio/panels/wording";

export class Viewer {
  /** @param {object} act `cancel(entry)`, `repeat(entry)`, `canRepeat(entry)`, `useSettings(entry)` @param {string} language */
  constructor(act, language) {
    this.act = act;
    this.language = language;
    this.root = find("#viewer");
    this.empty = find("#viewer-empty");
    this.key = null;
    this.tiles = [];
  }

  /** @param {import("../store.js").Entry|null} entry @param {boolean} online */
  draw(entry, online) {
    this.empty.hidden = entry !== null;
    if (!entry) return this.#close();
    // A submit and the generation that it becomes share the command, so the view stays as it is.
    if (this.key !== entry.command) this.#open(entry);
    for (const tile of this.tiles) tile.draw(entry);
    this.#words(entry, describe(entry, { online, language: this.language }));
    this.#buttons(entry);
    return undefined;
  }

  #open(entry) {
    this.#close();
    this.key = entry.command;
    const choose = this.act.canChoose(entry) ? (index) => this.act.choose(this.act.entryOf(entry.command), index) : null;
    this.tiles = Array.from({ length: entry.count }, (_unused, index) => new Tile(index, choose && { act: () => choose(index), label: this.act.chooseLabel(index) }));
    const columns = Math.ceil(Math.sqrt(entry.count));
    const grid = el("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.node));
    const numbers = { w: entry.params.width ?? 1, h: entry.params.height ?? 1, columns, rows: Math.ceil(entry.count / columns) };
    for (const [name, value] of Object.entries(numbers)) grid.style.setProperty(`--${name}`, value);
    this.title = el("p", { class: "caption-title" });
    this.detail = el("p", { class: "caption-detail" });
    this.bar = el("progress", { "aria-label": _("Progress"), max: 1 });
    this.row = el("div", { class: "button-row" });
    const caption = el(
      "div",
      { class: "caption" },
      el("div", { class: "caption-words" }, this.title, this.detail),
      this.act.canChoose(entry) && el("p", { class: "hint" }, _("Choose one: it is made again at full quality.")),
      this.bar,
      el("p", { class: "caption-prompt", title: entry.params.prompt }, entry.params.prompt),
      this.row,
    );
    this.showing = el("div", { class: "showing" }, el("div", { class: "tiles-space" }, grid), caption);
    this.root.append(this.showing);
  }

  #close() {
    for (const tile of this.tiles) tile.close();
    this.tiles = [];
    this.key = null;
    this.buttons = null;
    this.showing?.remove();
    this.showing = null;
  }

  #words(entry, { title, detail, tone, step, total }) {
    setText(this.title, title);
    setText(this.detail, detail);
    this.title.classList.toggle("is-error", tone === "error");
    this.showing.dataset.state = entry.state;
    this.bar.hidden = tone !== "busy";
    if (step === null) return this.bar.removeAttribute("value");
    this.bar.max = total;
    this.bar.value = step;
    return undefined;
  }

  #buttons(entry) {
    const names = this.#offers(entry);
    if (this.buttons === names.join()) return;
    const focused = document.activeElement?.dataset?.offer;
    this.buttons = names.join();
    this.row.replaceChildren(...names.map((name) => this.#button(name, entry.command)));
    this.row.querySelector(`[data-offer="${focused}"]`)?.focus();
  }

  #offers(entry) {
    if (["sending", "queued", "running"].includes(entry.state)) return ["cancel"];
    if (entry.state === "finished") return [...(entry.works.length === 1 ? ["download", "open", "board", ...(this.act.canEnlarge(entry) ? ["enlarge"] : [])] : []), "settings"];
    return [...(this.act.canRepeat(entry) ? ["repeat"] : []), "settings"];
  }

  #button(name, command) {
    const entry = () => this.act.entryOf(command);
    const work = entry().works[0];
    const make = (tag, attributes, iconName, text) =>
      el(tag, { class: "button button-small", "data-offer": name, ...attributes }, icon(iconName), text);
    switch (name) {
      case "cancel":
        return make("button", { type: "button", onclick: () => this.act.cancel(entry()) }, "square", _("Cancel"));
      case "download":
        return make("a", { href: work.image, download: `brushwire-${work.seed}.png` }, "download", _("Download"));
      case "open":
        return make("a", { href: work.page }, "images", _("Open in the gallery"));
      case "board":
        return make("button", { type: "button", onclick: () => this.act.useOnBoard(entry()) }, "image-plus", _("Use on the board"));
      case "enlarge":
        return make("button", { type: "button", onclick: () => this.act.enlarge(entry()) }, "maximize", _("Enlarge"));
      case "repeat":
        return make("button", { type: "button", onclick: () => this.act.repeat(entry()) }, "refresh-cw", _("Try again"));
      default:
        return make("button", { type: "button", onclick: () => this.act.useSettings(entry()) }, "sliders-horizontal", _("Use as settings"));
    }
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
