// A line to the server that comes back by itself: framing, silence, back-off, sleep. Knows no message; socket.js and room/ speak over it.

import { delay } from "#lib/backoff";
import { decodeFrame, encodeFrame, textSize } from "#lib/frames";
import { CLOSE, MAX_MESSAGE } from "#studio/protocol";

// The server speaks at least every 25 s; after this long without a word the line is dead, whatever TCP says.
const SILENCE = 60_000;
// A connection that lasted this long was a good one: the next back-off starts from the beginning.
const SETTLED = 5_000;
// A server that starts anew is met by all its pages: they come back over this long, not all at once.
const RESTARTING = 3_000;

/** Close codes after which coming back makes no sense, and the state that stays then. */
export const FINAL = {
  [CLOSE.signed_out]: "signed_out",
  [CLOSE.forbidden]: "forbidden",
  [CLOSE.too_many_sockets]: "elsewhere",
};

/** A message larger than the server takes. `size` and `limit` are bytes. */
export class TooLarge extends Error {
  constructor(size) {
    super("too_large");
    this.size = size;
    this.limit = MAX_MESSAGE;
  }
}

export class Line {
  /**
   * @param {string} url ws:// or wss:// @param {string} subprotocol
   * @param {object} hooks `onOpen()` to greet, `onEvent(header, bytes)`, `onState(state)`: "online", "reconnecting",
   *   "offline" or one of `final` (by close codes, FINAL where none are given)
   * @param {object} parts what the browser gives, replaceable in tests: WebSocket, setTimeout, clearTimeout, now, random, isOnline
   */
  constructor(url, subprotocol, { final = FINAL, ...hooks }, parts = {}) {
    Object.assign(this, { url, subprotocol, hooks, finals: final });
    this.parts = {
      WebSocket: globalThis.WebSocket,
      setTimeout: (f, ms) => globalThis.setTimeout(f, ms),
      clearTimeout: (id) => globalThis.clearTimeout(id),
      now: () => Date.now(),
      random: Math.random,
      isOnline: () => globalThis.navigator?.onLine !== false,
      ...parts,
    };
    this.socket = null;
    this.attempt = 0;
    this.timer = null;
    this.watch = null;
    this.final = false;
  }

  get open() {
    return this.socket?.readyState === 1;
  }

  /** Connect now; also the way back after a final close ("use the studio here"). */
  connect() {
    this.final = false;
    this.#stopTimer();
    if (this.socket) return;
    const socket = new this.parts.WebSocket(this.url, [this.subprotocol]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.openedAt = null;
    socket.onopen = () => this.socket === socket && this.#opened();
    socket.onmessage = (message) => this.socket === socket && this.#received(message.data);
    socket.onclose = (event) => this.socket === socket && this.#closed(event.code);
  }

  /** The network or the window came back: do not wait for the back-off. */
  wake() {
    if (this.final || this.open) return;
    this.attempt = 0;
    if (!this.socket) this.connect();
  }

  /** The network went: a socket may take minutes to notice by itself. */
  sleep() {
    if (this.final) return;
    this.#drop();
    this.hooks.onState("offline");
    this.#stopTimer();
  }

  /** Hang up and stay away until `connect`. Says nothing. */
  end() {
    this.final = true;
    this.#stopTimer();
    this.#drop();
  }

  /** Send a message, with bytes as a binary frame. False when there is no connection. @throws {TooLarge} */
  send(message, bytes = null) {
    const frame = encode(message, bytes);
    if (!this.open) return false;
    this.socket.send(frame);
    return true;
  }

  #opened() {
    this.openedAt = this.parts.now();
    this.hooks.onOpen();
    this.#listen();
    this.hooks.onState("online");
  }

  #received(data) {
    this.#listen();
    try {
      if (typeof data === "string") return this.hooks.onEvent(JSON.parse(data), null);
      const { header, bytes } = decodeFrame(data);
      return this.hooks.onEvent(header, bytes);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return this.#lost(); // not our protocol: start over
      throw error;
    }
  }

  #closed(code) {
    this.#forget();
    if (this.finals[code]) {
      this.final = true;
      this.hooks.onState(this.finals[code]);
      return;
    }
    this.#comeBack(code === CLOSE.restart ? RESTARTING : 0);
  }

  /** Connect again after the back-off, or a random time up to `within` ms if that is longer. */
  #comeBack(within = 0) {
    if (!this.parts.isOnline()) return this.hooks.onState("offline");
    this.hooks.onState("reconnecting");
    const wait = Math.max(delay(this.attempt, this.parts.random) * 1000, this.parts.random() * within);
    this.attempt += 1;
    this.#stopTimer();
    this.timer = this.parts.setTimeout(() => this.connect(), wait);
    return undefined;
  }

  #listen() {
    this.parts.clearTimeout(this.watch);
    this.watch = this.parts.setTimeout(() => this.#lost(), SILENCE);
  }

  #lost() {
    this.#drop();
    this.#comeBack();
  }

  #drop() {
    const socket = this.socket;
    this.#forget();
    socket?.close();
  }

  #forget() {
    if (this.openedAt && this.parts.now() - this.openedAt > SETTLED) this.attempt = 0;
    this.parts.clearTimeout(this.watch);
    this.socket = null;
    this.openedAt = null;
  }

  #stopTimer() {
    this.parts.clearTimeout(this.timer);
    this.timer = null;
  }
}

/** A message as it goes over the wire: a string, or bytes when there is an attachment. @throws {TooLarge} */
export function encode(message, bytes = null) {
  const frame = bytes ? encodeFrame(message, bytes) : JSON.stringify(message);
  const size = bytes ? frame.length : textSize(frame);
  if (size > MAX_MESSAGE) throw new TooLarge(size);
  return frame;
}
