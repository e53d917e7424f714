// The pixels of one layer. Paints only what is new; after an undo it goes on from a snapshot, not from the first mark.

import { makeCanvas, paintMark, unitsOf } from "#studio/canvas/paint";
import { leastMissed } from "#studio/canvas/snapshots";

// A snapshot every so many marks, and at most so many of them: close together near the end, sparse before.
const EVERY = 24;
const KEPT = 3;
// Painting many marks is done in slices of this many milliseconds, so that the page never stands still.
const SLICE = 10;

export class Surface {
  /** @param {Map<string, ImageBitmap>} pictures @param {string|null} colour the one colour of a mask */
  constructor(pictures, colour = null) {
    this.canvas = makeCanvas({ width: 1, height: 1 });
    this.canvas.className = "sheet";
    this.context = this.canvas.getContext("2d");
    this.pictures = pictures;
    this.colour = colour;
    this.wanted = [];
    this.#forget();
  }

  /** Give the canvas its pixels; what was painted is painted anew. */
  fit(board, pixels) {
    this.units = unitsOf(board, pixels);
    this.canvas.width = pixels.width;
    this.canvas.height = pixels.height;
    this.#forget();
  }

  /** Show exactly these marks. Resolves when they are all there, at once where it is little. */
  show(marks) {
    this.wanted = [...marks];
    if (this.held) return Promise.resolve();
    let same = 0;
    while (same < this.drawn && this.painted[same] === this.wanted[same]) same += 1;
    if (same < this.drawn) this.#goBack(same);
    this.#paint();
    return this.whenDone();
  }

  whenDone() {
    return this.held || this.drawn === this.wanted.length ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Paint everything anew, e.g. because a picture has arrived, or a rubbed-out line is taken back half way. */
  repaint() {
    if (this.held) return (this.stale = true);
    this.#goBack(0);
    this.#paint();
    return undefined;
  }

  /** The hand has something on the canvas that is no mark yet: what others draw meanwhile waits until it lets go. */
  hold() {
    this.held = true;
  }

  letGo() {
    this.held = false;
    if (this.stale) this.#goBack(0);
    this.stale = false;
  }

  /** A stroke that lies already on the canvas (an eraser's, painted while it was drawn) is given up. */
  restore() {
    this.letGo();
    this.#goBack(this.drawn);
    this.show(this.wanted);
  }

  #forget() {
    this.painted = [];
    this.snapshots = [];
    this.held = this.stale = false;
    this.waiting ??= [];
  }

  get drawn() {
    return this.painted.length;
  }

  #goBack(count) {
    this.snapshots = this.snapshots.filter((each) => each.count <= count);
    const snapshot = this.snapshots.at(-1);
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (snapshot) this.context.drawImage(snapshot.canvas, 0, 0);
    this.painted.length = snapshot?.count ?? 0;
  }

  #paint() {
    cancelAnimationFrame(this.later);
    const start = performance.now();
    while (this.drawn < this.wanted.length) {
      const mark = this.wanted[this.drawn];
      paintMark(this.context, mark, this);
      this.painted.push(mark);
      if (this.drawn - (this.snapshots.at(-1)?.count ?? 0) >= EVERY) this.#snapshot();
      if (performance.now() - start > SLICE && this.drawn < this.wanted.length) return this.#goOn();
    }
    this.canvas.removeAttribute("data-painting");
    for (const done of this.waiting.splice(0)) done();
    return undefined;
  }

  #goOn() {
    this.canvas.setAttribute("data-painting", ""); // what is on it is not all of it
    // A hidden page gets no animation frames, and an autosave may still be waiting for the picture.
    if (document.visibilityState === "hidden") setTimeout(() => this.#paint());
    else this.later = requestAnimationFrame(() => this.#paint());
  }

  #snapshot() {
    const canvas = makeCanvas(this.canvas);
    canvas.getContext("2d").drawImage(this.canvas, 0, 0);
    this.snapshots.push({ count: this.drawn, canvas });
    if (this.snapshots.length > KEPT) this.snapshots.splice(leastMissed(this.snapshots.map((each) => each.count)), 1);
  }
}
