// Line, rectangle and ellipse: drawn from corner to corner; Shift keeps them regular.

import { shortId } from "#lib/ids";
import { tidy } from "#lib/geometry";
import { MASK_COLOUR, shapePath } from "#studio/canvas/paint";
import { regular } from "#studio/canvas/shapes";

export class Shape {
  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  begin(point, { tool, layer }) {
    const { color, size, opacity, filled } = this.board.brush;
    const mask = layer.kind === "mask";
    const from = [tidy(point.x), tidy(point.y)];
    this.layer = layer;
    this.start = point;
    this.mark = {
      id: shortId(),
      kind: tool,
      color: mask ? MASK_COLOUR : color,
      size,
      opacity: mask ? 1 : opacity,
      from,
      to: from,
      filled: tool !== "line" && (mask || filled),
    };
    this.board.stack.wet.start(this.mark.color, this.mark.opacity);
    return true;
  }

  extend(points, _expected, { shift }) {
    const point = points.at(-1);
    const { x, y } = shift ? regular(this.mark.kind, this.start, point) : point;
    this.mark.to = [tidy(x), tidy(y)];
  }

  show() {
    this.board.stack.wet.paint((context) => {
      const path = shapePath(this.mark);
      if (this.mark.filled) context.fill(path);
      context.lineWidth = this.mark.size;
      context.stroke(path);
    });
  }

  finish() {
    const { from, to } = this.mark;
    const drawn = Math.hypot(from[0] - to[0], from[1] - to[1]) > 1;
    return drawn ? { do: "mark", layer: this.layer.id, mark: this.mark } : null;
  }

  abandon() {
    this.mark = null;
  }
}
