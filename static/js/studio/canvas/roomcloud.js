// Keeps a drawing on the server through its room, which is opened when there is something to keep. Shows the same face as cloud.js.

import { ask } from "#lib/server";
import { RoomPictures } from "#studio/canvas/roompictures";

const BOARDS = "/api/v1/boards";
// Milliseconds that the page waits for the server before it shows what this browser has, or an empty board.
const [WITH_OWN, WITHOUT] = [2_000, 15_000];
// As long as somebody waits for the last stroke to be kept before the page is left.
const FOR_SAVING = 15_000;
const TRY_AGAIN = 5_000;
// Milliseconds of rest before a small picture is made of what was drawn; who never rests is pictured all the same. Sooner where others look on.
const FOLLOWED = { rest: 2_000, latest: 4_000 };
const ALONE = { rest: 2_500, latest: 20_000 };

/**
 * Event "state": `state` is "local" (nothing to keep yet), "waiting", "saving", "saved", "offline", "gone" (deleted, or closed to
 * us) or "refused" (then `reason` has the words). Event "room": `room` is there now. Event "left": it was deleted while we were away.
 */
export class RoomCloud extends EventTarget {
  /** @param {import("./board.js").Board} board @param {import("./keeper.js").Keeper} keeper @param {string} id the board's */
  constructor(board, keeper, id) {
    super();
    Object.assign(this, { board, keeper, id, state: "local", reason: "", gone: false });
    /** @type {import("#studio/room/connection").Room|null} */
    this.room = null;
    this.pictures = new RoomPictures(this);
    window.addEventListener("online", () => this.look());
    window.addEventListener("offline", () => this.room?.sleep());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.#picture());
  }

  get place() {
    return `${BOARDS}/${this.id}`;
  }

  get meta() {
    return this.keeper.meta;
  }

  /** Whether the server has this board, as far as is known here. */
  get known() {
    return Boolean(this.meta.known || this.meta.revision);
  }

  /** Whether there is nothing to keep. */
  get #nothing() {
    return !this.room && !this.known && this.board.blank;
  }

  /** Call `hear(room)` as soon as there is a room. */
  onRoom(hear) {
    if (this.room) hear(this.room);
    else this.addEventListener("room", () => hear(this.room), { once: true });
  }

  /**
   * Go into the board's room where there is one; what is here and what the server has become one.
   * @param {{there: boolean}} found whether the server is known to have this board
   */
  async open({ there }) {
    const wanted = there || this.known;
    this.board.close(this.meta.closed ?? null);
    // Another window may begin what is empty here.
    this.board.addEventListener("change", ({ detail }) => detail.own || this.#nothing || this.#enter());
    if (!wanted && this.board.blank) return this.tell();
    const first = this.#enter().then((room) => room && heard(room));
    if (wanted) await Promise.race([first, pause(this.board.blank ? WITHOUT : WITH_OWN)]);
    this.pictures.opened();
    return this.tell();
  }

  /** Coming back to the page. */
  look() {
    if (this.room) this.room.wake();
    else if (!this.#nothing) this.#enter();
  }

  /** Something was drawn here. */
  changed() {
    this.meta.clean = false;
    this.complaint = null;
    if (this.#nothing) return;
    this.#enter();
    this.pictures.laySoon();
    this.#pictureSoon();
    this.tell();
  }

  /** Resolves when everything drawn here is kept, or cannot be now. */
  async save({ evenBlank = false } = {}) {
    if (!this.room && this.board.blank && !evenBlank) return;
    const room = await this.#enter();
    if (!room) return;
    // Something has to be kept of it, or there would be nothing to have a name.
    const { document } = this.board;
    if (evenBlank && !this.known) document.change(() => document.board.set("width", this.board.size.width));
    await Promise.race([kept(room), pause(FOR_SAVING)]);
  }

  async rename(title) {
    if (!this.known) await this.save({ evenBlank: true });
    const { title: written } = await ask("PATCH", this.place, { title });
    this.keeper.note({ title: written });
    this.dispatchEvent(new Event("state"));
  }

  async duplicate() {
    await this.save({ evenBlank: true });
    return (await ask("POST", `${this.place}/duplicate`)).id;
  }

  versions() {
    return this.known ? ask("GET", `${this.place}/versions`).then((page) => page.items) : [];
  }

  /** Show an earlier version; undo brings back what was there. */
  async goBack(version) {
    const drawing = await ask("GET", `${this.place}/versions/${version}`);
    this.board.do({ do: "replace", drawing });
    return this.board.pictures.want(this.board.picturesIn(drawing));
  }

  /** The server does not take something that belongs to the board. @param {NoAnswer} error */
  complain(error) {
    this.complaint = error.message;
    this.tell();
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** @returns {Promise<import("#studio/room/connection").Room|null>} null where the page cannot even load what it needs */
  #enter() {
    this.entering ??= import("#studio/room/connection").then(
      ({ Room }) => this.#entered(new Room(this.id, this.board.document)),
      () => {
        this.entering = null;
        this.unreachable = true;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.look(), TRY_AGAIN);
        return null;
      },
    );
    return this.entering;
  }

  #entered(room) {
    this.room = room;
    if (this.meta.clean === false || (!this.known && !this.board.blank)) room.sync.doubt();
    room.addEventListener("welcome", ({ detail }) => this.#welcomed(detail.board));
    room.addEventListener("rights", () => this.#allowed());
    room.addEventListener("board", ({ detail }) => this.#named(detail.board));
    room.addEventListener("kept", () => this.#kept());
    // Somebody else's came just before: the board's last picture must not be the one that was lost.
    room.addEventListener("rejected", ({ detail }) => detail.about === "thumbnail" && detail.code === "rate_limited" && this.#pictureSoon());
    room.addEventListener("state", () => this.#turned());
    room.addEventListener("update", () => this.pictures.wantSoon());
    // Another window of ours has begun the board anew.
    this.board.addEventListener("opened", () => room.document !== this.board.document && room.use(this.board.document));
    this.dispatchEvent(new Event("room"));
    room.open();
    return room;
  }

  /** The board was deleted while we were away: it comes back only with what was drawn here since. */
  #welcomed(board) {
    if (board.there === false && this.known) {
      this.keeper.note({ known: false, revision: 0, laid: [] });
      if (this.meta.clean !== false) return this.#leave();
    }
    if (board.there !== false && this.meta.joined === false) return this.#joinAnew();
    if (!this.meta.joined) this.keeper.note({ joined: true });
    this.#allowed();
    return this.#named(board);
  }

  /**
   * What is here was made a document here, and the server has made another of the same board: the two have nothing in common.
   * The server's is gone on with; what was drawn here since the last save is laid over it, and undo shows the server's. What is
   * here stays the board's until the server's is there: a page that is closed meanwhile has lost nothing.
   */
  async #joinAnew() {
    if (this.joining) return;
    this.joining = true;
    const { board, room } = this;
    const fresh = board.blankDocument();
    room.use(fresh);
    await heard(room);
    this.joining = false;
    if (!room.online) return this.#joinLater();
    const mine = this.meta.clean === false && !board.blank ? board.drawing : null;
    board.open(fresh);
    if (mine) board.do({ do: "replace", drawing: mine });
    this.keeper.note({ joined: true, clean: !mine });
    this.tell();
  }

  #joinLater() {
    this.room.use(this.board.document);
    if (this.meta.clean === false) this.room.sync.doubt();
    this.tell();
  }

  /** Nothing is drawn here that the server would not take; remembered for the next time without a connection. */
  #allowed() {
    const closed = hindrance(this.room.rights);
    this.board.close(closed);
    if ((this.meta.closed ?? null) !== closed) this.keeper.note({ closed });
  }

  #leave() {
    this.gone = true;
    this.room.close();
    this.tell();
    this.dispatchEvent(new Event("left"));
  }

  #named({ title }) {
    if (title !== undefined && title !== (this.meta.title ?? "")) this.keeper.note({ title });
    this.tell();
  }

  #kept() {
    if (!this.joining && this.room.kept && this.room.online && !(this.meta.clean && this.meta.known)) {
      if (!this.known) this.#picture(); // a new board is to be seen in the list at once
      this.keeper.note({ clean: true, known: true });
      this.pictures.laySoon();
    }
    // Words that were taken out leave no other trace of their being unsent.
    if (!this.room.kept) this.meta.clean = false;
    this.tell();
  }

  #turned() {
    if (["removed", "deleted", "closed"].includes(this.room.state)) this.gone = true;
    // What is no longer ours to see does not stay in this browser.
    if (this.gone && this.meta.clean !== false) this.keeper.forget();
    this.tell();
  }

  #pictureSoon() {
    const { rest, latest } = this.room?.board.followed ? FOLLOWED : ALONE;
    this.since ??= Date.now();
    clearTimeout(this.picturing);
    this.picturing = setTimeout(() => this.#picture(), Math.min(rest, Math.max(0, this.since + latest - Date.now())));
  }

  /** Show the server in small what was drawn here since the last time. */
  async #picture() {
    clearTimeout(this.picturing);
    if (!this.since) return;
    this.since = null;
    const small = await this.board.thumbnail();
    if (small && this.room?.rights.draw) this.room.send({ type: "thumbnail" }, new Uint8Array(await small.arrayBuffer()));
  }

  get #now() {
    const { room } = this;
    if (this.gone) return "gone";
    if (!room) return this.unreachable ? "offline" : this.board.blank ? "local" : "waiting";
    if (this.complaint) return "refused";
    if (this.joining) return "waiting"; // the room's document is not the board's yet
    if (room.kept) return this.pictures.owing ? "saving" : this.known || !this.board.blank ? "saved" : "local";
    if (room.refused) return "refused";
    if (!room.online) return room.state === "connecting" ? "waiting" : "offline";
    return room.sync.underWay.size ? "saving" : "waiting";
  }

  /** Say what the state is now. */
  tell() {
    this.reason = this.complaint ?? this.room?.refused?.message ?? "";
    this.state = this.#now;
    this.dispatchEvent(new Event("state"));
  }
}

/** Why nothing may be drawn (panels/desk.js has the words), or null. */
export function hindrance(rights) {
  if (!rights?.role || rights.draw) return null;
  return rights.frozen ? "frozen" : "watching";
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the server has told what it has, or does not answer. */
function heard(room) {
  return new Promise((resolve) => {
    room.addEventListener("update", resolve, { once: true });
    room.addEventListener("state", () => room.online || resolve());
  });
}

function kept(room) {
  return new Promise((resolve) => {
    const look = () => (room.kept || !["online", "connecting"].includes(room.state)) && resolve();
    for (const name of ["kept", "state"]) room.addEventListener(name, look);
    look();
  });
}

