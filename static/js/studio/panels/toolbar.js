// Brush, eraser, size, colours, undo and clear: what stands around the board.

import { el, find, findAll } from "#lib/dom";
import { nextSize } from "#lib/geometry";
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
const RECENT = 3;

export class Toolbar {
  /** @param {object} board `brush`, `undo()`, `redo()`, `clear()`, `history`, and a "change" event @param {string} keepAs */
  constructor(board, keepAs) {
    this.board = board;
    this.keepAs = keepAs;
    this.recent = [];
    this.size = find("#brush-size");
    this.any = find("#any-colour");
    for (const button of findAll("[data-tool]")) button.addEventListener("click", () => this.tool(button.dataset.tool));
    this.size.addEventListener("input", () => this.#set({ size: Number(this.size.value) }));
    this.any.addEventListener("input", () => this.colour(this.any.value));
    this.any.addEventListener("change", () => this.#rememberColour(this.any.value));
    find("#undo").addEventListener("click", () => board.undo());
    find("#redo").addEventListener("click", () => board.redo());
    find("#clear").addEventListener("click", () => board.clear());
    board.addEventListener("change", () => this.draw());
    this.#fillPalette();
    this.#follow(board.canvas);
    const { recent = [], ...brush } = recall(keepAs, {});
    for (const colour of recent.reverse()) this.#rememberColour(colour);
    this.#set({ ...brush, tool: "brush" });
    this.draw();
  }

  tool(tool) {
    this.#set({ tool });
  }

  /** Choosing a colour means wanting to paint with it. */
  colour(color) {
    this.#set({ color, tool: "brush" });
  }

  resize(direction) {
    this.#set({ size: nextSize(this.board.brush.size, direction) });
  }

  draw() {
    const { history, empty } = this.board;
    find("#undo").disabled = !history.canUndo;
    find("#redo").disabled = !history.canRedo;
    find("#clear").disabled = history.visible.length === 0;
    find("#board-hint").hidden = !empty || history.visible.length > 0;
  }

  #set(change) {
    Object.assign(this.board.brush, change);
    const { tool, color, size } = this.board.brush;
    for (const button of findAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    for (const swatch of findAll("button.swatch")) {
      swatch.setAttribute("aria-pressed", String(tool === "brush" && swatch.dataset.colour === color));
    }
    this.size.value = size;
    find("#brush-number").value = size;
    const dot = find("#brush-dot i").style;
    dot.inlineSize = dot.blockSize = `${Math.max(2, Math.min(26, size * 0.5))}px`;
    dot.backgroundColor = tool === "eraser" ? "#d8dcdd" : color;
    this.any.value = color;
    this.#sizeRing();
    remember(this.keepAs, { color, size, recent: this.recent });
  }

  #fillPalette() {
    const swatches = COLOURS().map(([colour, name]) => this.#swatch(colour, name));
    find("#palette").prepend(...swatches);
  }

  #swatch(colour, name, extra = "") {
    const attributes = { type: "button", class: `swatch ${extra}`, "data-colour": colour, "aria-label": name, title: name };
    const button = el("button", { ...attributes, onclick: () => this.colour(colour) });
    button.style.backgroundColor = colour;
    return button;
  }

  #rememberColour(colour) {
    const known = COLOURS().some(([each]) => each === colour) || this.recent.includes(colour);
    if (known || !/^#[0-9a-f]{6}$/i.test(colour)) return;
    this.recent = [colour, ...this.recent].slice(0, RECENT);
    for (const old of findAll(".swatch-recent")) old.remove();
    find("#palette").append(...this.recent.map((each) => this.#swatch(each, each, "swatch-recent")));
    this.#set({});
  }

  // The ring that shows how large the brush is, where there is a pointer that hovers.
  #follow(canvas) {
    this.ring = find("#brush-ring");
    this.frame = find("#board-frame");
    const show = (visible) => {
      this.ring.hidden = !visible;
      this.frame.classList.toggle("has-ring", visible);
    };
    canvas.addEventListener("pointerenter", (event) => show(event.pointerType !== "touch"));
    canvas.addEventListener("pointerleave", () => show(false));
    canvas.addEventListener("pointermove", (event) => {
      const rect = canvas.getBoundingClientRect();
      this.ring.style.translate = `calc(${event.clientX - rect.left}px - 50%) calc(${event.clientY - rect.top}px - 50%)`;
    });
    new ResizeObserver(() => this.#sizeRing()).observe(canvas);
  }

  #sizeRing() {
    const scale = this.board.canvas.clientWidth / this.board.size.width;
    this.ring.style.inlineSize = this.ring.style.blockSize = `${Math.max(3, this.board.brush.size * scale)}px`;
  }
}
