// Shift and a drag: the brush larger to the right, smaller to the left. Nothing is drawn.

import { clamp } from "#lib/geometry";

const [SMALLEST, LARGEST] = [1, 96];
const STEP = 3; // screen pixels for one board unit of size

export class Resize {
  /** Whether a tool has a size that is worth dragging; shapes keep Shift for themselves. */
  static suits(tool) {
    return ["brush", "eraser", "mask"].includes(tool);
  }

  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  begin({ clientX }) {
    this.from = { x: clientX, size: this.board.brush.size };
    return true;
  }

  /** The pointer's place on the screen, whatever the view's zoom is. */
  drag(clientX) {
    this.board.choose({ size: Math.round(clamp(this.from.size + (clientX - this.from.x) / STEP, SMALLEST, LARGEST)) });
  }

  extend() {}

  show() {}

  finish() {
    return null;
  }

  abandon() {
    this.board.choose({ size: this.from.size });
  }
}
