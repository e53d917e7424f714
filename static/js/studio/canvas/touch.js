// What the hand does on the board, from the first touch until it lifts: which instrument it holds, and what comes of it.

import { oncePerFrame } from "#lib/dom";
import { maskOf, newLayer } from "#studio/canvas/drawing";
import { Brush } from "#studio/canvas/instruments/brush";
import { Fill } from "#studio/canvas/instruments/fill";
import { Pick } from "#studio/canvas/instruments/pick";
import { Resize } from "#studio/canvas/instruments/resize";
import { Shape } from "#studio/canvas/instruments/shape";

export class Touch {
  /** @param {import("./board.js").Board} board */
  constructor(board) {
    this.board = board;
    const [brush, shape] = [new Brush(board), new Shape(board)];
    this.pick = new Pick(board);
    this.resize = new Resize(board);
    this.instruments = { brush, eraser: brush, mask: brush, line: shape, rectangle: shape, ellipse: shape, fill: new Fill(board), pick: this.pick, lasso: board.lasso };
    this.showSoon = oncePerFrame(() => this.#show());
    /** The instrument in hand, or null. */
    this.held = null;
  }

  begin(event, { eraser }) {
    const { board } = this;
    // The other end of a pen rubs out, whatever tool is chosen.
    const tool = eraser ? "eraser" : board.brush.tool;
    if (board.closed && tool !== "pick") return board.refuse(board.closed);
    if (event.shiftKey && Resize.suits(tool)) return (this.held = this.resize).begin(event);
    const layer = this.#layerFor(tool);
    const picking = tool === "pick" || event.altKey;
    if (!picking && (!layer.visible || layer.locked)) return board.refuse(layer.locked ? "locked" : "hidden");
    this.held = picking ? this.pick : this.instruments[tool];
    if (!this.held.begin(this.#point(event), { eraser, tool, layer })) return false;
    board.stack.wetOn = board.activeId = layer.id; // also when somebody puts another layer above it
    this.showSoon();
    return true;
  }

  extend(events, expected) {
    if (this.held === this.resize) return this.resize.drag(events.at(-1).clientX);
    const points = (list) => list.map((each) => this.#point(each));
    this.held.extend(points(events), points(expected), { shift: events.at(-1).shiftKey });
    this.showSoon();
    return undefined;
  }

  finish() {
    const operation = this.held.finish();
    this.#put();
    const { document, layer } = this.board;
    // Where somebody has deleted the layer meanwhile, what was drawn comes onto the one in hand now.
    if (operation && !document.act(operation)) document.act({ ...operation, layer: layer.id });
  }

  abandon() {
    this.held.abandon();
    this.#put();
  }

  pickAt(event) {
    if (this.pick.begin(this.#point(event))) this.pick.finish();
  }

  #layerFor(tool) {
    const { board } = this;
    if (tool !== "mask" || maskOf(board.drawing)) return board.layer;
    const mask = newLayer({ kind: "mask" });
    if (board.document.act({ do: "add", layer: mask })) board.activate(mask.id);
    return board.layer;
  }

  #show() {
    if (!this.held) return;
    this.held.show();
    this.board.revision += 1;
    this.board.dispatchEvent(new Event("ink"));
  }

  #put() {
    this.held = null;
    this.board.stack.wetOn = null;
    this.board.stack.wet.clear();
  }

  #point(event) {
    const { x, y } = this.board.view.toBoard(event, this.board.drawing);
    return { x, y, p: event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1 };
  }
}
