// What is being drawn right now, above its layer: each new point costs the stroke's end, not the whole stroke.

import { outline } from "#studio/canvas/ink";
import { makeCanvas, unitsOf } from "#studio/canvas/paint";

// A stroke's older part is painted once when so many points have come since, and overlaps what follows by some.
const TAIL = 160;
const OVERLAP = 48;
const CAP = 8;

export class Wet {
  constructor() {
    [this.dry, this.tip] = [0, 1].map(() => Object.assign(makeCanvas({ width: 1, height: 1 }), { className: "sheet" }));
    this.node = document.createElement("div");
    this.node.className = "sheet";
    this.node.append(this.dry, this.tip);
    this.contexts = [this.dry, this.tip].map((canvas) => canvas.getContext("2d"));
  }

  fit(board, pixels) {
    this.units = unitsOf(board, pixels);
    for (const canvas of [this.dry, this.tip]) Object.assign(canvas, pixels);
    this.used = [false, false];
    // Somebody else has given the board another shape while something is drawn: it is painted anew from its beginning.
    if (this.colour) this.#ready();
  }

  /** Begin something of this colour, as transparent as it will be. */
  start(colour, opacity) {
    this.clear();
    this.node.style.opacity = opacity;
    this.colour = colour;
    this.#ready();
  }

  #ready() {
    for (const context of this.contexts) {
      context.setTransform(...this.units);
      context.lineCap = context.lineJoin = "round";
      context.fillStyle = context.strokeStyle = this.colour;
    }
    this.from = 0;
  }

  /** The stroke so far, and where it probably goes next (both flat: x, y, pressure). */
  stroke(points, expected, size) {
    const count = points.length / 3;
    if (count - this.from > TAIL) {
      this.contexts[0].fill(outline(points.slice(0, (count - CAP) * 3), size, this.from));
      this.used[0] = true;
      this.from = count - OVERLAP;
    }
    this.#wipe(1);
    this.contexts[1].fill(outline(expected.length ? points.concat(expected) : points, size, this.from));
    this.used[1] = true;
  }

  /** Anything else: `draw(context)` in board units, anew each time. */
  paint(draw) {
    this.#wipe(1);
    draw(this.contexts[1]);
    this.used[1] = true;
  }

  clear() {
    this.#wipe(0);
    this.#wipe(1);
  }

  #wipe(n) {
    if (!this.used[n]) return;
    const context = this.contexts[n];
    context.save();
    context.resetTransform();
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.restore();
    this.used[n] = false;
  }
}
