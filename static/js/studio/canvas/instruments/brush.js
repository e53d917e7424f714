// Brush, eraser and mask brush: a stroke from the first touch to its mark in the drawing.

import { shortId } from "#lib/ids";
import { moved, tidy } from "#lib/geometry";
import { follow, outline } from "#studio/canvas/ink";
import { MASK_COLOUR } from "#studio/canvas/paint";

// A guess further ahead than this would be seen jumping back.
const MOST_EXPECTED = 3;

export class Brush {
  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  begin(point, { eraser, tool, layer }) {
    const { color, size, opacity } = this.board.brush;
    const mask = layer.kind === "mask";
    this.layer = layer;
    this.mark = { id: shortId(), kind: "stroke", tool: eraser || tool === "eraser" ? "eraser" : "brush", color: mask ? MASK_COLOUR : color, size, opacity: mask ? 1 : opacity, points: [] };
    this.raw = this.smooth = point;
    this.#keep(point);
    this.painted = 0;
    if (this.rubbing) (this.surface = this.board.stack.surfaceOf(layer.id)).hold();
    else this.board.stack.wet.start(this.mark.color, this.mark.opacity);
    this.show([]);
    return true;
  }

  get rubbing() {
    return this.mark.tool === "eraser";
  }

  extend(points, expected) {
    for (const point of points) {
      if (!moved(this.raw, point)) continue;
      this.raw = point;
      this.smooth = follow(this.smooth, point);
      this.#keep(this.smooth);
    }
    this.expected = expected.slice(0, MOST_EXPECTED).flatMap(({ x, y, p }) => [x, y, p]);
  }

  /** Paint what has been drawn so far; called once before each picture of the screen. */
  show(expected = this.expected ?? []) {
    const { points, size } = this.mark;
    if (!this.rubbing) return this.board.stack.wet.stroke(points, expected, size);
    const { context, units } = this.surface;
    context.save();
    context.setTransform(...units);
    context.globalCompositeOperation = "destination-out";
    context.fill(outline(points, size, Math.max(0, this.painted - 4)));
    context.restore();
    this.painted = points.length / 3;
    return undefined;
  }

  finish() {
    if (this.raw !== this.smooth) this.#keep(this.raw);
    if (this.rubbing) this.surface.letGo();
    return { do: "mark", layer: this.layer.id, mark: this.mark };
  }

  abandon() {
    if (this.rubbing) this.surface.restore();
  }

  #keep({ x, y, p }) {
    this.mark.points.push(tidy(x), tidy(y), Math.round(p * 100) / 100);
  }
}
