// The drawing itself: layers of marks, and what can be asked of them. Pure; knows no canvas and no storage. It is changed
// as a document (document.js, steps.js).

import { shortId } from "#lib/ids";

/**
 * Lengths are board units: the longest side is 512, the origin is the middle. Marks never change once they are made. A mark
 * of a document has besides who made it (`by`, a user's id) and when (`t`, ms since 1970).
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
  return { id: shortId(), kind: "paint", name: "", visible: true, locked: false, opacity: 1, marks: [], ...more };
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
