// Paints one beat of a time-lapse on a canvas: the drawing as it was, the picture beside it. Looks at the board, never changes it.

import { el } from "#lib/dom";
import { Stack } from "#studio/canvas/stack";
import { endOf } from "#studio/timelapse/authors";
import { Past } from "#studio/timelapse/moments";
import { paintName } from "#studio/timelapse/nametag";
import { tiles, within } from "#studio/timelapse/sheet";

const PAPER = "#ffffff";
const SPACE = "#e4e1da"; // around and between, and where no picture has come yet
const KEPT = 24; // decoded pictures at once

export class Composer {
  /**
   * @param {object} story from moments.js @param {object[]} moments what `shows` of a beat counts, each with `blobs`
   * @param {Map<string, ImageBitmap>} pictures the board's imported ones
   * @param {{authors: import("./authors.js").Authors, names: boolean, tint: boolean}|null} who whether names stand beside the strokes, and
   *   whether every mark is in its author's colour
   */
  constructor(story, moments, pictures, who = null) {
    Object.assign(this, { story, moments, who });
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
    if (drawing) {
      put(context, drawing, sheet.drawing);
      this.#name(context, done, sheet.drawing);
    }
    if (pictures.length) tiles(pictures.length, sheet.picture).forEach((box, n) => put(context, pictures[n], box));
  }

  async #drawing(done) {
    const past = this.past.at(done);
    const drawing = this.who?.tint ? this.who.authors.tint(past) : past;
    await this.stack.show(drawing, null);
    await this.stack.whenDone();
    return this.stack.flat(drawing, undefined, PAPER);
  }

  /** Who drew the mark that came last, where it ends. */
  #name(context, done, box) {
    const entry = this.story.entries[done - 1];
    const person = entry && this.who?.names && this.who.authors.of(entry);
    const end = person && endOf(entry.mark);
    if (!end) return;
    const { width, height } = this.story.drawing;
    paintName(context, person, { x: box.x + (end.x / width + 0.5) * box.width, y: box.y + (end.y / height + 0.5) * box.height }, box);
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
