// The room: one page's line into a board that several people may have open. Keeps the document in step, knows who is here and what one may do.

import { dashed } from "#lib/ids";
import { FINAL, Line } from "#studio/line";
import { piecesOf } from "#studio/room/pieces";
import { CLOSE, MAX_UPDATE, SUBPROTOCOL, VERSION } from "#studio/room/protocol";
import { Sync } from "#studio/room/sync";

/** Close codes after which this page stays out, and the state that it has then; besides those of every line. */
const FINALS = { ...FINAL, [CLOSE.removed]: "removed", [CLOSE.deleted]: "deleted", [CLOSE.closed]: "closed", [CLOSE.room_full]: "full" };
/** States that do not pass by themselves. */
export const OUT = Object.values(FINALS);
// Bytes of a message that are not the update.
const FOR_THE_HEADER = 1024;
// What a document holds of which nothing is known yet.
const NOTHING = new Uint8Array([0]);
const NOBODY = { watch: false, comment: false, draw: false, pin: false, share: false, steer: false, own: false };

/**
 * @typedef {{page: string, user: number, name: string, colour: string, role: string, teacher: boolean}} Person
 * @typedef {Person & {presence: object, at: number}} Present what a person's page shows besides, and when it was heard (ms)
 *
 * Events: each message of the server under its own type (`detail`: the header, with `bytes` where there are any), after it has
 * been taken in here; "state" (`state` has changed), "people" (who is here has), "kept" (whether all is kept has).
 */
export class Room extends EventTarget {
  /**
   * @param {string} board its id @param {import("../canvas/document.js").Document|null} document null: only what happens is heard
   * @param {object} parts see line.js, and `url`
   */
  constructor(board, document = null, { url = addressOf(board), ...parts } = {}) {
    super();
    this.id = board;
    this.document = document;
    /** "idle" before `open`, "connecting", "online", "reconnecting", "offline", or one of OUT. */
    this.state = "idle";
    /** @type {Person|null} */
    this.you = null;
    /** Everybody's pages, one's own too, by their names. @type {Map<string, Present>} */
    this.people = new Map();
    this.rights = { role: null, ...NOBODY };
    this.board = {};
    this.live = null;
    /** Why the server has hung up: {code, message}. */
    this.bye = null;
    /** The newest change of the board that is taken in here, or acknowledged. */
    this.seq = 0;
    this.greeted = false;
    this.line = new Line(url, SUBPROTOCOL, { final: FINALS, onOpen: () => this.#greet(), onEvent: (header, bytes) => this.#take(header, bytes), onState: (state) => this.#turn(state) }, parts);
    this.sync = document && this.#sync();
  }

  get online() {
    return this.state === "online";
  }

  /** Whether the server has everything that was drawn here. */
  get kept() {
    return this.sync?.kept ?? true;
  }

  /** Why the server does not take what was drawn here: {code, message}, or null. */
  get refused() {
    return this.sync?.refused ?? null;
  }

  /** Come in; also the way back after one had to stay out. */
  open() {
    if (this.state === "idle" || OUT.includes(this.state)) this.#setState("connecting");
    this.line.connect();
  }

  /** Leave for good. */
  close() {
    this.line.end();
    this.#alone();
    this.#setState("idle");
  }

  /** Go on with another document: the one before has another history than the server's. */
  use(document) {
    this.document = document;
    this.sync = this.#sync();
    this.#comeAgain();
  }

  wake() {
    if (this.state !== "idle") this.line.wake();
  }

  sleep() {
    if (this.state !== "idle") this.line.sleep();
  }

  /**
   * Say something that is lost where there is no connection (ink, presence), or that the sender asks for again by itself.
   * @param {object} header with its type @param {Uint8Array|null} bytes @returns {boolean} whether it went out
   * @throws {import("#studio/line").TooLarge}
   */
  send(header, bytes = null) {
    return this.greeted && this.line.send(header, bytes);
  }

  /** The other pages, without one's own. @returns {Present[]} */
  get others() {
    return [...this.people.values()].filter(({ page }) => page !== this.you?.page);
  }

  /** What is known of a page's whereabouts otherwise than by its own word, e.g. from its ink; told as presence is. */
  whereabouts(page, facts) {
    if (!this.people.has(page)) return;
    this.heard({ page, ...facts });
    this.dispatchEvent(new CustomEvent("presence", { detail: { page, ...facts } }));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #sync() {
    const { setTimeout, clearTimeout, pieces = piecesOf } = this.line.parts;
    const hooks = { send: (n, update) => this.send({ type: "update", n }, update), mayDraw: () => this.rights.draw };
    this.sync?.end();
    const sync = new Sync(this.document, hooks, { setTimeout, clearTimeout, pieces, limit: MAX_UPDATE - FOR_THE_HEADER });
    sync.addEventListener("state", () => this.dispatchEvent(new Event("kept")));
    return sync;
  }

  #greet() {
    this.bye = null;
    this.sync?.pause();
    this.line.send({ type: "hello", version: VERSION, client: this.document?.client ?? 0 }, this.document?.vector() ?? NOTHING);
  }

  #take(header, bytes) {
    const hear = HEARS[header.type];
    if (hear) hear.call(this, header, bytes);
    this.dispatchEvent(new CustomEvent(header.type, { detail: bytes ? { ...header, bytes } : header }));
  }

  #comeAgain() {
    this.line.end();
    this.#alone();
    this.#setState("connecting");
    this.line.connect();
  }

  /** Something that the server knew at the heartbeat before this one has still not come: what is missing is asked for. */
  lag({ seq }) {
    const late = seq > this.seq && this.behind === this.seq;
    this.behind = seq > this.seq ? this.seq : null;
    if (late) this.#comeAgain();
  }

  /** The line is there, or not. One is in the room only when the server has said so. */
  #turn(state) {
    if (state === "online") return;
    this.sync?.pause();
    this.#alone();
    this.#setState(state);
  }

  #alone() {
    this.greeted = false;
    if (!this.people.size) return;
    this.people.clear();
    this.dispatchEvent(new Event("people"));
  }

  #setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  // What each message does here. ----------------------------------------------------------------------------------------

  welcome({ you, people, board, rights, live = null }) {
    Object.assign(this, { you, board, rights, live, greeted: true, seq: 0, behind: null });
    this.people = new Map([you, ...people].map((person) => [person.page, present(person, this.line.parts.now())]));
    this.dispatchEvent(new Event("people"));
    this.#setState("online");
  }

  joined({ person }) {
    const known = this.people.get(person.page);
    this.people.set(person.page, { ...present(person, this.line.parts.now()), ...(known && { presence: known.presence }) });
    this.dispatchEvent(new Event("people"));
  }

  left({ page }) {
    if (this.people.delete(page)) this.dispatchEvent(new Event("people"));
  }

  heard({ page, type: _type, ...said }) {
    const person = this.people.get(page);
    if (!person) return;
    Object.assign(person.presence, said);
    person.at = this.line.parts.now();
  }

  allowed({ rights, board }) {
    const before = this.rights;
    Object.assign(this, { rights, board });
    if (rights.draw && !before.draw) this.sync?.again();
  }
}

/** What some messages do before others hear of them. */
const HEARS = {
  welcome: Room.prototype.welcome,
  joined: Room.prototype.joined,
  left: Room.prototype.left,
  presence: Room.prototype.heard,
  rights: Room.prototype.allowed,
  heartbeat: Room.prototype.lag,
  vector(_header, bytes) {
    this.sync?.begin(bytes);
  },
  update({ seq = 0 }, bytes) {
    this.sync?.received(bytes);
    this.seq = Math.max(this.seq, seq);
  },
  ack({ n, seq = 0 }) {
    this.seq = Math.max(this.seq, seq);
    this.sync?.acknowledged(n);
  },
  rejected({ about, code, message }) {
    if (about === "update") this.sync?.rejected({ code, message });
  },
  board({ board }) {
    this.board = board;
  },
  bye({ code, message }) {
    this.bye = { code, message };
  },
};

const present = (person, at) => ({ ...person, presence: { ...person.presence }, at });

function addressOf(board) {
  const { protocol, host } = globalThis.location ?? {};
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/ws/boards/${dashed(board)}/`;
}
