// The board: one canvas, the marks on it, and the file it becomes. Tells its owner when something changed.

import { oncePerFrame } from "#lib/dom";
import { chooseExport } from "#lib/exports";
import { BOARD, boardSize, contain } from "#lib/geometry";
import { recallBoard, rememberBoard } from "#lib/keep";
import { History } from "#studio/canvas/history";
import { hasInk, paintAll, paintStroke, prepare } from "#studio/canvas/paint";
import { Pointer } from "#studio/canvas/pointer";

// What a drawing may weigh; the rest of the message's 512 kB is its header, prompt and room to spare.
const EXPORT_LIMIT = 400 * 1024;
const KEEP_AFTER = 400;

export class Board extends EventTarget {
  /** @param {HTMLCanvasElement} canvas @param {string} keepAs where this person's drawing is kept in the browser */
  constructor(canvas, keepAs) {
    super();
    this.canvas = canvas;
    this.keepAs = keepAs;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.size = boardSize(1, 1);
    this.brush = { tool: "brush", color: "#1f2328", size: 8 };
    this.history = new History();
    this.pictures = new Map();
    this.empty = true;
    this.stroke = null;
    // Everything but the stroke that is being drawn: so that each new point costs one stroke, not the whole drawing.
    this.under = document.createElement("canvas");
    this.paintSoon = oncePerFrame(() => this.#paintLive());
    this.pointer = new Pointer(canvas, {
      board: () => this.size,
      begin: (point, how) => this.#begin(point, how),
      extend: (points) => this.#extend(points),
      finish: () => this.#finish(),
      abandon: () => this.#abandon(),
      undo: () => this.undo(),
    });
    this.fit();
  }

  /** The board's proportions follow the picture's: `width` x `height` in any unit. Marks stay around the middle. */
  shape(width, height) {
    this.size = boardSize(width, height);
    this.fit();
  }

  /** Match the canvas's pixels to the screen's and paint anew. */
  fit() {
    const scale = Math.min(2, Math.max(1, globalThis.devicePixelRatio || 1));
    this.pixels = { width: Math.round(this.size.width * scale), height: Math.round(this.size.height * scale) };
    this.canvas.width = this.pixels.width;
    this.canvas.height = this.pixels.height;
    this.repaint();
  }

  repaint() {
    this.under.width = this.pixels.width;
    this.under.height = this.pixels.height;
    paintAll(this.under.getContext("2d"), this.history.visible, this.size, this.pixels, this.pictures);
    this.#paintLive();
  }

  undo() {
    if (!this.pointer.drawing && this.history.undo()) this.#changed({ repaint: true });
  }

  redo() {
    if (!this.pointer.drawing && this.history.redo()) this.#changed({ repaint: true });
  }

  clear() {
    if (!this.pointer.drawing && this.history.clear()) this.#changed({ repaint: true });
  }

  /** Start over from a picture (a sketch of the gallery), or from nothing. Undo brings the old drawing back. */
  async startFrom(blob) {
    const marks = this.history.visible.length ? [{ kind: "clear" }] : [];
    if (blob) {
      const bitmap = await this.#decode(blob);
      marks.push({ kind: "base", blob, ...baseSize(bitmap, this.size) });
    }
    this.history.addAll(marks);
    this.#changed({ repaint: true });
  }

  /** What was drawn here before the page was loaded again. */
  async restore() {
    const kept = await recallBoard(this.keepAs);
    if (!kept?.marks || this.history.marks.length) return;
    for (const mark of kept.marks) if (mark.kind === "base") await this.#decode(mark.blob);
    this.history = new History(kept.marks);
    this.#changed({ repaint: true, keep: false });
  }

  /** The drawing as a file for the studio. @returns {Promise<Blob>} @throws {Error} "too_large" */
  async export() {
    return chooseExport((choice) => this.#encode(choice), EXPORT_LIMIT);
  }

  // ----------------------------------------------------------------------------------------------------------------

  #begin(point, { eraser }) {
    const { tool, color, size } = this.brush;
    this.stroke = { kind: "stroke", tool: eraser ? "eraser" : tool, color, size, points: [point] };
    this.#paintLive();
  }

  #extend(points) {
    this.stroke.points.push(...points);
    this.paintSoon();
  }

  #paintLive() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.drawImage(this.under, 0, 0);
    prepare(this.context, this.size, this.pixels);
    if (this.stroke) paintStroke(this.context, this.stroke);
  }

  #finish() {
    this.history.add(this.stroke);
    this.stroke = null;
    this.#changed({ repaint: true });
  }

  #abandon() {
    this.stroke = null;
    this.repaint();
  }

  #changed({ repaint, keep = true }) {
    if (repaint) this.repaint();
    const ink = this.history.inkLeft;
    this.empty = ink === "none" || (ink === "look" && !hasInk(this.context, this.pixels));
    if (keep) this.#keepSoon();
    this.dispatchEvent(new Event("change"));
  }

  #keepSoon() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keepNow(), KEEP_AFTER);
  }

  keepNow() {
    clearTimeout(this.keeping);
    return rememberBoard(this.keepAs, { marks: this.history.visible });
  }

  async #decode(blob) {
    if (!this.pictures.has(blob)) this.pictures.set(blob, await createImageBitmap(blob));
    return this.pictures.get(blob);
  }

  async #encode({ type, quality, scale }) {
    const sheet = document.createElement("canvas");
    sheet.width = Math.round(this.size.width * scale);
    sheet.height = Math.round(this.size.height * scale);
    paintAll(sheet.getContext("2d"), this.history.visible, this.size, sheet, this.pictures);
    return new Promise((resolve) => sheet.toBlob(resolve, type, quality));
  }
}

/** A picture's size in board units: as large as the board allows without cutting it. */
function baseSize(bitmap, board) {
  const { width, height } = contain(bitmap, board.width ? board : { width: BOARD, height: BOARD });
  return { width, height };
}
