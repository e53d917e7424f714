// The drawing as a list of marks, with undo and redo. Marks, not bitmaps: small to keep, sharp at every size. Pure.

/**
 * @typedef {{x: number, y: number, p: number}} Point board units from the middle, pressure 0..1
 * @typedef {{kind: "stroke", tool: "brush"|"eraser", color: string, size: number, points: Point[]}} Stroke
 * @typedef {{kind: "clear"}} Clear
 * @typedef {{kind: "base", blob: Blob, width: number, height: number}} Base a picture to draw on, in board units
 * @typedef {Stroke|Clear|Base} Mark
 */

const LONGEST = 2000;

export class History {
  /** @param {Mark[]} marks */
  constructor(marks = []) {
    this.marks = [...marks];
    this.undone = [];
  }

  get canUndo() {
    return this.marks.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  /** A new mark; what was undone before it is gone. */
  add(mark) {
    this.marks.push(mark);
    this.undone = [];
    this.#forget();
  }

  /** Several marks that one undo takes back one by one, e.g. clear and a base picture. */
  addAll(marks) {
    for (const mark of marks) this.add(mark);
  }

  undo() {
    const mark = this.marks.pop();
    if (mark) this.undone.push(mark);
    return mark ?? null;
  }

  redo() {
    const mark = this.undone.pop();
    if (mark) this.marks.push(mark);
    return mark ?? null;
  }

  /** Wipe the board; undo brings it back. Nothing happens on an empty one. */
  clear() {
    if (this.visible.length === 0) return false;
    this.add({ kind: "clear" });
    return true;
  }

  /** The marks that can still be seen: those after the last clear. */
  get visible() {
    return this.marks.slice(this.marks.findLastIndex((mark) => mark.kind === "clear") + 1);
  }

  /** "none", "some", or "look": only the picture itself can tell (something was rubbed out, or drawn in white). */
  get inkLeft() {
    const marks = this.visible;
    const coloured = marks.filter((mark) => mark.kind === "base" || (mark.tool === "brush" && !isWhite(mark.color)));
    if (coloured.length === 0) return "none";
    return coloured.length === marks.length ? "some" : "look";
  }

  /** Very long histories lose what lies under the last clear first, then nothing: a drawing is never cut. */
  #forget() {
    if (this.marks.length <= LONGEST) return;
    const from = this.marks.findLastIndex((mark) => mark.kind === "clear");
    if (from > 0) this.marks = this.marks.slice(from);
  }
}

export function isWhite(color) {
  return color.toLowerCase() === "#ffffff";
}
