// The colour picker: the colour of the picture where the pointer is.

export class Pick {
  /** @param {import("../board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  begin(point) {
    this.#look(point);
    return true;
  }

  extend(points) {
    this.#look(points.at(-1));
  }

  show() {}

  finish() {
    this.board.dispatchEvent(new CustomEvent("picked", { detail: this.board.brush.color }));
    return null;
  }

  abandon() {}

  #look(point) {
    const color = this.board.stack.colourAt(this.board.drawing, point);
    if (color) this.board.choose({ color });
  }
}
