// What stands around the board: tools, size, opacity, undo, clear, and the ring that shows the brush.

import { find, findAll } from "#lib/dom";
import { nextSize } from "#lib/geometry";
import { recall, remember } from "#lib/keep";

const KEPT = ["color", "size", "opacity", "filled"];
const SHAPES = ["rectangle", "ellipse"];
// These have no width that a ring could show.
const POINTED = ["rectangle", "ellipse", "line", "fill", "pick", "lasso"];

export class Toolbar {
  /** @param {import("../canvas/board.js").Board} board @param {string} keepAs */
  constructor(board, keepAs) {
    this.board = board;
    this.keepAs = keepAs;
    this.size = find("#brush-size");
    this.opacity = find("#brush-opacity");
    for (const button of findAll("button[data-tool]")) button.addEventListener("click", () => this.tool(button.dataset.tool));
    this.size.addEventListener("input", () => board.choose({ size: Number(this.size.value) }));
    this.opacity.addEventListener("input", () => board.choose({ opacity: Number(this.opacity.value) / 100 }));
    find("#filled").addEventListener("click", () => board.choose({ filled: !board.brush.filled }));
    find("#undo").addEventListener("click", () => board.undo());
    find("#redo").addEventListener("click", () => board.redo());
    find("#clear").addEventListener("click", () => board.clear());
    for (const name of ["fit", "mirror"]) find(`#view-${name}`).addEventListener("click", () => board.view[name]());
    find("#view-zoom").addEventListener("click", () => board.view.actual(board.size));
    find("#zoom-in").addEventListener("click", () => board.view.zoom(1.25));
    find("#zoom-out").addEventListener("click", () => board.view.zoom(0.8));
    board.addEventListener("change", () => this.draw());
    board.addEventListener("choice", () => this.#drawChoice());
    board.view.addEventListener("change", () => this.#drawView());
    this.#follow(board.space);
    const kept = recall(keepAs, {});
    board.choose({ ...Object.fromEntries(KEPT.filter((name) => name in kept).map((name) => [name, kept[name]])), tool: "brush" });
    this.draw();
    this.#drawView();
  }

  tool(tool) {
    this.board.choose({ tool });
  }

  resize(direction) {
    this.board.choose({ size: nextSize(this.board.brush.size, direction) });
  }

  draw() {
    const { canUndo, canRedo, empty, blank, drawing } = this.board;
    find("#undo").disabled = !canUndo;
    find("#redo").disabled = !canRedo;
    find("#clear").disabled = blank && drawing.layers.length === 1;
    find("#board-hint").hidden = !empty || !blank;
  }

  #drawChoice() {
    const { brush } = this.board;
    for (const button of findAll("button[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === brush.tool));
    this.size.value = brush.size;
    find("#brush-number").value = brush.size;
    this.opacity.value = Math.round(brush.opacity * 100);
    find("#opacity-number").value = `${Math.round(brush.opacity * 100)}%`;
    const filled = find("#filled");
    filled.hidden = !SHAPES.includes(brush.tool);
    filled.setAttribute("aria-pressed", String(brush.filled));
    const dot = find("#brush-dot i").style;
    dot.inlineSize = dot.blockSize = `${Math.max(2, Math.min(26, brush.size * 0.5))}px`;
    dot.backgroundColor = brush.tool === "eraser" ? "#d8dcdd" : brush.tool === "mask" ? "#e5484d" : brush.color;
    dot.opacity = brush.opacity;
    this.board.space.dataset.tool = brush.tool;
    this.#sizeRing();
    remember(this.keepAs, Object.fromEntries(KEPT.map((name) => [name, brush[name]])));
  }

  #drawView() {
    const { look } = this.board.view;
    find("#zoom-number").textContent = `${Math.round(this.board.view.unit(this.board.size) * 100)}%`;
    find("#view-mirror").setAttribute("aria-pressed", String(look.mirror));
    const plain = look.scale === 1 && look.x === 0 && look.y === 0 && look.angle === 0;
    find("#view-fit").disabled = plain;
    this.#sizeRing();
  }

  // The ring that shows how large the brush is, where there is a pointer that hovers.
  #follow(space) {
    this.ring = find("#brush-ring");
    const show = (visible) => (this.ring.hidden = !visible || POINTED.includes(this.board.brush.tool));
    space.addEventListener("pointerenter", (event) => show(event.pointerType !== "touch"));
    space.addEventListener("pointerleave", () => show(false));
    space.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      show(true);
      const { left, top } = space.getBoundingClientRect();
      this.ring.style.translate = `calc(${event.clientX - left}px - 50%) calc(${event.clientY - top}px - 50%)`;
    });
    new ResizeObserver(() => this.#drawView()).observe(space);
  }

  #sizeRing() {
    const side = Math.max(3, this.board.brush.size * this.board.view.unit(this.board.size));
    if (this.ring) this.ring.style.inlineSize = this.ring.style.blockSize = `${side}px`;
  }
}
