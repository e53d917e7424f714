// A drawing's document in the browser's own database: what changed, one's own acts, and facts beside. Works without the network.

import { Database, asked } from "#lib/database";

const database = new Database("brushwire.drawings", 1, ["heads", "updates", "acts"]);

// So many rows are put together when a board is opened.
const MANY = 40;

const from = (place, n) => IDBKeyRange.bound([place, n], [place, Infinity]);

/** One board's place in the database. @throws DOMException where the browser has no room or allows nothing */
export class Journal {
  /** @param {string} place person and board */
  constructor(place) {
    this.place = place;
  }

  /**
   * @param {(updates: Uint8Array[]) => Uint8Array} merged many updates as one
   * @returns {Promise<{update: Uint8Array, acts: object[], cursor: number, meta: object}|null>}
   */
  async load(merged) {
    const found = await database.within("readonly", async ({ heads, updates, acts }) => {
      const head = await asked(heads.get(this.place));
      return head && { ...head, acts: await asked(acts.getAll(from(this.place, 0))), updates: await asked(updates.getAll(from(this.place, 0))) };
    });
    if (!found) return null;
    const update = merged(found.updates);
    if (found.updates.length > MANY) await this.#fold(update, found.next);
    return { ...found, update };
  }

  /**
   * Write what has changed since the last time. Several windows may: changes do not depend on who writes first.
   * @param {{update: Uint8Array|null, acts: {from: number, list: object[]}, cursor: number, meta: object, whole: boolean}} change
   *   `whole`: this is all of it, what was there before goes
   */
  save({ update, acts, cursor, meta, whole }) {
    return database.within("readwrite", async (stores) => {
      const { next = 0 } = (await asked(stores.heads.get(this.place))) ?? {};
      if (whole) stores.updates.delete(from(this.place, 0));
      if (update) stores.updates.put(update, [this.place, next]);
      stores.acts.delete(from(this.place, acts.from));
      acts.list.forEach((act, n) => stores.acts.put(act, [this.place, acts.from + n]));
      stores.heads.put({ next: next + 1, cursor, meta }, this.place);
    });
  }

  /** The facts as any window has written them last. */
  async meta() {
    return (await database.within("readonly", ({ heads }) => asked(heads.get(this.place))))?.meta;
  }

  forget() {
    return database.within("readwrite", ({ heads, updates, acts }) => {
      heads.delete(this.place);
      for (const store of [updates, acts]) store.delete(from(this.place, 0));
    });
  }

  /** What another window has written meanwhile comes after `next` and stays. */
  #fold(update, next) {
    return database.within("readwrite", ({ updates }) => {
      updates.delete(IDBKeyRange.bound([this.place, 0], [this.place, next], false, true));
      updates.put(update, [this.place, 0]);
    });
  }
}
