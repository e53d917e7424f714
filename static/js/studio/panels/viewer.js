// The generation in view: its tiles, its words and its buttons. Built once per generation, then changed in place.

import { el, find } from "#lib/dom";
import { _, fill } from "#lib/words";
import { Compare } from "#studio/panels/compare";
import { Offers } from "#studio/panels/offers";
import { Tile } from "#studio/panels/tile";
import { describe, notesInWords } from "#studio/panels/wording";

// Of three results side by side: how large the model saw the photo.
const SIZES = () => [_("Seen small"), _("Seen at the usual size"), _("Seen large")];

export class Viewer {
  /** @param {object} act see panels/acts.js @param {string} language */
  constructor(act, language) {
    this.act = { ...act, all: () => this.#pick(null), compare: (entry, work) => this.#compare(entry, work) };
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
    // A submit and the generation that it becomes share the command, so the view stays as it is; how many pictures it
    // has, the tool may say (three sizes side by side).
    if (this.key !== entry.command || this.tiles.length !== entry.count) this.#open(entry);
    this.entry = entry;
    this.#shape(entry);
    for (const tile of this.tiles) {
      tile.draw(entry);
      if (tile.marks) tile.drawMark(this.act.mark(entry.command, tile.index));
    }
    this.#words(entry, describe(entry, { online, language: this.language }));
    this.offers.draw(entry, this.#work(entry), { picked: this.picked !== null, comparing: Boolean(this.comparing) });
    return undefined;
  }

  /** The tiles' proportions: the pictures', which of a photo are known when the server has taken it. */
  #shape({ params, works = [] }) {
    const { width = 1, height = 1 } = works[0] ?? params;
    this.grid.style.setProperty("--w", width ?? 1);
    this.grid.style.setProperty("--h", height ?? 1);
  }

  /** The one picture in view, if it is there and only one. */
  #work(entry) {
    if (this.picked !== null) return entry.works.find((work) => work.index === this.picked) ?? null;
    return entry.works.length === 1 ? entry.works[0] : null;
  }

  #open(entry) {
    this.#close();
    this.key = entry.command;
    this.tiles = Array.from({ length: entry.count }, (_unused, index) => new Tile(index, this.#click(entry, index)));
    if (this.act.canChoose(entry)) for (const tile of this.tiles) tile.offerMarks((mark) => this.act.setMark(entry.command, tile.index, mark));
    if (entry.params.three) this.tiles.forEach((tile, n) => tile.node.append(el("span", { class: "tile-label" }, SIZES()[n])));
    this.grid = el("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.node));
    this.#shape(entry);
    this.#arrange(entry.count);
    this.title = el("p", { class: "caption-title" });
    this.detail = el("p", { class: "caption-detail" });
    this.bar = el("progress", { "aria-label": _("Progress"), max: 1 });
    this.note = el("p", { class: "caption-note", hidden: true });
    this.offers = new Offers(this.act);
    const caption = el(
      "div",
      { class: "caption" },
      el("div", { class: "caption-words" }, this.title, this.detail),
      this.bar,
      el("p", { class: "caption-prompt", title: entry.params.prompt }, entry.params.prompt),
      this.note,
      this.offers.row,
    );
    this.showing = el("div", { class: "showing" }, el("div", { class: "tiles-space" }, this.grid), caption);
    this.root.append(this.showing);
  }

  /** What a click on a picture does: a quick one is made in full, one of several is looked at alone. */
  #click({ command, count, ...entry }, index) {
    if (this.act.canChoose({ ...entry, command })) {
      return { act: () => this.act.choose(this.act.entryOf(command), index), label: this.act.chooseLabel(index) };
    }
    if (count === 1) return null;
    return { act: () => this.#pick(this.picked === null ? index : null), label: fill(_("Look at picture %(number)s"), { number: index + 1 }) };
  }

  #pick(index) {
    this.#stopComparing();
    this.picked = index;
    for (const tile of this.tiles) tile.node.hidden = index !== null && tile.index !== index;
    this.#arrange(index === null ? this.tiles.length : 1);
    this.draw(this.entry, true);
  }

  #arrange(count) {
    const columns = Math.ceil(Math.sqrt(count));
    this.grid.style.setProperty("--columns", columns);
    this.grid.style.setProperty("--rows", Math.ceil(count / columns));
  }

  #compare(entry, work) {
    if (this.comparing) this.#stopComparing();
    else this.comparing = new Compare(this.tiles[work.index].node, this.act.before(entry));
    this.draw(entry, true);
  }

  #stopComparing() {
    this.comparing?.close();
    this.comparing = null;
  }

  #close() {
    this.#stopComparing();
    for (const tile of this.tiles) tile.close();
    this.tiles = [];
    this.key = null;
    this.picked = null;
    this.showing?.remove();
    this.showing = null;
  }

  #words(entry, { title, detail, tone, step, total }) {
    setText(this.title, title);
    setText(this.detail, detail);
    setText(this.note, notesInWords(entry.notes));
    this.note.hidden = !this.note.textContent;
    this.title.classList.toggle("is-error", tone === "error");
    this.showing.dataset.state = entry.state;
    this.bar.hidden = tone !== "busy";
    if (step === null) return this.bar.removeAttribute("value");
    this.bar.max = total;
    this.bar.value = step;
    return undefined;
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
