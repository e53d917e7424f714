// The fill bucket: an area of one colour in the whole picture, filled on the chosen layer.

import { shortId } from "#lib/ids";
import { tidy } from "#lib/geometry";
import { flood, grown, outlines } from "#studio/canvas/flood";
import { MASK_COLOUR } from "#studio/canvas/paint";

const TOLERANCE = 40;
const STRAIGHT_WITHIN = 0.7;
// Pixels a board unit while looking for the region: enough for a thin line, and still done within a frame or two.
const DETAIL = 1.25;

export class Fill {
  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  /** The area is found when the pointer comes down, its outline when it goes up: two short tasks instead of a long one. */
  begin(point, { layer }) {
    const { drawing, stack } = this.board;
    const unit = Math.round(drawing.width * DETAIL) / drawing.width;
    const [width, height] = [Math.round(drawing.width * DETAIL), Math.round(drawing.height * DETAIL)];
    const [x, y] = [Math.floor((point.x + drawing.width / 2) * unit), Math.floor((point.y + drawing.height / 2) * unit)];
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const { data } = stack.flat(drawing, { width, height }, "#ffffff").getContext("2d").getImageData(0, 0, width, height);
    Object.assign(this, { layer, unit, found: { area: flood(data, width, height, x, y, TOLERANCE), width, height } });
    return true;
  }

  extend() {}

  show() {}

  finish() {
    const { drawing, brush } = this.board;
    const { area, width, height } = this.found;
    const { unit } = this;
    this.found = null;
    const region = grown(area, width, height);
    const toUnits = (value, n) => tidy(value / unit - (n % 2 ? drawing.height : drawing.width) / 2);
    const loops = outlines(region, width, height, STRAIGHT_WITHIN).map((loop) => loop.map(toUnits));
    const mask = this.layer.kind === "mask";
    const mark = { id: shortId(), kind: "area", color: mask ? MASK_COLOUR : brush.color, opacity: mask ? 1 : brush.opacity, loops };
    return loops.length ? { do: "mark", layer: this.layer.id, mark } : null;
  }

  abandon() {
    this.found = null;
  }
}
