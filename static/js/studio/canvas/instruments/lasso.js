// The lasso: a region drawn around something, to be moved, turned, made larger or smaller, or cut out.

import { shortId } from "#lib/ids";
import { moved, tidy } from "#lib/geometry";
import { Selection } from "#studio/canvas/selection";
import { boxOf, simplify } from "#studio/canvas/shapes";

const SMALLEST = 4;

export class Lasso {
  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
    this.selection = new Selection(board);
  }

  begin(point, { layer }) {
    this.held = this.selection.grab(point);
    if (this.held) return true;
    this.selection.done();
    this.layer = layer;
    this.loop = [point.x, point.y];
    this.last = point;
    return true;
  }

  extend(points, _expected, { shift }) {
    if (this.held) return this.held(points.at(-1), shift);
    for (const point of points) {
      if (!moved(this.last, point, 1.5)) continue;
      this.loop.push(point.x, point.y);
      this.last = point;
    }
    return undefined;
  }

  show() {
    if (!this.held) this.selection.outline([this.loop]);
  }

  finish() {
    if (this.held) return null;
    const loop = simplify(this.loop, 0.4).map(tidy);
    const { width, height } = boxOf([loop]);
    if (Math.max(width, height) < SMALLEST || loop.length < 6) this.selection.clear();
    else this.selection.select(this.layer.id, [loop]);
    return null;
  }

  abandon() {
    if (!this.held) this.selection.clear();
  }

  /** The whole board, or a box of board units around its middle, on the chosen layer. */
  all({ width, height } = this.board.size) {
    const [x, y] = [width / 2, height / 2];
    this.selection.done();
    this.selection.select(this.board.layer.id, [[-x, -y, x, -y, x, y, -x, y].map(tidy)]);
  }

  /** The region cut out of its layer. */
  cut() {
    const { layer, loops } = this.selection.chosen ?? {};
    if (!loops) return false;
    this.selection.clear();
    return this.board.do({ do: "mark", layer, mark: { id: shortId(), kind: "cut", loops } });
  }
}
