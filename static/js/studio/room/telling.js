// What this page tells the others: where its hand is, what it has selected, what it sees, and its ink while it is drawn.

import { pack } from "#studio/canvas/packing";
import { at } from "#studio/canvas/shapes";
import { spanOf } from "#studio/room/sight";

// Milliseconds between two messages; what happens meanwhile goes with the next one.
const EVERY = 60;
const SCALES = [10, 10, 100];
const round = (value) => Math.round(value * 10) / 10;

export class Telling {
  /** @param {import("./connection.js").Room} room @param {import("../canvas/board.js").Board} board */
  constructor(room, board) {
    Object.assign(this, { room, board, news: {}, stroke: null, timer: null, sees: true });
    const { space } = board;
    space.addEventListener("pointermove", (event) => this.#tell({ cursor: this.#place(event) }));
    // A finger that is lifted is nowhere; a mouse stays where it is.
    for (const kind of ["pointerup", "pointercancel"]) space.addEventListener(kind, (event) => event.pointerType !== "mouse" && this.#tell({ cursor: null }));
    space.addEventListener("pointerleave", () => this.#tell({ cursor: null }));
    board.addEventListener("choice", () => this.#tell(this.#tools));
    board.addEventListener("ink", () => this.#inked());
    board.lasso.selection.addEventListener("change", () => this.#tell({ box: this.#box }));
    board.view.addEventListener("change", () => this.sees && this.#tell({ view: this.#view }));
    new ResizeObserver(() => this.#tell({ view: this.#view })).observe(space);
    room.addEventListener("welcome", () => this.#everything());
    // To nobody nothing is told; who comes to several hears of them from the server.
    room.addEventListener("joined", () => room.others.length === 1 && this.#everything());
    this.#everything();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #everything() {
    this.#tell({ ...this.#tools, box: this.#box, view: this.#view });
  }

  get #tools() {
    const { brush, layer } = this.board;
    return { tool: brush.tool, color: brush.color, layer: layer.id };
  }

  get #view() {
    return spanOf(this.board).map(round);
  }

  /** A box around what is selected, moved and turned as it is. */
  get #box() {
    const { chosen } = this.board.lasso.selection;
    if (!chosen) return null;
    const { x, y, width, height } = chosen.box;
    const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]].map(([cx, cy]) => at(chosen.matrix, { x: cx, y: cy }));
    const [xs, ys] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    return [left, top, Math.max(...xs) - left, Math.max(...ys) - top].map(round);
  }

  #place(event) {
    const { x, y } = this.board.view.toBoard(event, this.board.size);
    return [round(x), round(y)];
  }

  #tell(news) {
    if (!this.room.others.length) return;
    Object.assign(this.news, news);
    this.timer ??= setTimeout(() => this.#turn(), EVERY);
  }

  #inked() {
    const mark = this.board.touch.held?.mark;
    if (!mark || (!mark.points && !mark.from)) return;
    if (this.stroke?.mark !== mark) this.stroke = { mark, layer: this.board.touch.held.layer.id, sent: 0 };
    this.#tell({});
  }

  #turn() {
    this.timer = null;
    const { selection } = this.board.lasso;
    if (selection.chosen && this.news.cursor) this.news.box = this.#box; // it may be on the way
    // The ink says where the hand is.
    if (this.stroke) this.#ink();
    else if (Object.keys(this.news).length && this.room.send({ type: "presence", ...this.news })) this.news = {};
    if (this.stroke) this.#tell({});
  }

  #ink() {
    const { mark, layer, sent } = this.stroke;
    const going = this.board.touch.held?.mark === mark;
    if (!going) this.stroke = null;
    if (!going && !sent) return;
    const points = mark.points ? mark.points.slice(sent * 3) : [...mark.from, 1, ...mark.to, 1];
    const { id, kind, color, size, opacity, tool = mark.filled ? "filled" : "brush" } = mark;
    const end = going ? {} : { end: this.#drawn(id) ? "done" : "abandoned" };
    if (going && !points.length) return;
    if (this.room.send({ type: "ink", stroke: id, layer, kind, tool, color, size, opacity, ...end }, pack(points, SCALES)) && going) this.stroke.sent = sent + points.length / 3;
  }

  #drawn(id) {
    return this.board.document.projection.homes.has(id);
  }
}
