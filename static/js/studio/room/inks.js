// What others are drawing right now: wet above its layer, rubbed out of it where it is an eraser, until the mark itself is there.

import { outline } from "#studio/canvas/ink";
import { unpack } from "#studio/canvas/packing";
import { MASK_COLOUR, makeCanvas, shapePath, unitsOf } from "#studio/canvas/paint";

const SCALES = [10, 10, 100];
// Of a long stroke the older part is laid down once as a path when so many points have come since, and overlaps the rest by some.
const [TAIL, OVERLAP] = [160, 48];
// A stroke that is done waits this long (ms) for its mark; one of which nothing more is heard, so long.
const [FOR_MARK, SILENT] = [6_000, 15_000];
// Points of one stroke that are shown, whatever comes.
const MOST = 20_000;

export class Inks {
  /** @param {import("./connection.js").Room} room @param {import("../canvas/board.js").Board} board */
  constructor(room, board) {
    Object.assign(this, { room, board });
    /** @type {Map<string, object>} by page and stroke */
    this.strokes = new Map();
    /** One sheet for all wet strokes of a layer. @type {Map<string, HTMLCanvasElement>} */
    this.sheets = new Map();
    this.soon = false;
    room.addEventListener("ink", ({ detail }) => this.#take(detail));
    room.addEventListener("left", ({ detail }) => this.#drop(({ by }) => by === detail.page));
    room.addEventListener("people", () => this.#drop(({ by }) => !room.people.has(by)));
    board.addEventListener("change", () => this.#settle());
  }

  /** The pages that are drawing. @returns {Set<string>} */
  get drawing() {
    return new Set([...this.strokes.values()].filter(({ end }) => !end).map(({ by }) => by));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #take({ by, stroke: id, layer, kind, tool, color, size, opacity, end = null, bytes }) {
    const name = `${by} ${id}`;
    const points = unpack(bytes, SCALES);
    let stroke = this.strokes.get(name);
    if (!stroke) {
      if (end || this.#layer(layer) === undefined) return;
      stroke = { by, id, layer, kind, tool, color, size, opacity, points: [], laid: null, from: 0 };
      this.strokes.set(name, stroke);
    }
    if (kind !== "stroke") stroke.points = points;
    else if (stroke.points.length < MOST * 3) stroke.points.push(...points);
    stroke.end = end;
    clearTimeout(stroke.timer);
    stroke.timer = setTimeout(() => this.#drop((each) => each === stroke), end ? FOR_MARK : SILENT);
    if (end === "abandoned") this.#drop((each) => each === stroke);
    this.#show();
    this.#tip(stroke);
  }

  /** Where the hand is, as everybody's cursor is heard of. */
  #tip({ by, points }) {
    if (points.length < 3) return;
    this.room.whereabouts(by, { cursor: points.slice(-3, -1) });
  }

  #layer(id) {
    return this.board.drawing.layers.find((layer) => layer.id === id);
  }

  /** A mark that has come takes the place of its ink, once it is painted. */
  async #settle() {
    if (!this.strokes.size) return;
    const { homes } = this.board.document.projection;
    const come = [...this.strokes.values()].filter(({ id }) => homes.has(id));
    const surfaces = come.map(({ layer }) => this.board.stack.surfaceOf(layer)).filter(Boolean);
    if (surfaces.some((surface) => surface.drawn < surface.wanted.length)) await Promise.all(surfaces.map((surface) => surface.whenDone()));
    this.#drop((stroke) => come.includes(stroke), { drawn: true });
    this.#drop((stroke) => this.#layer(stroke.layer) === undefined, { drawn: true });
  }

  #drop(which, { drawn = false } = {}) {
    let some = false;
    for (const [name, stroke] of this.strokes) {
      if (!which(stroke)) continue;
      some = true;
      clearTimeout(stroke.timer);
      this.strokes.delete(name);
      // What was rubbed out on the layer itself comes back, unless the mark has done the same by now.
      if (stroke.tool === "eraser" && !drawn) this.board.stack.surfaceOf(stroke.layer)?.repaint();
    }
    if (some) this.#paint();
  }

  #show() {
    if (this.soon) return;
    this.soon = true;
    requestAnimationFrame(() => {
      this.soon = false;
      this.#paint();
    });
  }

  #paint() {
    const wet = new Map();
    for (const stroke of this.strokes.values()) {
      if (stroke.tool === "eraser") this.#rub(stroke);
      else wet.set(stroke.layer, [...(wet.get(stroke.layer) ?? []), stroke]);
    }
    for (const id of [...this.sheets.keys()]) if (!wet.has(id)) this.#remove(id);
    for (const [id, strokes] of wet) this.#paintLayer(id, strokes);
  }

  #paintLayer(id, strokes) {
    const layer = this.#layer(id);
    const { stack, size } = this.board;
    const surface = stack.surfaceOf(id);
    if (!layer || !surface) return this.#remove(id);
    const sheet = this.sheets.get(id) ?? this.#add(id);
    const { canvas } = surface;
    if (sheet.width !== canvas.width || sheet.height !== canvas.height) Object.assign(sheet, { width: canvas.width, height: canvas.height });
    sheet.hidden = canvas.hidden;
    sheet.style.opacity = canvas.style.opacity;
    const context = sheet.getContext("2d");
    context.resetTransform();
    context.clearRect(0, 0, sheet.width, sheet.height);
    context.setTransform(...unitsOf(size, sheet));
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) paint(context, stroke, layer.kind === "mask" ? MASK_COLOUR : stroke.color);
    return undefined;
  }

  #add(id) {
    const sheet = Object.assign(makeCanvas({ width: 1, height: 1 }), { className: "sheet sheet-others" });
    this.sheets.set(id, sheet);
    this.board.stack.lay(id, sheet);
    return sheet;
  }

  #remove(id) {
    if (!this.sheets.has(id)) return;
    this.board.stack.lay(id, null);
    this.sheets.delete(id);
  }

  /** An eraser works on the layer itself; what it has done is done again each time, in case the layer was painted anew. */
  #rub(stroke) {
    const surface = this.board.stack.surfaceOf(stroke.layer);
    if (!surface || stroke.points.length < 3) return;
    const { context, units } = surface;
    context.save();
    context.setTransform(...units);
    context.globalCompositeOperation = "destination-out";
    context.fill(pathOf(stroke));
    context.restore();
  }
}

function paint(context, stroke, colour) {
  if (stroke.points.length < 3) return;
  context.globalAlpha = stroke.opacity;
  context.fillStyle = context.strokeStyle = colour;
  if (stroke.kind === "stroke") return context.fill(pathOf(stroke));
  const [x, y, , ex = x, ey = y] = stroke.points;
  const path = shapePath({ kind: stroke.kind, from: [x, y], to: [ex, ey] });
  if (stroke.tool === "filled") context.fill(path);
  context.lineWidth = stroke.size;
  context.stroke(path);
  return undefined;
}

/** The whole stroke as one path: its older part is worked out once. */
function pathOf(stroke) {
  const { points, size } = stroke;
  const count = points.length / 3;
  if (count - stroke.from > TAIL) {
    stroke.laid ??= new Path2D();
    stroke.laid.addPath(outline(points, size, stroke.from));
    stroke.from = count - OVERLAP;
  }
  const tip = outline(points, size, stroke.from);
  if (!stroke.laid) return tip;
  const path = new Path2D(stroke.laid);
  path.addPath(tip);
  return path;
}
