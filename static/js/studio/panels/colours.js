// The palette: the usual colours, any colour, the recent ones, and the second colour that X swaps in.

import { el, find, findAll } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { _ } from "#lib/words";

const COLOURS = () => [
  ["#1f2328", _("Ink")],
  ["#8a8f98", _("Grey")],
  ["#ffffff", _("White")],
  ["#8b5e3c", _("Brown")],
  ["#d9362b", _("Red")],
  ["#f08a24", _("Orange")],
  ["#f7cf3c", _("Yellow")],
  ["#3fa34d", _("Green")],
  ["#8cc8f0", _("Sky blue")],
  ["#2f6fde", _("Blue")],
  ["#7d4fc4", _("Purple")],
  ["#ef7fae", _("Pink")],
];
// What old photos often show, as colours of hints: only their tint counts, the photo says how light it is.
const HINTS = () => [
  ["#e3b9a0", _("Light skin")],
  ["#c68e6a", _("Skin")],
  ["#8a5a3d", _("Dark skin")],
  ["#b5605c", _("Lips")],
  ["#8fb7de", _("Sky")],
  ["#5b7d36", _("Foliage")],
  ["#8a9a4c", _("Grass")],
  ["#a5523b", _("Brick")],
  ["#8c6239", _("Wood")],
  ["#3f6f8c", _("Water")],
];
const RECENT = 4;
const EDGE = 12; // pixels that stay beside it
const [FIRST, SECOND] = ["#1f2328", "#ffffff"];

export class Colours {
  /** @param {import("../canvas/board.js").Board} board @param {string} keepAs */
  constructor(board, keepAs) {
    this.board = board;
    this.keepAs = keepAs;
    this.any = find("#any-colour");
    this.any.addEventListener("input", () => board.choose({ color: this.any.value }));
    this.any.addEventListener("change", () => this.#use(this.any.value));
    find("#palette").prepend(...COLOURS().map(([colour, name]) => this.#swatch(colour, name)));
    find("#hint-palette").append(...HINTS().map(([colour, name]) => this.#swatch(colour, name)));
    const { recent = [], second = SECOND } = recall(keepAs, {});
    this.recent = [];
    this.second = second;
    for (const colour of recent.reverse()) this.#remember(colour);
    board.addEventListener("choice", () => this.draw());
  }

  /** A colour from elsewhere, e.g. picked up from the drawing. */
  take(colour) {
    this.#use(colour);
  }

  swap() {
    const { color } = this.board.brush;
    [this.second, this.board.brush.color] = [color, this.second];
    this.board.choose({});
    this.#keep();
  }

  reset() {
    this.second = SECOND;
    this.board.choose({ color: FIRST });
  }

  draw() {
    const { color } = this.board.brush;
    for (const swatch of findAll("button.swatch")) swatch.setAttribute("aria-pressed", String(swatch.dataset.colour === color));
    this.any.value = color;
    this.#bringIntoView(find("button.swatch[aria-pressed=true]"));
  }

  /** Where the palette is a row to be pushed (a phone), the colour in use is not beyond its edge. */
  #bringIntoView(swatch) {
    const row = find(".palettes");
    if (!swatch?.offsetParent || row.scrollWidth <= row.clientWidth) return;
    const [own, all] = [swatch, row].map((node) => node.getBoundingClientRect());
    if (own.left < all.left) row.scrollBy({ left: own.left - all.left - EDGE });
    else if (own.right > all.right) row.scrollBy({ left: own.right - all.right + EDGE });
  }

  // Choosing a colour means wanting to paint with it.
  #use(color) {
    const { tool } = this.board.brush;
    this.board.choose({ color, ...(["eraser", "mask", "pick"].includes(tool) ? { tool: "brush" } : {}) });
    this.#remember(color);
  }

  #swatch(colour, name, extra = "") {
    const attributes = { type: "button", class: `swatch ${extra}`, "data-colour": colour, "aria-label": name, title: name };
    const button = el("button", { ...attributes, onclick: () => this.#use(colour) });
    button.style.backgroundColor = colour;
    return button;
  }

  #remember(colour) {
    const known = [...COLOURS(), ...HINTS()].some(([each]) => each === colour) || this.recent.includes(colour);
    if (known || !/^#[0-9a-f]{6}$/i.test(colour)) return;
    this.recent = [colour, ...this.recent].slice(0, RECENT);
    for (const old of findAll(".swatch-recent")) old.remove();
    find("#palette").append(...this.recent.map((each) => this.#swatch(each, each, "swatch-recent")));
    this.draw();
    this.#keep();
  }

  #keep() {
    remember(this.keepAs, { recent: this.recent, second: this.second });
  }
}
