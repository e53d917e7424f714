// Submits that the server has not answered, kept in the browser: closing or reloading the page without a connection loses none.

import { Database, asked } from "#lib/database";

/** After so many milliseconds nobody waits for the picture any more. */
const KEPT = 24 * 3600 * 1000;

const database = new Database("brushwire.unsent", 1, ["submits"]);

/** One board's. Sending one again does no harm: the server knows a command that it has by its id. */
export class Unsent {
  /** @param {string} place person and board @param {import("./actions.js").Actions} actions */
  constructor(place, actions) {
    Object.assign(this, { place, actions, kept: new Set() });
  }

  /** Put what is left of an earlier page into the outbox, and keep up with it from now on. Before the page connects. */
  async bringBack() {
    for (const { command, bytes } of (await this.#safely(() => this.#load())) ?? []) {
      this.kept.add(command.id);
      this.actions.resume(command, bytes);
    }
    this.actions.store.subscribe(() => this.#follow());
  }

  #load() {
    return database.within("readwrite", async ({ submits }) => {
      const [keys, rows] = await Promise.all([asked(submits.getAllKeys()), asked(submits.getAll())]);
      const old = Date.now() - KEPT;
      keys.forEach((key, n) => rows[n].at < old && submits.delete(key));
      const mine = rows.filter(({ at }, n) => keys[n][0] === this.place && at >= old);
      return mine.sort((a, b) => a.at - b.at);
    });
  }

  /** What has come into the outbox is written, what was answered is forgotten. */
  #follow() {
    const { outbox } = this.actions.store;
    for (const id of outbox.keys()) if (!this.kept.has(id)) this.#keep(id);
    for (const id of this.kept) if (!outbox.has(id)) this.#forget(id);
  }

  #keep(id) {
    const [command, bytes] = this.actions.sent.get(id) ?? [];
    if (!command) return;
    this.kept.add(id);
    this.#safely(() => database.within("readwrite", ({ submits }) => submits.put({ command, bytes, at: Date.now() }, [this.place, id])));
  }

  #forget(id) {
    this.kept.delete(id);
    this.#safely(() => database.within("readwrite", ({ submits }) => submits.delete([this.place, id])));
  }

  async #safely(act) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // private windows and full disks: it is kept while the page is open
      return undefined;
    }
  }
}
