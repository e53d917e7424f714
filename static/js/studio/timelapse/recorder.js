// Notes for the time-lapse what the page is shown of a board: live frames, and finished works.

import { freshId } from "#lib/ids";
import { mostCrowded, newestOf } from "#studio/timelapse/moments";

// Drafts come up to fifteen times a second; so many milliseconds apart they still tell the story.
const APART = 300;
// What one board keeps at most; beyond it the frame goes whose neighbours are closest.
const [MOST, MOST_BYTES] = [400, 12 * 2 ** 20];
// A frame of more bytes is made smaller: this long, as a JPEG, both done off the main thread.
const [LARGE, SIDE, QUALITY] = [24 * 1024, 512, 0.82];
const MOST_WORKS = 200;

export class Recorder {
  /** @param {{board, live: EventTarget, store, shelf: import("../canvas/shelf.js").Shelf}} parts */
  constructor({ board, live, store, shelf }) {
    Object.assign(this, { board, store, shelf });
    this.known = new Set();
    this.frames = [];
    this.works = [];
    this.latest = -Infinity;
    this.queue = this.#begin();
    live.addEventListener("frame", ({ detail }) => detail.done && this.#frame(detail));
    store.subscribe(() => this.#look());
  }

  /** Resolves when everything noted so far is kept. */
  async whenKept() {
    for (let waited = null; waited !== this.queue; ) await (waited = this.queue);
  }

  async #begin() {
    await this.#safely(async () => {
      for (const { id, kind, at, blob } of await this.shelf.all()) {
        if (kind === "frame") this.frames.push({ id, at, bytes: blob.size });
        else this.#knows(id);
      }
    });
    this.begun = true;
    this.#look();
  }

  /** The mark that the drawing ends with now. */
  get #entry() {
    return newestOf(this.board.drawing)?.id ?? null;
  }

  #frame({ bytes, media_type: type, kind }) {
    const at = Date.now();
    if (kind === "draft" && at - this.latest < APART) return;
    this.latest = at;
    const moment = { id: freshId(), kind: "frame", at, entry: this.#entry };
    this.#then(async () => {
      const blob = await small(new Blob([bytes], { type }));
      this.frames.push({ id: moment.id, at, bytes: blob.size });
      await this.shelf.put({ ...moment, blob }, this.#tooMany());
    });
  }

  #tooMany() {
    const gone = [];
    while (this.frames.length > MOST || this.frames.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES) {
      const least = mostCrowded(this.frames.map(({ at }) => at));
      if (least < 0) break;
      gone.push(this.frames.splice(least, 1)[0].id);
    }
    return gone;
  }

  /** What has come of this board is noted once, by the generation's id. */
  #look() {
    if (!this.begun) return;
    for (const { id, board, state, works } of this.store.generations.values()) {
      if (state !== "finished" || board !== this.store.board || this.known.has(id) || !works.length) continue;
      const moment = { id, kind: "works", at: Date.now(), entry: this.#entry, works: works.map(({ id: work, thumbnail }) => ({ id: work, thumbnail })) };
      const gone = this.#knows(id);
      this.#then(() => this.shelf.put(moment, gone));
    }
  }

  /** @returns {string[]} the ids of works that are one too many */
  #knows(generation) {
    this.known.add(generation);
    this.works.push(generation);
    return this.works.length > MOST_WORKS ? [this.works.shift()] : [];
  }

  #then(act) {
    this.queue = this.queue.then(() => this.#safely(act));
  }

  async #safely(act) {
    if (this.full) return;
    try {
      await act();
    } catch (error) {
      // No room or no database: drawing and live pictures go on, only the replay shows fewer of them.
      if (!(error instanceof DOMException)) throw error;
      this.full = error.name === "QuotaExceededError";
    }
  }
}

async function small(blob) {
  if (blob.size <= LARGE) return blob;
  const whole = await createImageBitmap(blob);
  const scale = Math.min(1, SIDE / Math.max(whole.width, whole.height));
  const sheet = new OffscreenCanvas(Math.round(whole.width * scale), Math.round(whole.height * scale));
  sheet.getContext("2d").drawImage(whole, 0, 0, sheet.width, sheet.height);
  whole.close();
  const less = await sheet.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return less.size < blob.size ? less : blob;
}
