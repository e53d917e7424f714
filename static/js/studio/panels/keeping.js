// Which board a page shows, and that nothing of it is lost: in this browser, on the server, and opened again next time.

import { freshId } from "#lib/ids";
import { recall, remember } from "#lib/keep";
import { BoardMenu } from "#studio/panels/boards";

export class Keeping {
  /**
   * @param {import("../canvas/board.js").Board|import("#world/world").World} board
   * @param {{user: number, board: string|null, asked: boolean}} config whose it is, and which one to open
   * @param {{lastAs: string, full: string, tell: (text: string) => void}} about under what name this browser remembers
   *   which one was open last; what is said when it has no room; and how
   */
  constructor(board, { user, board: given, asked }, { lastAs, full, tell }) {
    this.board = board;
    this.lastAs = lastAs;
    this.id = (asked ? given : (sessionStorage.getItem(lastAs) ?? recall(lastAs) ?? given)) ?? freshId();
    this.there = this.id === given;
    this.keeper = board.keeperAt(`${user}.${this.id}`);
    this.cloud = board.cloudFor(this.keeper, this.id);
    this.menu = new BoardMenu(this.cloud, tell);
    board.addEventListener("change", ({ detail }) => {
      if (!detail.own) return;
      this.cloud.changed();
      this.keeper.keepSoon();
    });
    this.keeper.addEventListener("full", () => tell(full));
    window.addEventListener("pagehide", () => this.keeper.keep());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") return this.cloud.look();
      this.keeper.keep();
      return this.cloud.state === "waiting" && this.cloud.save();
    });
  }

  /** Bring back what was made here, and what the server has. @returns {Promise<boolean>} whether there was anything */
  async open() {
    const kept = await this.keeper.restore();
    await this.cloud.open({ there: this.there });
    if (this.cloud.state === "gone") await this.#beginAnew();
    // A server that took its time to say so was not waited for.
    this.cloud.addEventListener("left", () => this.#beginAnew());
    remember(this.lastAs, this.id);
    // This window's own, in case another one shows another board.
    sessionStorage.setItem(this.lastAs, this.id);
    return kept || this.there;
  }

  /** The board was deleted elsewhere: nothing of it stays here. */
  async #beginAnew() {
    await this.keeper.forget();
    location.replace("?board=new");
    await new Promise(() => undefined); // the page is leaving
  }
}
