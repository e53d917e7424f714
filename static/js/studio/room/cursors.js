// Where the others are: their cursors with names and tools, and the outlines of what they have selected, over the board.

import { el, icon } from "#lib/dom";
import { onSpace } from "#studio/room/sight";

const SVG = "http://www.w3.org/2000/svg";
// A hand that has not moved for so long (ms) is not shown any more.
const IDLE = 10_000;
// How much of its way to where it is a cursor goes in a frame (60 a second).
const FOLLOW = 0.35;
const ICONS = { brush: "brush", eraser: "eraser", line: "slash", rectangle: "square", ellipse: "circle", fill: "paint-bucket", pick: "pipette", lasso: "lasso-select", mask: "venetian-mask", hand: "hand" };

export class Cursors {
  /** @param {import("./connection.js").Room} room @param {import("../canvas/board.js").Board} board */
  constructor(room, board) {
    Object.assign(this, { room, board, moving: false, still: matchMedia("(prefers-reduced-motion: reduce)") });
    /** @type {Map<string, {node: HTMLElement, outline: SVGElement, tag: HTMLElement, at: number[]|null, to: number[]|null, heard: number}>} by page */
    this.shown = new Map();
    this.lines = document.createElementNS(SVG, "svg");
    this.node = el("div", { class: "cursors", "aria-hidden": "true" }, this.lines);
    board.space.append(this.node);
    room.addEventListener("presence", ({ detail }) => this.#heard(detail.page, detail));
    room.addEventListener("people", () => this.#sort());
    board.view.addEventListener("change", () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(board.space);
    setInterval(() => this.#hideIdle(), 1000);
    this.#sort();
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** Who has come and who has gone. */
  #sort() {
    // One's own other windows are nobody else.
    const others = new Map(this.room.others.filter(({ user }) => user !== this.room.you?.user).map((person) => [person.page, person]));
    for (const [page, { node, outline, tag }] of this.shown) {
      if (others.has(page)) continue;
      for (const each of [node, outline, tag]) each.remove();
      this.shown.delete(page);
    }
    for (const [page, person] of others) {
      if (!this.shown.has(page)) this.#add(person);
      this.#heard(page, person.presence);
    }
  }

  #add({ page, name, colour }) {
    const arrow = document.createElementNS(SVG, "svg");
    arrow.setAttribute("viewBox", "0 0 16 20");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", "M1.5 1.5 14 10.2l-6 .9-3.4 5.2z");
    arrow.append(path);
    const node = el("div", { class: "cursor", hidden: true }, arrow, el("span", { class: "cursor-name" }, el("span", { class: "cursor-tool" }), name));
    const tag = el("span", { class: "cursor-name box-name", hidden: true }, name);
    const outline = document.createElementNS(SVG, "polygon");
    for (const each of [node, tag, outline]) each.style.setProperty("--colour", colour);
    this.node.append(node, tag);
    this.lines.append(outline);
    this.shown.set(page, { node, outline, tag, at: null, to: null, box: null, tool: null, heard: 0 });
  }

  #heard(page, { cursor, box, tool }) {
    const shown = this.shown.get(page);
    if (!shown) return;
    if (tool && tool !== shown.tool) {
      shown.tool = tool;
      shown.node.querySelector(".cursor-tool").replaceChildren(...(ICONS[tool] ? [icon(ICONS[tool])] : []));
    }
    if (box !== undefined) shown.box = box;
    if (cursor !== undefined) {
      const news = cursor && (cursor[0] !== shown.to?.[0] || cursor[1] !== shown.to?.[1]);
      if (news) shown.heard = performance.now();
      shown.to = cursor;
      // Who comes back from elsewhere does not fly across the board.
      if (!cursor || !shown.at || this.still.matches) shown.at = cursor;
    }
    this.#move();
    if (box !== undefined) this.#drawBox(shown);
  }

  #move() {
    if (this.moving) return;
    this.moving = true;
    requestAnimationFrame(() => this.#step());
  }

  #step() {
    this.moving = false;
    let more = false;
    for (const shown of this.shown.values()) {
      if (shown.to && shown.at) {
        const way = [0, 1].map((n) => shown.to[n] - shown.at[n]);
        const far = Math.hypot(...way) > 0.3;
        shown.at = far && !this.still.matches ? [0, 1].map((n) => shown.at[n] + way[n] * FOLLOW) : [...shown.to];
        more ||= far;
      }
      this.#place(shown);
    }
    if (more) this.#move();
  }

  #place({ node, at, heard }) {
    node.hidden = !at || performance.now() - heard > IDLE;
    if (node.hidden) return;
    const { space } = this.board;
    const { x, y } = onSpace(this.board, ...at);
    node.hidden = x < 0 || y < 0 || x > space.clientWidth || y > space.clientHeight;
    node.style.translate = `${x}px ${y}px`;
    // Near the right edge the name stands on the other side.
    node.toggleAttribute("data-turned", x > space.clientWidth - 110);
  }

  #drawBox({ outline, tag, box }) {
    tag.hidden = !box;
    outline.toggleAttribute("hidden", !box);
    if (!box) return outline.removeAttribute("points");
    const [x, y, width, height] = box;
    const corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]].map((corner) => onSpace(this.board, ...corner));
    outline.setAttribute("points", corners.map((corner) => `${corner.x},${corner.y}`).join(" "));
    const highest = corners.reduce((a, b) => (b.y < a.y ? b : a));
    tag.style.translate = `${highest.x}px calc(${highest.y}px - 100% - 3px)`;
    return undefined;
  }

  #draw() {
    for (const shown of this.shown.values()) {
      this.#place(shown);
      this.#drawBox(shown);
    }
  }

  #hideIdle() {
    for (const shown of this.shown.values()) if (!shown.node.hidden) this.#place(shown);
  }
}
