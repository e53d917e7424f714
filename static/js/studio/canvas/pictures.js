// The imported pictures of a board: their bytes kept in the browser, their bitmaps ready to be painted.

import { contain } from "#lib/geometry";
import { freshId, shortId } from "#lib/ids";
import { findPicture, keepPicture } from "#studio/canvas/chest";

/** Events: "arrived" (a bitmap has come that marks may have been waiting for), "full" (the browser has no room for one). */
export class Pictures extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, ImageBitmap>} by id */
    this.bitmaps = new Map();
    this.blobs = new Map();
    /** Where a picture comes from that this browser does not have. @type {(id: string) => Promise<Blob|null>} */
    this.fetch = async () => null;
  }

  /** Take in a picture. @returns {Promise<import("./drawing.js").Picture>} a mark as large as the board allows uncut */
  async take(blob, board) {
    const id = freshId();
    const bitmap = await createImageBitmap(blob);
    this.bitmaps.set(id, bitmap);
    this.blobs.set(id, blob);
    await keepPicture(id, blob).catch(() => this.dispatchEvent(new Event("full"))); // the server keeps it
    const { width, height } = contain(bitmap, board);
    return { id: shortId(), kind: "picture", picture: id, width, height };
  }

  /** Fetch what is not here yet. */
  async want(ids) {
    const missing = [...ids].filter((id) => !this.bitmaps.has(id));
    const found = await Promise.all(missing.map((id) => this.#find(id)));
    if (found.some(Boolean)) this.dispatchEvent(new Event("arrived"));
  }

  async #find(id) {
    const blob = (await findPicture(id).catch(() => null)) ?? (await this.fetch(id));
    if (!blob) return false;
    await keepPicture(id, blob).catch(() => undefined);
    this.blobs.set(id, blob);
    this.bitmaps.set(id, await createImageBitmap(blob));
    return true;
  }
}
