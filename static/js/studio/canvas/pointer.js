// Mouse, pen and fingers on the board, turned into strokes. Knows pointers, not paint.

import { moved, tidy, toBoard } from "#lib/geometry";

// A hand that rests beside the pen is no brush.
const PALM_AFTER_PEN = 1500;
// Two fingers that touch and leave again this quickly mean "undo".
const TAP = 280;
const PEN_ERASER = 32;

export class Pointer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object} hooks `board()`, `begin(point, {eraser})`, `extend(points)`, `finish()`, `abandon()`, `undo()`
   */
  constructor(canvas, hooks) {
    this.canvas = canvas;
    this.hooks = hooks;
    this.active = null;
    this.fingers = new Map();
    this.penAt = -Infinity;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(kind, (event) => this.#up(event));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  get drawing() {
    return this.active !== null;
  }

  #down(event) {
    if (event.pointerType === "touch") {
      if (event.timeStamp - this.penAt < PALM_AFTER_PEN) return;
      this.fingers.set(event.pointerId, event.timeStamp);
      if (this.fingers.size === 2) return this.#secondFinger(event);
      if (this.fingers.size > 2) return;
    }
    const eraser = (event.buttons & PEN_ERASER) !== 0;
    if (this.active !== null || (event.button !== 0 && !eraser)) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.active = event.pointerId;
    this.last = this.#point(event);
    this.hooks.begin(this.last, { eraser });
    return undefined;
  }

  #secondFinger(event) {
    if (this.active !== null) {
      this.active = null;
      this.hooks.abandon();
    }
    this.tapSince = event.timeStamp;
  }

  #move(event) {
    if (event.pointerType === "pen") this.penAt = event.timeStamp;
    if (event.pointerId !== this.active) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const points = [];
    for (const each of events.length ? events : [event]) {
      const point = this.#point(each);
      if (!moved(this.last, point)) continue;
      points.push(point);
      this.last = point;
    }
    if (points.length) this.hooks.extend(points);
  }

  #up(event) {
    this.#fingerGone(event);
    if (event.pointerId !== this.active) return;
    this.active = null;
    if (event.type === "pointercancel") this.hooks.abandon();
    else this.hooks.finish();
  }

  #fingerGone(event) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size > 0 || this.tapSince === undefined) return;
    if (event.timeStamp - this.tapSince < TAP) this.hooks.undo();
    this.tapSince = undefined;
  }

  #point(event) {
    const { x, y } = toBoard(event.clientX, event.clientY, this.canvas.getBoundingClientRect(), this.hooks.board());
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1;
    return { x: tidy(x), y: tidy(y), p: Math.round(pressure * 100) / 100 };
  }
}
