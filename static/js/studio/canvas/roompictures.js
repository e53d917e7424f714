// The imported pictures of a board with a room: laid at the server for the others, and fetched when a mark shows one that is not here.

import { NoAnswer, ask } from "#lib/server";

// Milliseconds after a change until what it brought is laid: a mark and its picture come together.
const LAY_AFTER = 200;
// A picture that somebody has just laid on the board is on its way to the server: milliseconds before it is asked for, and again.
const [FIRST, LONGEST] = [1_200, 30_000];

export class RoomPictures {
  /** @param {import("./roomcloud.js").RoomCloud} cloud */
  constructor(cloud) {
    Object.assign(this, { cloud, wait: FIRST, coming: new Map() });
    /** What the board showed when it was opened: that is at the server. Later ones may still be on their way to it. */
    this.there = null;
    /** Whether something was imported here that the server has not yet. */
    this.owing = false;
    cloud.board.pictures.fetch = (key) => this.#fetch(key);
  }

  /** The board is open: from now on pictures come with their marks, or a little later. */
  opened() {
    this.there = new Set(this.#shown);
  }

  /** Lay what was imported here, as soon as the server knows the board. */
  laySoon() {
    clearTimeout(this.laying);
    this.owing = this.#unlaid.length > 0;
    if (this.owing) this.laying = setTimeout(() => (this.last = (this.last ?? Promise.resolve()).then(() => this.#lay())), LAY_AFTER);
  }

  /** Somebody else has drawn: perhaps a picture that is not here. */
  wantSoon() {
    if (this.fetching || this.cloud.gone || !this.#missing.length) return;
    this.fetching = setTimeout(() => this.#want());
  }

  // ------------------------------------------------------------------------------------------------------------------

  get #shown() {
    const { board } = this.cloud;
    return [...board.picturesIn(board.drawing)];
  }

  get #unlaid() {
    const { board, meta } = this.cloud;
    return this.#shown.filter((key) => board.pictures.blobs.has(key) && !meta.laid?.includes(key));
  }

  get #missing() {
    return this.#shown.filter((key) => !this.cloud.board.pictures.bitmaps.has(key));
  }

  async #want() {
    await this.cloud.board.pictures.want(this.#missing);
    this.fetching = null;
    this.wait = this.#missing.length ? Math.min(LONGEST, this.wait * 2) : FIRST;
    this.wantSoon();
  }

  #fetch(key) {
    if (!this.coming.has(key)) this.coming.set(key, this.#ask(key).finally(() => this.coming.delete(key)));
    return this.coming.get(key);
  }

  async #ask(key) {
    if (this.there && !this.there.has(key)) await new Promise((resolve) => setTimeout(resolve, this.wait));
    const blob = await ask("GET", `${this.cloud.place}/pictures/${key}`, undefined, { want: "blob" }).catch(() => null);
    if (blob) this.#laid([key]); // the server has it
    return blob;
  }

  async #lay() {
    const { board, known, room, place } = this.cloud;
    if (!known || !room?.rights.draw) return;
    for (const key of this.#unlaid) {
      const form = new FormData();
      form.append("file", board.pictures.blobs.get(key));
      try {
        await ask("POST", `${place}/pictures/${key}`, form, { want: "text" });
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (error.code === "offline") setTimeout(() => this.laySoon(), FIRST * 4);
        else this.cloud.complain(error);
        return;
      }
      this.#laid([key]);
    }
    this.owing = this.#unlaid.length > 0;
    this.cloud.tell();
  }

  #laid(keys) {
    this.cloud.keeper.note({ laid: [...new Set([...(this.cloud.meta.laid ?? []), ...keys])] });
  }
}
