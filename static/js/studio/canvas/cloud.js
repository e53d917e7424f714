// Keeps a board on the server: soon after each change, and never over what another device has drawn.

import { delay } from "#lib/backoff";
import { NoAnswer, ask } from "#lib/server";

// Seconds of rest before a save; somebody who never rests is saved all the same.
const [REST, LATEST] = [2.5, 20];
// Milliseconds before a page that is come back to asks the server again.
const LOOK_AGAIN = 30_000;
const BOARDS = "/api/v1/boards";

/**
 * Event "state": `state` is "local" (nothing to keep yet), "waiting", "saving", "saved", "offline", "conflict", "gone" (deleted
 * elsewhere) or "refused" (then `reason` has the words).
 */
export class Cloud extends EventTarget {
  /** @param {import("./board.js").Board|import("#world/world").World} board @param {import("./keeper.js").Keeper|import("./scribe.js").Scribe} keeper @param {string} id the board's */
  constructor(board, keeper, id) {
    super();
    // `kept`: which of the board's changes the server has.
    Object.assign(this, { board, keeper, id, state: "local", tries: 0, kept: -1, lookedAt: Date.now() });
    board.pictures.fetch = (key) => ask("GET", `${this.#place}/pictures/${key}`, undefined, { want: "blob" }).catch(() => null);
    window.addEventListener("online", () => this.state === "offline" && this.save());
  }

  get #place() {
    return `${BOARDS}/${this.id}`;
  }

  get meta() {
    return this.keeper.meta;
  }

  /**
   * What the server has, taken over where nothing was drawn here since. Offline the browser's own state stays.
   * @param {{there: boolean}} found whether the server is known to have this board
   */
  async open({ there }) {
    if (!there && !this.meta.revision) return this.#settle(this.board.blank ? "local" : "waiting");
    try {
      const found = await ask("GET", this.#place);
      if (found.revision === this.meta.revision) return this.#settle(this.meta.clean ? "saved" : "waiting");
      if (this.meta.clean === false && !this.board.blank) return this.#settle("conflict");
      await this.#adopt(found);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.code !== "not_found") return this.#set("offline");
      // Deleted elsewhere. What was drawn on it here since makes it again; otherwise it is gone here too.
      if (this.meta.clean) return this.#set("gone");
      this.keeper.note({ revision: 0 });
      this.#settle(this.board.blank ? "local" : "waiting");
    }
    return undefined;
  }

  /** Coming back to the page: another device may have drawn on meanwhile. */
  async look() {
    if (this.state !== "saved" || Date.now() - this.lookedAt < LOOK_AGAIN) return;
    this.lookedAt = Date.now();
    await this.open({ there: true });
  }

  /** Something was drawn here. */
  changed() {
    this.meta.clean = false;
    if (this.state === "conflict") return;
    this.#set("waiting");
    this.#saveIn(REST);
  }

  /** Save now. Resolves when it is done or cannot be. */
  save(options = {}) {
    clearTimeout(this.timer);
    this.timer = null;
    this.since = null;
    this.last = (this.last ?? Promise.resolve()).then(() => this.#save(options));
    return this.last;
  }

  async rename(title) {
    if (!this.meta.revision) await this.save({ evenBlank: true });
    const { title: kept } = await ask("PATCH", this.#place, { title });
    this.keeper.note({ title: kept });
    this.dispatchEvent(new Event("state"));
  }

  async duplicate() {
    await this.save({ evenBlank: true });
    return (await ask("POST", `${this.#place}/duplicate`)).id;
  }

  versions() {
    return this.meta.revision ? ask("GET", `${this.#place}/versions`).then((page) => page.items) : [];
  }

  /** Show an earlier version; undo brings back what was there. */
  async goBack(version) {
    await this.#show(await ask("GET", `${this.#place}/versions/${version}`));
  }

  /** Conflict: what is drawn here counts, and the other device's state becomes a version. */
  async keepMine() {
    const { revision } = await ask("GET", this.#place);
    this.keeper.note({ revision });
    this.#set("waiting");
    await this.save({ keep: true });
  }

  /** Conflict: the other device's state counts, and what is drawn here becomes a version. */
  async takeTheirs() {
    const form = new FormData();
    form.append("document", new Blob([JSON.stringify(this.board.drawing)], { type: "application/json" }));
    await ask("POST", `${this.#place}/versions`, form, { want: "text" });
    await this.#adopt(await ask("GET", this.#place));
  }

  // ------------------------------------------------------------------------------------------------------------------

  async #adopt({ document, revision, title }) {
    const fresh = this.board.blank && !this.board.canUndo;
    await (fresh ? this.board.begin(document) : this.#show(document));
    this.kept = this.board.changes;
    this.keeper.note({ revision, title, clean: true });
    this.#set("saved");
  }

  #show(drawing) {
    this.board.do({ do: "replace", drawing });
    return this.board.pictures.want(this.board.picturesIn(drawing));
  }

  #saveIn(seconds) {
    this.since ??= Date.now();
    const latest = Math.max(0, LATEST - (Date.now() - this.since) / 1000);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), Math.min(seconds, latest) * 1000);
  }

  async #save({ keep = false, evenBlank = false, again = true } = {}) {
    if (this.state === "conflict") return;
    if (!this.meta.revision && this.board.blank && !evenBlank) return this.#set("local");
    const { changes } = this.board;
    if (changes === this.kept && this.meta.revision) return this.#set("saved");
    this.#set("saving");
    try {
      const { revision, title } = await ask("POST", this.#place, await this.#form(keep));
      await this.#layPictures();
      this.#saved({ changes, revision, title });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      await this.#failed(error, { keep, again });
    }
  }

  #saved({ changes, revision, title }) {
    this.kept = changes;
    this.tries = 0;
    const clean = changes === this.board.changes;
    this.keeper.note({ revision, title, clean });
    this.#set(clean ? "saved" : "waiting");
  }

  async #failed(error, { keep, again }) {
    if (error.code === "board_conflict") {
      // Perhaps it was only another window here, which has noted the new revision in the browser.
      const before = this.meta.revision;
      await this.keeper.reread();
      if (again && this.meta.revision !== before) return this.#save({ keep, again: false });
      return this.#set("conflict");
    }
    if (error.code === "offline") {
      this.#set("offline");
      return this.#saveIn(2 + delay((this.tries += 1)));
    }
    this.reason = error.message;
    return this.#set("refused");
  }

  async #form(keep) {
    const form = new FormData();
    form.append("revision", this.meta.revision ?? 0);
    form.append("keep", keep);
    form.append("kind", this.board.kind);
    form.append("document", new Blob([JSON.stringify(this.board.drawing)], { type: "application/json" }));
    const small = await this.board.thumbnail();
    if (small) form.append("thumbnail", small);
    return form;
  }

  async #layPictures() {
    const laid = new Set(this.meta.laid ?? []);
    for (const key of this.board.picturesIn(this.board.drawing)) {
      const blob = this.board.pictures.blobs.get(key);
      if (laid.has(key) || !blob) continue;
      const form = new FormData();
      form.append("file", blob);
      await ask("POST", `${this.#place}/pictures/${key}`, form, { want: "text" });
      laid.add(key);
      this.keeper.note({ laid: [...laid] });
    }
  }

  #settle(state) {
    this.#set(state);
    if (state === "waiting") this.#saveIn(REST);
  }

  #set(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
