// Paints one beat of a time-lapse on a canvas: the drawing as it was, the picture beside it. Looks at the board, never changes it.

import { el } from "#lib/dom";
import { Stack } from "#studio/canvas/stack";
import { Past } from "#studio/timelapse/moments";
import { tiles, within } from "#studio/timelapse/sheet";

const PAPER = "#ffffff";
const SPACE = "#e4e1da"; // around and between, and where no picture has come yet
const KEPT = 24; // decoded pictures at once

export class Composer {
  /**
   * @param {object} story from moments.js @param {object[]} moments what `shows` of a beat counts, each with `blobs`
   * @param {Map<string, ImageBitmap>} pictures the board's imported ones
   */
  constructor(story, moments, pictures) {
    this.moments = moments;
    this.past = new Past(story);
    this.stack = new Stack(el("div"), pictures);
    this.decoded = new Map();
  }

  /** Paint a beat. @param {import("./sheet.js").Sheet} sheet */
  async paint(canvas, { done, shows }, sheet) {
    const pictures = sheet.picture && shows !== null ? await this.#pictures(shows) : [];
    const drawing = sheet.drawing && (await this.#drawing(done));
    // Nothing is waited for below: whoever looks at the canvas sees whole sheets only.
    if (canvas.width !== sheet.width || canvas.height !== sheet.height) Object.assign(canvas, { width: sheet.width, height: sheet.height });
    const context = canvas.getContext("2d", { alpha: false });
    context.imageSmoothingQuality = "high";
    context.fillStyle = SPACE;
    context.fillRect(0, 0, sheet.width, sheet.height);
    if (drawing) put(context, drawing, sheet.drawing);
    if (pictures.length) tiles(pictures.length, sheet.picture).forEach((box, n) => put(context, pictures[n], box));
  }

  async #drawing(done) {
    const drawing = this.past.at(done);
    await this.stack.show(drawing, null);
    await this.stack.whenDone();
    return this.stack.flat(drawing, undefined, PAPER);
  }

  async #pictures(index) {
    const kept = this.decoded.get(index);
    if (kept) return kept;
    const found = await Promise.all(this.moments[index].blobs.map((blob) => createImageBitmap(blob).catch(() => null)));
    const pictures = found.filter(Boolean); // a damaged one leaves its place empty
    this.decoded.set(index, pictures);
    if (this.decoded.size > KEPT) {
      const [oldest] = this.decoded.keys();
      this.decoded.get(oldest).forEach((bitmap) => bitmap.close());
      this.decoded.delete(oldest);
    }
    return pictures;
  }
}

function put(context, picture, box) {
  const { x, y, width, height } = within(picture, box);
  context.drawImage(picture, x, y, width, height);
}
