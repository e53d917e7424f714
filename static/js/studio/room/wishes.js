// Asking the room for something and hearing whether it was done. Times are milliseconds.

import { freshId } from "#lib/ids";
import { NoAnswer } from "#lib/server";

const WAITS = 12_000;

export class Wishes {
  /** @param {import("./connection.js").Room} room */
  constructor(room, { setTimeout = globalThis.setTimeout.bind(globalThis), clearTimeout = globalThis.clearTimeout.bind(globalThis) } = {}) {
    Object.assign(this, { room, setTimeout, clearTimeout, waiting: new Map() });
    room.addEventListener("done", ({ detail }) => this.#settle(detail.id, ({ resolve }) => resolve()));
    room.addEventListener("rejected", ({ detail }) => this.#settle(detail.id, ({ reject }) => reject(new NoAnswer(detail.code, detail.message, 0, detail.fields))));
    room.addEventListener("state", () => !room.online && this.#giveUp());
  }

  /**
   * Send it and wait for the answer. What is asked for must be harmless when it is asked for again.
   * @param {object} header a message without its `id` @returns {Promise<void>} @throws {NoAnswer} "offline" where none came
   */
  ask(header) {
    const id = freshId();
    return new Promise((resolve, reject) => {
      if (!this.room.send({ ...header, id })) return reject(new NoAnswer("offline"));
      const timer = this.setTimeout(() => this.#settle(id, () => reject(new NoAnswer("offline"))), WAITS);
      return this.waiting.set(id, { resolve, reject, timer });
    });
  }

  #settle(id, how) {
    const wish = this.waiting.get(id);
    if (!wish) return;
    this.waiting.delete(id);
    this.clearTimeout(wish.timer);
    how(wish);
  }

  /** The line is gone: nobody knows whether it was done. */
  #giveUp() {
    for (const id of [...this.waiting.keys()]) this.#settle(id, ({ reject }) => reject(new NoAnswer("offline")));
  }
}
