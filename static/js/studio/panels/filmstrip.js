// Asks the server for this board's earlier results, page by page, and hands them to the store.

import { ask } from "#lib/server";

export class Filmstrip {
  /** @param {import("../store.js").Store} store whose `board` it is */
  constructor(store) {
    this.store = store;
    this.address = `/api/v1/boards/${store.board}/results`;
    /** Where the next page begins; null: everything is here, undefined: nothing was asked for yet. */
    this.before = undefined;
    this.busy = false;
    this.wanted = false;
  }

  /** Whether there are earlier ones to ask for. */
  get more() {
    return Boolean(this.before);
  }

  /** Ask for the newest page: at the start, and whenever something may have changed elsewhere. */
  refresh() {
    const known = this.store.finished;
    return this.#take("", (page) => {
      this.before = this.before === undefined || !page.next ? page.next : this.before;
      this.store.results(page.items, { known, whole: !page.next });
    });
  }

  /** Ask for the next page. */
  earlier() {
    if (!this.more) return undefined;
    this.wanted = this.busy; // then it is the next that is asked for
    return this.#take(`?cursor=${encodeURIComponent(this.before)}`, (page) => {
      this.before = page.next;
      this.store.results(page.items);
    });
  }

  /** Without an answer the strip stays as it is: it is asked again when the connection or the window is back. */
  async #take(query, then) {
    if (this.busy) return;
    this.busy = true;
    try {
      const page = await ask("GET", this.address + query).catch(() => null);
      if (page) then(page);
    } finally {
      this.busy = false;
    }
    if (this.wanted) await this.earlier();
  }
}
