// Asks the server for this board's earlier results, page by page, and hands them to the store.

import { ask } from "#lib/server";

export class Filmstrip {
  /** @param {import("../store.js").Store} store whose `board` it is */
  constructor(store) {
    this.store = store;
    this.address = `/api/v1/boards/${store.board}/results`;
    /** Where the next page begins; null: everything is here, undefined: nothing was asked for yet. */
    this.before = undefined;
    /** The last question's end, and of the questions those that have not begun: none is asked for twice, none is lost. */
    this.last = Promise.resolve();
    this.waiting = {};
  }

  /** Whether there are earlier ones to ask for. */
  get more() {
    return Boolean(this.before);
  }

  /** Ask for the newest page: at the start, and whenever something may have changed elsewhere. */
  refresh() {
    return this.#inTurn("refresh", async () => {
      const known = this.store.finished;
      const page = await this.#page("");
      if (!page) return;
      this.before = this.before === undefined || !page.next ? page.next : this.before;
      this.store.results(page.items, { known, whole: !page.next });
    });
  }

  /** Ask for the next page. */
  earlier() {
    return this.#inTurn("earlier", async () => {
      if (!this.more) return;
      const page = await this.#page(`?cursor=${encodeURIComponent(this.before)}`);
      if (!page) return;
      this.before = page.next;
      this.store.results(page.items);
    });
  }

  #inTurn(name, question) {
    this.waiting[name] ??= this.last = this.last.catch(() => null).then(() => {
      delete this.waiting[name];
      return question();
    });
    return this.waiting[name];
  }

  /** Without an answer the strip stays as it is: it is asked again when the connection or the window is back. */
  #page(query) {
    return ask("GET", this.address + query).catch(() => null);
  }
}
