// What can be done to a drawing, as changes of its document. Each operation gives the steps that take it back (acts.js),
// or null when it does not apply any more: its layer is gone. Then nothing has changed.

import { Array as Sequence, Map as Table } from "#vendor/yjs";
import { shortId } from "#lib/ids";
import { MAX_LAYERS, layerOf } from "#studio/canvas/drawing";
import { packMark } from "#studio/canvas/packing";
import { placeBetween } from "#studio/canvas/places";
import { GROUND, MAX_DEPTH } from "#studio/canvas/projection";

// A change is told to others in messages of at most half a megabyte; a large one is made in parts of about so many bytes.
const PART = 200_000;

/** @type {Record<string, (document: import("./document.js").Document, operation: object) => (import("./acts.js").Step[]|null)>} */
export const OPERATIONS = {
  mark(document, { layer: id, mark }) {
    const { projection } = document;
    const ground = id === GROUND && layerOf(document.drawing, GROUND) ? lay(document, { ...layerOf(document.drawing, GROUND), id: shortId() }, 0) : null;
    const layer = ground ? ground.id : projection.topOf(id);
    if (layer === null) return null;
    const [kept] = push(document, layer, [mark]);
    return [...(ground?.steps ?? []), made([kept.id])];
  },
  clear(document, { layer: id }) {
    const layer = layerOf(document.drawing, id);
    return layer?.marks.length ? [away(document, layer.marks.map((mark) => mark.id))] : null;
  },
  add(document, { layer, at }) {
    const { layers } = document.drawing;
    if (layers.length >= MAX_LAYERS || document.layers.has(layer.id)) return null;
    return lay(document, layer, at ?? layers.length).steps;
  },
  remove(document, { layer: id }) {
    return layerOf(document.drawing, id) && id !== GROUND ? [away(document, [id])] : null;
  },
  set(document, { layer: id, change }) {
    if (!layerOf(document.drawing, id) || id === GROUND) return null;
    return document.change(() => Object.entries(change).map(([name, to]) => set(document, id, name, to)));
  },
  move(document, { layer: id, to }) {
    const { layers } = document.drawing;
    const from = layers.findIndex((layer) => layer.id === id);
    if (from < 0 || id === GROUND || from === to || to < 0 || to >= layers.length) return null;
    const others = layers.filter((layer) => layer.id !== id);
    return document.change(() => [set(document, id, "at", placeAt(document, others, to))]);
  },
  merge(document, { layer: id, into }) {
    const { layers } = document.drawing;
    const at = layers.findIndex((layer) => layer.id === id);
    const [lower, upper] = [layers[at - 1], layers[at]];
    if (at < 1 || lower.kind !== upper.kind || lower.id === GROUND || Math.max(depthOf(lower.marks), depthOf(upper.marks)) >= MAX_DEPTH) return null;
    // Both go into a layer that is new: whoever is still drawing on one of them draws into it. And a layer of its own
    // keeps an eraser of one from reaching the other, and each one's opacity.
    const fresh = { ...lower, id: into, opacity: 1, marks: [] };
    return document.change(() => [...lay(document, fresh, at + 1).steps, ...[lower, upper].map((layer) => set(document, layer.id, "inside", into))]);
  },
  size(document, { width, height }) {
    if (document.drawing.width === width && document.drawing.height === height) return null;
    document.change(() => resize(document, { width, height }));
    return []; // the board's size belongs to the settings, where it is changed back: undo knows nothing of it
  },
  replace(document, { drawing }) {
    const { layers } = document.drawing;
    const before = layers.map((layer) => layer.id).filter((id) => id !== GROUND);
    const steps = document.change(() => [...(before.length ? [away(document, before)] : []), ...resize(document, drawing)]);
    let below = "";
    for (const layer of drawing.layers) {
      const id = layer.id === GROUND || document.layers.has(layer.id) ? shortId() : layer.id;
      const laid = lay(document, { ...layer, id }, null, placeBetween(below, null));
      steps.push(...laid.steps);
      below = laid.at;
    }
    return steps;
  },
  all(document, { operations }) {
    const steps = operations.map((each) => OPERATIONS[each.do](document, each)).filter(Boolean);
    return steps.length ? steps.flat() : null;
  },
};

/** Take a step back, or (`again`) do it once more; where others have changed the same since, theirs stays. */
export function takeStep(document, step, again) {
  // An entry is emptied, never removed: what is only taken out of a document no vector tells of.
  if (step.key) return void document.gone.set(step.key, step.gone === again ? (again ? step.ids : spared(document, step.ids)) : []);
  const table = step.layer === null ? document.board : document.layers.get(step.layer);
  const [now, next] = again ? [step.from, step.to] : [step.to, step.from];
  if ((table?.get(step.name) ?? null) === now) table.set(step.name, next);
}

/** A layer that one made and takes back stays when others have drawn on it: only one's own marks go. */
function spared(document, ids) {
  const mine = (id) => {
    const marks = (document.projection.layers.get(id)?.marks ?? []).filter((mark) => document.projection.lives(mark.id));
    const own = marks.filter((mark) => mark.by === document.author);
    return own.length < marks.length ? own.map((mark) => mark.id) : [id];
  };
  return ids.flatMap(mine);
}

const made = (ids) => ({ key: shortId(), ids, gone: false });

function away(document, ids) {
  const step = { key: shortId(), ids, gone: true };
  document.change(() => document.gone.set(step.key, ids));
  return step;
}

function set(document, layer, name, to) {
  const table = layer === null ? document.board : document.layers.get(layer);
  const step = { layer, name, from: table.get(name) ?? null, to };
  table.set(name, to);
  return step;
}

function resize(document, sizes) {
  return ["width", "height"].filter((name) => document.drawing[name] !== sizes[name]).map((name) => set(document, null, name, sizes[name]));
}

/** A new layer with its marks, below the layer that is `nth` in the drawing now, or at a place of its own. */
function lay(document, { id, kind, name, visible, locked, opacity, marks }, nth, place) {
  const at = place ?? placeAt(document, document.drawing.layers, nth);
  document.change(() => {
    const row = new Table();
    document.layers.set(id, row);
    for (const [field, value] of Object.entries({ kind, name, visible, locked, opacity, at })) row.set(field, value);
    row.set("marks", new Sequence());
  });
  if (marks.length) push(document, id, marks);
  return { id, at, steps: [made([id])] };
}

/** Marks on top of a layer, in parts that can be sent. A name that is taken already gets another one. */
function push(document, layer, marks) {
  const { author: by, projection } = document;
  const now = document.clock();
  const taken = new Set();
  const name = ({ id }) => (projection.homes.has(id) || taken.size === taken.add(id).size ? shortId() : id);
  const kept = marks.map((mark) => packMark(mark, { id: name(mark), by, t: mark.t ?? now }));
  for (let from = 0, to = 0, bytes = 0; from < kept.length; [from, bytes] = [to, 0]) {
    while (to < kept.length && bytes < PART) bytes += weight(kept[(to += 1) - 1]);
    document.change(() => document.layers.get(layer).get("marks").push(kept.slice(from, to)));
  }
  return kept;
}

const weight = ({ points, loops = [], marks = [] }) => 100 + (points?.length ?? 0) + loops.reduce((sum, loop) => sum + loop.length, 0) + marks.reduce((sum, mark) => sum + weight(mark), 0);

function placeAt(document, layers, nth) {
  const place = (layer) => document.projection.layers.get(layer?.id)?.fields.at;
  return placeBetween(place(layers[nth - 1]) ?? "", place(layers[nth]) ?? null);
}

const depthOf = (marks) => marks.reduce((most, mark) => (mark.kind === "group" ? Math.max(most, 1 + depthOf(mark.marks)) : most), 0);
