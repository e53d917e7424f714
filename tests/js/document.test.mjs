// The drawing as a document: how marks are packed, what is seen in it, what is done to it and taken back.
// Several people at one: documents.test.mjs.
import assert from "node:assert/strict";
import test from "node:test";

import { LONGEST } from "../../static/js/studio/canvas/acts.js";
import { Document, seed } from "../../static/js/studio/canvas/document.js";
import { newDrawing, newLayer, MAX_LAYERS } from "../../static/js/studio/canvas/drawing.js";
import { pack, packMark, unpack, unpackMark } from "../../static/js/studio/canvas/packing.js";
import { placeBetween } from "../../static/js/studio/canvas/places.js";
import { dice } from "./hands.mjs";

let count = 0;
const stroke = (more = {}) => ({ id: `m${(count += 1)}`, kind: "stroke", tool: "brush", color: "#1f2328", size: 8, opacity: 1, points: [0, 0, 1], ...more });
const bare = ({ by, t, ...mark }) => mark;
const look = (document) => document.drawing.layers.map(({ marks, ...rest }) => ({ ...rest, marks: marks.map((mark) => mark.id) }));
const begin = (author = 1) => {
  const document = new Document({ author, clock: () => 1_800_000_000_000 });
  const draw = (mark = stroke(), layer = document.drawing.layers[0].id) => document.act({ do: "mark", layer, mark }) && mark;
  const marks = (n = 0) => document.drawing.layers[n].marks.map((mark) => mark.id);
  return { document, draw, marks };
};
// Packing ----------------------------------------------------------------------------------------------------------------

test("points are packed into few bytes and come back as they were", () => {
  const points = [-255.9, 12.3, 1, -255.8, 12.3, 0.57, 100000, -100000, 0, 0, 0, 0.01];
  assert.deepEqual(unpack(pack(points, [10, 10, 100]), [10, 10, 100]), points);
  const line = Array.from({ length: 300 }, (_, n) => [Math.round(n * 3.7) / 10, Math.round(n * n * 0.1) / 10, 0.5]).flat();
  assert.ok(pack(line, [10, 10, 100]).length < line.length * 1.2);
  assert.deepEqual(unpack(pack(line, [10, 10, 100]), [10, 10, 100]), line);
});

test("marks of every kind come back as they were; bytes that break off do no harm", () => {
  const loops = [[0, 0, 10.5, 0, 10.5, -7.2], [1, 1, 2, 2, 3, 1]];
  const marks = [
    stroke({ points: [1, 2, 0.5, 3, 4, 1] }),
    { id: "a", kind: "area", color: "#ffffff", opacity: 0.5, loops },
    { id: "b", kind: "move", loops, matrix: [1, 0, 0, 1, 5, 5] },
    { id: "c", kind: "line", color: "#000000", size: 2, opacity: 1, from: [0, 0], to: [5.5, 5], filled: false },
    { id: "d", kind: "group", opacity: 0.4, marks: [stroke(), { id: "e", kind: "cut", loops }] },
  ];
  for (const mark of marks) assert.deepEqual(unpackMark(packMark(mark)), mark);
  assert.deepEqual(unpack(pack([1, 2, 1000], [10, 10, 100]).slice(0, -1), [10, 10, 100]), [1, 2]);
});

test("there is always a place between two layers, and whoever adds on top does not run out", () => {
  const chance = dice(7);
  let list = ["V"];
  for (let n = 0; n < 500; n += 1) {
    const at = Math.floor(chance() * (list.length + 1));
    const place = placeBetween(list[at - 1] ?? "", list[at] ?? null, chance);
    assert.ok((list[at - 1] ?? "") < place && (list[at] === undefined || place < list[at]), `${list[at - 1]} ${place} ${list[at]}`);
    list.splice(at, 0, place);
  }
  let top = "V";
  for (let n = 0; n < 1000; n += 1) top = placeBetween(top, null, chance);
  assert.ok(top.length < 30, top);
});

// One person -------------------------------------------------------------------------------------------------------------

test("every document begins with the same layer, and an empty one is nothing but that", () => {
  const { document } = begin();
  assert.deepEqual(document.drawing, { version: 1, width: 512, height: 512, layers: [newLayer({ id: "first" })] });
  assert.deepEqual(document.since(), seed());
  assert.equal(document.canUndo, false);
});

test("a mark stays the same object for the canvas, whatever is drawn beside it", () => {
  const { document, draw } = begin();
  draw();
  draw();
  const [first, second] = document.drawing.layers[0].marks;
  draw();
  assert.equal(document.drawing.layers[0].marks[0], first);
  document.undo();
  document.undo();
  document.redo();
  assert.deepEqual(document.drawing.layers[0].marks, [first, second]);
  assert.equal(document.drawing.layers[0].marks[1], second);
  assert.equal(document.drawing, document.drawing);
  assert.deepEqual([first.by, first.t], [1, 1_800_000_000_000]);
});

test("undo and redo walk through the strokes; a new one ends the redo", () => {
  const { document, draw, marks } = begin();
  const [a, b] = [draw(), draw()];
  assert.ok(document.undo());
  assert.deepEqual(marks(), [a.id]);
  assert.ok(document.redo());
  assert.deepEqual(marks(), [a.id, b.id]);
  assert.equal(document.redo(), false);
  document.undo();
  draw();
  assert.equal(document.canRedo, false);
});

test("every operation can be taken back and done again", () => {
  const { document, draw } = begin();
  draw();
  draw(stroke({ tool: "eraser" }));
  const operations = [
    { do: "add", layer: newLayer({ id: "other" }) },
    { do: "mark", layer: "other", mark: stroke() },
    { do: "set", layer: "other", change: { opacity: 0.5, name: "Sky" } },
    { do: "move", layer: "other", to: 0 },
    { do: "move", layer: "other", to: 1 },
    { do: "merge", layer: "other", into: "merged" },
    { do: "mark", layer: "merged", mark: stroke() },
    { do: "clear", layer: "merged" },
    { do: "add", layer: newLayer({ id: "third", marks: [stroke()] }), at: 0 },
    { do: "remove", layer: "third" },
    { do: "all", operations: [{ do: "mark", layer: "merged", mark: stroke() }, { do: "set", layer: "merged", change: { visible: false } }] },
    { do: "replace", drawing: newDrawing({ width: 512, height: 300 }) },
  ];
  const states = [document.drawing];
  for (const operation of operations) {
    assert.ok(document.act(operation), operation.do);
    states.push(document.drawing);
  }
  for (const before of states.slice(0, -1).reverse()) {
    document.undo();
    assert.deepEqual(document.drawing, before);
  }
  for (const after of states.slice(1)) {
    document.redo();
    assert.deepEqual(document.drawing, after);
  }
});

test("a merged layer keeps its eraser and its opacity to itself, deep down too", () => {
  const { document, draw } = begin();
  draw();
  for (const n of [1, 2]) {
    document.act({ do: "add", layer: newLayer({ id: `upper${n}`, opacity: 0.4 }) });
    draw(stroke({ tool: "eraser" }), `upper${n}`);
    document.act({ do: "merge", layer: `upper${n}`, into: `into${n}` });
  }
  const [merged] = document.drawing.layers;
  assert.deepEqual([document.drawing.layers.length, merged.id, merged.opacity], [1, "into2", 1]);
  assert.deepEqual(merged.marks.map(({ id, kind, opacity, marks }) => [id, kind, opacity, marks.length]), [["into1", "group", 1, 2], ["upper2", "group", 0.4, 1]]);
  const [group] = merged.marks;
  draw(stroke(), "into2");
  assert.equal(document.drawing.layers[0].marks[0], group, "the canvas need not paint it anew");
});

test("an operation on a layer that is gone changes nothing, an unknown one is an error", () => {
  const { document } = begin();
  const before = document.since();
  for (const name of ["mark", "clear", "remove", "set", "move", "merge"]) {
    assert.equal(document.act({ do: name, layer: "gone", mark: stroke(), change: {}, to: 0, into: "x" }), false, name);
  }
  assert.deepEqual(document.since(), before);
  assert.throws(() => document.act({ do: "toString" }), RangeError);
});

test("a mask is not merged into a drawing, and there is an end to layers", () => {
  const { document } = begin();
  document.act({ do: "add", layer: newLayer({ id: "mask", kind: "mask" }) });
  assert.equal(document.act({ do: "merge", layer: "mask", into: "x" }), false);
  for (let n = 0; n < 2 * MAX_LAYERS; n += 1) document.act({ do: "add", layer: newLayer() });
  assert.equal(document.drawing.layers.length, MAX_LAYERS);
  let told = 0;
  document.addEventListener("update", () => (told += 1));
  document.act({ do: "merge", layer: document.drawing.layers.at(-1).id, into: "into" });
  assert.deepEqual([document.drawing.layers.length, told], [MAX_LAYERS - 1, 1], "at no moment there are more");
});

test("where no layer is left to draw on there is ground, and the first stroke makes a layer of it", () => {
  const { document, draw } = begin();
  document.act({ do: "remove", layer: "first" });
  assert.deepEqual(look(document).map(({ id, kind }) => [id, kind]), [["ground", "paint"]]);
  draw();
  assert.notEqual(document.drawing.layers[0].id, "ground");
  document.undo();
  assert.deepEqual(look(document).map(({ id }) => id), ["ground"]);
  document.undo();
  assert.deepEqual(look(document).map(({ id }) => id), ["first"]);
});

test("undo passes over the board's size, which the settings change", () => {
  const { document, draw, marks } = begin();
  draw();
  document.act({ do: "size", width: 512, height: 384 });
  document.undo();
  assert.deepEqual([marks().length, document.drawing.height, document.canUndo], [0, 384, false]);
});

test("undo reaches back thousands of strokes, and no stroke is ever lost", () => {
  const { document, draw, marks } = begin();
  for (let n = 0; n < LONGEST + 1; n += 1) draw();
  assert.equal(marks().length, LONGEST + 1);
  document.acts.cursor = 1; // not all six thousand presses
  assert.ok(document.undo());
  assert.equal(document.canUndo, false);
});

test("a copied layer and an earlier version have names of their own: what is gone stays gone, and they do not", () => {
  const { document, draw, marks } = begin();
  draw();
  const version = structuredClone(document.drawing);
  document.act({ do: "add", layer: { ...document.drawing.layers[0], id: "copy" } });
  assert.notEqual(marks(1)[0], marks(0)[0]);
  document.act({ do: "clear", layer: "first" });
  assert.deepEqual([marks(0).length, marks(1).length], [0, 1]);
  document.act({ do: "replace", drawing: version });
  assert.deepEqual(document.drawing.layers.map(({ marks: each }) => each.map(bare).map(({ id, ...rest }) => rest)), [[bare({ ...version.layers[0].marks[0] })].map(({ id, ...rest }) => rest)]);
});

test("a drawing becomes a document and is the same drawing", () => {
  const drawing = newDrawing({ width: 512, height: 288 });
  drawing.layers[0].marks.push(stroke(), { id: "g", kind: "group", opacity: 0.5, marks: [stroke()] });
  drawing.layers.push(newLayer({ kind: "mask", marks: [stroke()], opacity: 0.7 }));
  const document = Document.fromDrawing(drawing, { author: 1 });
  assert.deepEqual({ ...document.drawing, layers: document.drawing.layers.map((layer) => ({ ...layer, marks: layer.marks.map(bare) })) }, drawing);
  assert.equal(document.canUndo, false);
});

test("what is told to others comes in pieces that a message can hold", () => {
  const big = newDrawing();
  for (let n = 0; n < 200; n += 1) big.layers[0].marks.push(stroke({ points: Array.from({ length: 9000 }, (_, i) => (i * 37) % 500) }));
  const { document } = begin();
  const sizes = [];
  document.addEventListener("update", ({ detail }) => sizes.push(detail.update.length));
  document.act({ do: "replace", drawing: big });
  assert.ok(sizes.length > 5 && Math.max(...sizes) < 400_000, String(sizes));
  document.undo();
  assert.equal(document.drawing.layers[0].id, "first");
});
