// The board: the drawing, its picture on the page, and the hand on it. Tells its owner when something changed.

import { boardSize } from "#lib/geometry";
import { Document } from "#studio/canvas/document";
import { hintsOf, isBlank, layerOf, maskOf, newDrawing, newLayer, picturesOf } from "#studio/canvas/drawing";
import { encode, imageOf, maskFrom, maskOf as maskPictureOf, sketchOf, thumbnailOf } from "#studio/canvas/files";
import { Lasso } from "#studio/canvas/instruments/lasso";
import { Pictures } from "#studio/canvas/pictures";
import { Pointer } from "#studio/canvas/pointer";
import { RoomCloud } from "#studio/canvas/roomcloud";
import { Scribe } from "#studio/canvas/scribe";
import { Stack } from "#studio/canvas/stack";
import { Touch } from "#studio/canvas/touch";
import { View } from "#studio/canvas/view";

/** Events: "change" (the drawing; detail.own: by this page), "opened" (another document), "ink" (once a frame while a stroke is drawn), "choice" (layer, tool), "refused" (detail: why). */
export class Board extends EventTarget {
  /** @param {{space: HTMLElement, frame: HTMLElement, paper: HTMLElement}} page @param {{author: number}} by whose hand it is */
  constructor({ space, frame, paper }, { author }) {
    super();
    Object.assign(this, { space, frame, paper, author });
    this.brush = { tool: "brush", color: "#1f2328", size: 8, opacity: 1, filled: false };
    this.pictures = new Pictures();
    this.pictures.addEventListener("arrived", () => this.stack.repaint());
    this.revision = 0;
    this.changes = 0;
    this.document = this.blankDocument();
    this.tellChange = ({ detail }) => this.#take(detail);
    this.moving = false;
    this.closed = null;
    this.view = new View(space, frame);
    this.stack = new Stack(paper, this.pictures.bitmaps);
    this.lasso = new Lasso(this);
    this.touch = new Touch(this);
    this.pointer = new Pointer(space, this.view, {
      begin: (event, how) => this.touch.begin(event, how),
      extend: (events, expected) => this.touch.extend(events, expected),
      finish: () => this.touch.finish(),
      abandon: () => this.touch.abandon(),
      tap: (fingers) => (fingers === 2 ? this.undo() : this.redo()),
      press: (event) => this.touch.pickAt(event),
      // Who watches has nothing else to do with a drag.
      moving: () => this.moving || this.brush.tool === "hand" || this.closed === "watching",
    });
    this.open(this.document);
  }

  /** What the server calls such a board. */
  get kind() {
    return "drawing";
  }

  get drawing() {
    return this.document.drawing;
  }

  get canUndo() {
    return this.document.canUndo;
  }

  get canRedo() {
    return this.document.canRedo;
  }

  get size() {
    return { width: this.drawing.width, height: this.drawing.height };
  }

  get layer() {
    return layerOf(this.drawing, this.document.topOf(this.activeId)) ?? this.drawing.layers.findLast((each) => each.kind === "paint");
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

  blankDocument() {
    return new Document({ author: this.author });
  }

  /** What keeps such boards in the browser. @param {string} place person and board */
  keeperAt(place) {
    return new Scribe(this, place);
  }

  /** What keeps such boards on the server. */
  cloudFor(keeper, id) {
    return new RoomCloud(this, keeper, id);
  }

  /** Nothing is drawn any more, because of `why` (see "refused"); null: drawing goes on. */
  close(why) {
    if (why === this.closed) return;
    this.closed = why;
    if (why) this.escape();
    this.dispatchEvent(new Event("choice"));
  }

  /** The ids of all imported pictures that a drawing shows. */
  picturesIn(drawing) {
    return picturesOf(drawing);
  }

  /** Show another document. */
  open(document) {
    this.pointer.stop();
    this.lasso.selection.clear();
    this.document.removeEventListener("change", this.tellChange);
    this.document = document;
    document.addEventListener("change", this.tellChange);
    this.pictures.want(picturesOf(this.drawing));
    this.activeId = null; // the highest one, until this hand has done something
    this.dispatchEvent(new Event("opened"));
    this.#changed({ own: false });
  }

  whenShown() {
    return this.stack.whenDone();
  }

  /** Do an operation (steps.js). @returns {boolean} whether anything changed */
  do(operation) {
    if (this.pointer.drawing) return false;
    if (this.closed) return this.refuse(this.closed);
    if (this.lasso.selection.chosen) this.lasso.selection.done();
    this.activeId ??= this.layer.id;
    return this.document.act(operation);
  }

  undo() {
    if (this.pointer.drawing || this.closed) return;
    if (this.lasso.selection.chosen) this.lasso.selection.clear();
    else this.document.undo();
  }

  redo() {
    if (!this.pointer.drawing && !this.closed) this.document.redo();
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
    if (!this.closed) this.do({ do: "size", ...boardSize(width, height) });
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
    if (this.closed) return this.refuse(this.closed);
    const mark = await this.pictures.take(blob, this.size);
    const layer = newLayer({ name, marks: [mark] });
    if (!this.do({ do: "add", layer })) return this.refuse("layers");
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

  /** Tell the person why not. */
  refuse(why) {
    this.dispatchEvent(new CustomEvent("refused", { detail: why }));
    return false;
  }

  #take({ own, added }) {
    if (!own) this.pictures.want(picturesOf({ layers: [{ marks: added }] }));
    this.#changed({ own });
  }

  #changed({ own }) {
    this.stack.show(this.drawing, this.layer.id);
    const inked = this.drawing.layers.filter((layer) => layer.visible && layer.kind === "paint" && !isBlank(layer));
    this.empty = inked.length === 0;
    this.revision += 1;
    this.changes += 1;
    this.dispatchEvent(new CustomEvent("change", { detail: { own } }));
  }
}
