// The studio's connection: greets, and re-sends what was not answered. Knows the wire, not the page.

import { Line } from "#studio/line";
import { SUBPROTOCOL, VERSION } from "#studio/protocol";

export { TooLarge, encode } from "#studio/line";

export class Socket extends Line {
  /**
   * @param {string} url ws:// or wss://
   * @param {object} hooks `onEvent(event, bytes)`, `onState(state)`, `lastSeq()`, `pending()`: frames to send again
   * @param {object} parts see line.js
   */
  constructor(url, hooks, parts = {}) {
    super(url, SUBPROTOCOL, { ...hooks, onOpen: () => this.#greet() }, parts);
  }

  #greet() {
    this.send({ type: "hello", version: VERSION, last_seq: this.hooks.lastSeq() });
    for (const [command, bytes] of this.hooks.pending()) this.send(command, bytes);
  }
}
