// Cheers: a sign that somebody calls over the board. It floats up where they point and is gone; nothing of it is kept.

import { el } from "#lib/dom";
import { signIcon } from "#studio/room/signs";

// How long one is seen (ms), and how many at once.
const [SEEN, MOST] = [2000, 24];
// This page calls no faster (ms): the server would not take it.
const APART = 400;

export class Cheers {
  /**
   * @param {HTMLElement} over what lies over the board's space @param {import("./connection.js").Room} room
   * @param {import("./pins.js").Pins} pins knows where a place is seen
   */
  constructor(over, room, pins) {
    Object.assign(this, { room, pins, last: -Infinity });
    this.layer = over.appendChild(el("div", { class: "cheers", "aria-hidden": "true" }));
    room.addEventListener("cheer", ({ detail }) => this.show(detail));
  }

  /** @param {string} sign @param {{x: number, y: number}} place board units @returns {boolean} whether it went out */
  call(sign, { x, y }) {
    const now = performance.now();
    if (!this.room.rights.comment || now - this.last < APART) return false;
    this.last = now;
    return this.room.send({ type: "cheer", sign, x, y });
  }

  show({ by, sign, x, y }) {
    if (this.layer.childElementCount >= MOST) this.layer.firstElementChild.remove();
    const at = this.pins.at({ x, y });
    const node = el("span", { class: "cheer" }, signIcon(sign), el("span", { class: "cheer-name" }, by.name));
    node.style.setProperty("--colour", by.colour);
    node.style.translate = `${at.x}px ${at.y}px`;
    this.layer.append(node);
    setTimeout(() => node.remove(), SEEN);
  }
}
