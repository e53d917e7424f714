// The drawing itself: layers of marks, and the small operations that change them. Pure; knows no canvas and no storage.

import { freshId } from "#lib/ids";

/**
 * Lengths are board units: the longest side is 512, the origin is the middle. Marks never change once they are made.
 * @typedef {{id: string, kind: "stroke", tool: "brush"|"eraser", color: string, size: number, opacity: number, points: number[]}} Stroke
 *   `points` is flat: x, y, pressure (0..1) of each point
 * @typedef {{id: string, kind: "line"|"rectangle"|"ellipse", color: string, size: number, opacity: number, from: number[], to: number[], filled: boolean}} Shape
 * @typedef {{id: string, kind: "area", color: string, opacity: number, loops: number[][]}} Area what the fill bucket found
 * @typedef {{id: string, kind: "cut", loops: number[][]}} Cut a region taken out of the layer
 * @typedef {{id: string, kind: "move", loops: number[][], matrix: number[]}} Move a region moved, turned or scaled (a b c d e f)
 * @typedef {{id: string, kind: "picture", picture: string, width: number, height: number}} Picture an imported picture, in the middle
 * @typedef {{id: string, kind: "group", opacity: number, marks: Mark[]}} Group what a merged layer became
 * @typedef {Stroke|Shape|Area|Cut|Move|Picture|Group} Mark
 * @typedef {{id: string, kind: "paint"|"mask"|"hints", name: string, visible: boolean, locked: boolean, opacity: number, marks: Mark[]}} Layer
 * @typedef {{version: 1, width: number, height: number, layers: Layer[]}} Drawing layers from the lowest to the highest
 */

export const VERSION = 1;
export const MAX_LAYERS = 24;

/** A new layer. @returns {Layer} */
export function newLayer(more = {}) {
  return { id: freshId(), kind: "paint", name: "", visible: true, locked: false, opacity: 1, marks: [], ...more };
}

/** An empty drawing with one layer. @returns {Drawing} */
export function newDrawing({ width = 512, height = 512 } = {}) {
  return { version: VERSION, width, height, layers: [newLayer()] };
}

export const layerOf = (drawing, id) => drawing.layers.find((layer) => layer.id === id) ?? null;

export const maskOf = (drawing) => drawing.layers.find((layer) => layer.kind === "mask") ?? null;

/** Where colours are painted that a photo shall have; it is no part of the picture. */
export const hintsOf = (drawing) => drawing.layers.find((layer) => layer.kind === "hints") ?? null;

/** A photo (a picture's mark) on a board of its shape, and above it what was hinted before, or nothing yet. @returns {Drawing} */
export function photoDrawing(photo, board, { name, hints = null }) {
  const drawing = newDrawing(board);
  drawing.layers = [newLayer({ name, locked: true, marks: [photo] }), newLayer({ kind: "hints", marks: hints ? [hints] : [] })];
  return drawing;
}

/** A copy that can be changed without touching the original; marks are shared because they never change. */
export function copyOf(drawing) {
  return { ...drawing, layers: drawing.layers.map((layer) => ({ ...layer, marks: [...layer.marks] })) };
}

/** The ids of all imported pictures the drawing shows. @returns {Set<string>} */
export function picturesOf(drawing) {
  const found = new Set();
  const look = (marks) => {
    for (const mark of marks) {
      if (mark.kind === "picture") found.add(mark.picture);
      else if (mark.kind === "group") look(mark.marks);
    }
  };
  for (const layer of drawing.layers) look(layer.marks);
  return found;
}

/** The mark of an imported picture, or null. @returns {Picture|null} */
export function pictureOf(drawing, id) {
  const look = (marks) => marks.reduce((found, mark) => found ?? (mark.picture === id ? mark : mark.kind === "group" ? look(mark.marks) : null), null);
  return look(drawing.layers.flatMap((layer) => layer.marks));
}

/** Whether a layer has nothing on it that could be seen; what was rubbed out again counts as something. */
export const isBlank = (layer) => layer.marks.every((mark) => mark.kind === "cut" || mark.kind === "move" || mark.tool === "eraser");

// Each operation changes the drawing in place and returns what takes it back, or null when it does not apply any more
// (its layer is gone): then nothing has changed.
const OPERATIONS = {
  mark(drawing, { layer: id, mark }) {
    const layer = layerOf(drawing, id);
    if (!layer) return null;
    layer.marks.push(mark);
    return () => layer.marks.splice(layer.marks.lastIndexOf(mark), 1);
  },
  clear(drawing, { layer: id }) {
    const layer = layerOf(drawing, id);
    if (!layer || layer.marks.length === 0) return null;
    const marks = layer.marks;
    layer.marks = [];
    return () => (layer.marks = marks);
  },
  add(drawing, { layer, at }) {
    if (drawing.layers.length >= MAX_LAYERS || layerOf(drawing, layer.id)) return null;
    drawing.layers.splice(at ?? drawing.layers.length, 0, { ...layer, marks: [...layer.marks] });
    return () => drawing.layers.splice(drawing.layers.findIndex((each) => each.id === layer.id), 1);
  },
  remove(drawing, { layer: id }) {
    const at = drawing.layers.findIndex((layer) => layer.id === id);
    if (at < 0) return null;
    const [gone] = drawing.layers.splice(at, 1);
    return () => drawing.layers.splice(at, 0, gone);
  },
  set(drawing, { layer: id, change }) {
    const layer = layerOf(drawing, id);
    if (!layer) return null;
    const before = Object.fromEntries(Object.keys(change).map((name) => [name, layer[name]]));
    Object.assign(layer, change);
    return () => Object.assign(layer, before);
  },
  move(drawing, { layer: id, to }) {
    const from = drawing.layers.findIndex((layer) => layer.id === id);
    if (from < 0 || from === to || to < 0 || to >= drawing.layers.length) return null;
    const shift = (a, b) => drawing.layers.splice(b, 0, ...drawing.layers.splice(a, 1));
    shift(from, to);
    return () => shift(to, from);
  },
  merge(drawing, { layer: id, ids }) {
    const at = drawing.layers.findIndex((layer) => layer.id === id);
    const [lower, upper] = [drawing.layers[at - 1], drawing.layers[at]];
    if (at < 1 || lower.kind !== upper.kind) return null;
    const { marks, opacity } = lower;
    // A group keeps an eraser of one layer from reaching the other, and each layer's own opacity.
    lower.marks = [lower, upper].map((layer, n) => ({ id: ids[n], kind: "group", opacity: layer.opacity, marks: layer.marks }));
    lower.opacity = 1;
    drawing.layers.splice(at, 1);
    return () => {
      Object.assign(lower, { marks, opacity });
      drawing.layers.splice(at, 0, upper);
    };
  },
  size(drawing, { width, height }) {
    if (drawing.width === width && drawing.height === height) return null;
    const before = { width: drawing.width, height: drawing.height };
    Object.assign(drawing, { width, height });
    return () => Object.assign(drawing, before);
  },
  replace(drawing, { drawing: other }) {
    const before = { ...drawing };
    Object.assign(drawing, copyOf(other));
    return () => Object.assign(drawing, before);
  },
  all(drawing, { operations }) {
    const undos = operations.map((each) => apply(drawing, each)).filter(Boolean);
    return undos.length ? () => undos.reverse().forEach((undo) => undo()) : null;
  },
};

/**
 * Do `operation` (`{do: name, ...}`) to the drawing.
 * @returns {(() => void)|null} what takes it back; null when there was nothing to do @throws {RangeError} unknown operation
 */
export function apply(drawing, operation) {
  const run = Object.hasOwn(OPERATIONS, operation.do) ? OPERATIONS[operation.do] : null;
  if (!run) throw new RangeError(`unknown operation ${operation.do}`);
  return run(drawing, operation);
}
