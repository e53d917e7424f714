// The board: the drawing, its picture on the page, and the hand on it. Tells its owner when something changed.

import { oncePerFrame } from "#lib/dom";
import { boardSize } from "#lib/geometry";
import { hintsOf, isBlank, layerOf, maskOf, newDrawing, newLayer, picturesOf } from "#studio/canvas/drawing";
import { encode, imageOf, maskFrom, maskOf as maskPictureOf, sketchOf, thumbnailOf } from "#studio/canvas/files";
import { History } from "#studio/canvas/history";
import { Brush } from "#studio/canvas/instruments/brush";
import { Fill } from "#studio/canvas/instruments/fill";
import { Lasso } from "#studio/canvas/instruments/lasso";
import { Pick } from "#studio/canvas/instruments/pick";
import { Resize } from "#studio/canvas/instruments/resize";
import { Shape } from "#studio/canvas/instruments/shape";
import { Pictures } from "#studio/canvas/pictures";
import { Pointer } from "#studio/canvas/pointer";
import { Stack } from "#studio/canvas/stack";
import { View } from "#studio/canvas/view";

/** Events: "change" (the drawing; detail.own: by this page), "ink" (once a frame while a stroke is drawn), "choice" (layer, tool), "refused" (detail: why). */
export class Board extends EventTarget {
  /** @param {{space: HTMLElement, frame: HTMLElement, paper: HTMLElement}} page */
  constructor({ space, frame, paper }) {
    super();
    Object.assign(this, { space, frame, paper });
    this.brush = { tool: "brush", color: "#1f2328", size: 8, opacity: 1, filled: false };
    this.pictures = new Pictures();
    this.pictures.addEventListener("arrived", () => this.stack.repaint());
    this.revision = 0;
    this.changes = 0;
    this.history = new History(newDrawing());
    this.moving = false;
    this.view = new View(space, frame);
    this.stack = new Stack(paper, this.pictures.bitmaps);
    const shape = new Shape(this);
    const brush = new Brush(this);
    this.pick = new Pick(this);
    this.lasso = new Lasso(this);
    this.resize = new Resize(this);
    this.instruments = { brush, eraser: brush, mask: brush, line: shape, rectangle: shape, ellipse: shape, fill: new Fill(this), pick: this.pick, lasso: this.lasso };
    this.showSoon = oncePerFrame(() => this.#showStroke());
    this.pointer = new Pointer(space, this.view, {
      begin: (event, how) => this.#begin(event, how),
      extend: (events, expected) => this.#extend(events, expected),
      finish: (event) => this.#finish(event),
      abandon: () => this.#abandon(),
      tap: (fingers) => (fingers === 2 ? this.undo() : this.redo()),
      press: (event) => this.#pickAt(event),
      moving: () => this.moving || this.brush.tool === "hand",
    });
    this.open(this.history);
  }

  /** What the server calls such a board. */
  get kind() {
    return "drawing";
  }

  get drawing() {
    return this.history.drawing;
  }

  get size() {
    return { width: this.drawing.width, height: this.drawing.height };
  }

  get layer() {
    return layerOf(this.drawing, this.activeId) ?? this.drawing.layers.findLast((each) => each.kind === "paint");
  }

  get hasMask() {
    const mask = maskOf(this.drawing);
    return mask !== null && !isBlank(mask);
  }

  /** Whether no place on the board is empty. */
  get full() {
    return this.stack.covers(this.drawing);
  }

  /** Whether nothing is left to be undone or wiped. */
  get blank() {
    return this.drawing.layers.every((layer) => layer.marks.length === 0);
  }

  /** A history of such drawings. */
  historyOf(...parts) {
    return new History(...parts);
  }

  /** The ids of all imported pictures that a drawing shows. */
  picturesIn(drawing) {
    return picturesOf(drawing);
  }

  /** Show another drawing with its history. */
  open(history) {
    this.pointer.stop();
    this.lasso.selection.clear();
    this.history = history;
    this.pictures.want(picturesOf(this.drawing));
    if (!layerOf(this.drawing, this.activeId)) this.activeId = this.layer?.id;
    return this.#changed({ own: false });
  }

  /** Do an operation (drawing.js). @returns {boolean} whether anything changed */
  do(operation) {
    if (this.pointer.drawing) return false;
    if (this.lasso.selection.chosen) this.lasso.selection.done();
    if (!this.history.do(operation)) return false;
    this.#changed();
    return true;
  }

  undo() {
    if (this.pointer.drawing) return;
    if (this.lasso.selection.chosen) this.lasso.selection.clear();
    else if (this.history.undo()) this.#changed();
  }

  redo() {
    if (!this.pointer.drawing && this.history.redo()) this.#changed();
  }

  /** Escape: gives up what is being drawn or held. @returns {boolean} whether there was anything */
  escape() {
    const held = this.pointer.drawing || this.lasso.selection.chosen !== null;
    this.pointer.stop();
    this.lasso.selection.clear();
    return held;
  }

  /** Everything away, layers too; undo brings it back. */
  clear() {
    if (!this.blank || this.drawing.layers.length > 1) this.do({ do: "replace", drawing: newDrawing(this.size) });
  }

  /** The board's proportions follow the picture's: `width` x `height` in any unit. Marks stay around the middle. */
  shape(width, height) {
    this.do({ do: "size", ...boardSize(width, height) });
  }

  /** Change the brush: any of tool, color, size, opacity, filled. */
  choose(change) {
    if (change.tool && change.tool !== "lasso") this.lasso.selection.done();
    Object.assign(this.brush, change);
    if (change.tool) this.#chooseLayerFor(change.tool);
    this.dispatchEvent(new Event("choice"));
  }

  /** While `on`, a drag moves the view. */
  setMoving(on) {
    this.moving = on;
    this.space.toggleAttribute("data-moving", on);
  }

  /** An imported picture (imports.js) as a layer of its own, ready to be moved into place. */
  async addPicture(blob, name = "") {
    const mark = await this.pictures.take(blob, this.size);
    const layer = newLayer({ name, marks: [mark] });
    if (!this.do({ do: "add", layer })) return this.#refuse("layers");
    this.choose({ tool: "lasso" });
    this.activate(layer.id);
    this.lasso.all(mark);
    return true;
  }

  /** Start over from a picture (a sketch of the gallery) with a mask, or from nothing. Undo brings the old drawing back. */
  async startFrom(blob, mask = null) {
    const drawing = newDrawing(this.size);
    if (blob) drawing.layers[0].marks.push(await this.pictures.take(blob, this.size));
    if (mask) drawing.layers.push(newLayer({ kind: "mask", marks: [await this.pictures.take(await maskFrom(mask), this.size)] }));
    this.do({ do: "replace", drawing });
  }

  /** The layer that is drawn on. */
  activate(id) {
    this.lasso.selection.done();
    this.activeId = id;
    this.stack.show(this.drawing, this.layer.id);
    this.dispatchEvent(new Event("choice"));
  }

  /** The drawing as a file for the studio. @returns {Promise<Blob>} @throws {Error} "too_large" */
  async export() {
    await this.stack.whenDone();
    return sketchOf(this.stack, this.drawing);
  }

  /** The visible layers on white with imported pictures (WebP, up to 1024 px), or null where nothing is drawn. */
  async image() {
    await this.stack.whenDone();
    return this.empty ? null : imageOf(this.stack, this.drawing);
  }

  /** White where the mask is, black elsewhere (PNG, the image's size), or null without a mask. `box`: see files.js layerOver. */
  async mask(box) {
    await this.stack.whenDone();
    return this.hasMask ? maskPictureOf(this.stack, maskOf(this.drawing), box) : null;
  }

  async thumbnail() {
    await this.stack.whenDone();
    return thumbnailOf(this.stack, this.drawing);
  }

  /** The drawing as it is this moment, with the stroke under way, at this size. Quick: the layers are painted already. */
  toBlob({ width, height, type = "image/webp", quality = 0.9 }) {
    return encode(this.stack.flat(this.drawing, { width, height }), type, quality);
  }

  // ----------------------------------------------------------------------------------------------------------------

  #chooseLayerFor(tool) {
    const mask = maskOf(this.drawing);
    if (tool === "mask" && mask) this.activate(mask.id);
    else if (tool !== "eraser" && this.layer.kind === "mask") this.activate((hintsOf(this.drawing) ?? this.drawing.layers.findLast((each) => each.kind === "paint")).id);
  }

  #begin(event, { eraser }) {
    // The other end of a pen rubs out, whatever tool is chosen.
    const tool = eraser ? "eraser" : this.brush.tool;
    if (event.shiftKey && Resize.suits(tool)) return (this.hand = this.resize).begin(event);
    const layer = this.#layerFor(tool);
    const picking = tool === "pick" || event.altKey;
    if (!picking && (!layer.visible || layer.locked)) return this.#refuse(layer.locked ? "locked" : "hidden");
    this.hand = picking ? this.pick : this.instruments[tool];
    if (!this.hand.begin(this.#point(event), { eraser, tool, layer })) return false;
    this.stack.wetOn = layer.id;
    this.showSoon();
    return true;
  }

  #layerFor(tool) {
    if (tool !== "mask" || maskOf(this.drawing)) return this.layer;
    const mask = newLayer({ kind: "mask" });
    this.history.do({ do: "add", layer: mask });
    this.activeId = mask.id;
    this.#changed();
    return this.layer;
  }

  #pickAt(event) {
    if (this.pick.begin(this.#point(event))) this.pick.finish();
  }

  #extend(events, expected) {
    if (this.hand === this.resize) return this.resize.drag(events.at(-1).clientX);
    const points = (list) => list.map((each) => this.#point(each));
    this.hand.extend(points(events), points(expected), { shift: events.at(-1).shiftKey });
    this.showSoon();
    return undefined;
  }

  #showStroke() {
    if (!this.hand) return;
    this.hand.show();
    this.revision += 1;
    this.dispatchEvent(new Event("ink"));
  }

  #finish() {
    const operation = this.hand.finish();
    this.#put();
    if (!operation) return;
    this.history.do(operation);
    this.#changed();
  }

  #abandon() {
    this.hand.abandon();
    this.#put();
  }

  #put() {
    this.hand = null;
    this.stack.wetOn = null;
    this.stack.wet.clear();
  }

  #refuse(why) {
    this.dispatchEvent(new CustomEvent("refused", { detail: why }));
    return false;
  }

  #point(event) {
    const { x, y } = this.view.toBoard(event, this.drawing);
    return { x, y, p: event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1 };
  }

  #changed({ own = true } = {}) {
    const painted = this.stack.show(this.drawing, this.layer.id);
    const inked = this.drawing.layers.filter((layer) => layer.visible && layer.kind === "paint" && !isBlank(layer));
    this.empty = inked.length === 0;
    this.revision += 1;
    this.changes += 1;
    this.dispatchEvent(new CustomEvent("change", { detail: { own } }));
    return painted;
  }
}
