// The drawing as a document of several people: all come together, and each takes back only what is theirs.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { Document } from "../../static/js/studio/canvas/document.js";
import { newDrawing, newLayer } from "../../static/js/studio/canvas/drawing.js";
import { piecesOf } from "../../static/js/studio/room/pieces.js";
import { hands } from "./hands.mjs";

let count = 0;
const stroke = (more = {}) => ({ id: `m${(count += 1)}`, kind: "stroke", tool: "brush", color: "#1f2328", size: 8, opacity: 1, points: [0, 0, 1], ...more });
const begin = (author) => {
  const document = new Document({ author, clock: () => 1_800_000_000_000 });
  const draw = (mark = stroke(), layer = document.drawing.layers[0].id) => document.act({ do: "mark", layer, mark }) && mark;
  const marks = (n = 0) => document.drawing.layers[n].marks.map((mark) => mark.id);
  return { document, draw, marks };
};
/** Two people with the same document, and the way to bring it together again. */
const pair = () => {
  const [a, b] = [begin(1), begin(2)];
  const meet = () => {
    b.document.apply(a.document.since(b.document.vector()));
    a.document.apply(b.document.since(a.document.vector()));
    assert.deepEqual(a.document.drawing, b.document.drawing);
  };
  return [a, b, meet];
};

test("two who draw first at once draw on the same layer, and each takes back only their own", () => {
  const [a, b, meet] = pair();
  const [mine, theirs] = [a.draw(), b.draw()];
  meet();
  assert.deepEqual(new Set(a.marks()), new Set([mine.id, theirs.id]));
  a.document.undo();
  meet();
  assert.deepEqual(b.marks(), [theirs.id]);
  assert.equal(a.document.undo(), false);
  a.document.redo();
  meet();
  assert.equal(b.marks().length, 2);
});

test("the order of what lies over what outlasts undo and redo", () => {
  const [a, b, meet] = pair();
  a.draw();
  meet();
  b.draw();
  meet();
  const order = a.marks();
  a.document.undo();
  meet();
  a.document.redo();
  meet();
  assert.deepEqual(b.marks(), order);
});

test("what somebody else wiped away is passed over: each press of undo is to be seen", () => {
  const [a, b, meet] = pair();
  a.draw();
  a.document.act({ do: "add", layer: newLayer({ id: "sky" }) });
  const last = a.draw(stroke(), "sky");
  meet();
  b.document.act({ do: "clear", layer: "sky" });
  meet();
  assert.ok(a.document.undo());
  assert.deepEqual(a.document.drawing.layers.map(({ id }) => id), ["first"]);
  b.document.undo();
  meet();
  assert.ok(!JSON.stringify(b.document.drawing).includes(last.id));
});

test("taking back a layer leaves there what others drew on it, and nothing else", () => {
  const [a, b, meet] = pair();
  a.document.act({ do: "add", layer: newLayer({ id: "sky", marks: [stroke()] }) });
  meet();
  const theirs = b.draw(stroke(), "sky");
  meet();
  a.document.undo();
  meet();
  assert.deepEqual(b.marks(1), [theirs.id]);
  a.document.redo();
  meet();
  assert.equal(b.marks(1).length, 2);
});

test("a stroke on a layer that is merged meanwhile is not lost", () => {
  const [a, b, meet] = pair();
  a.draw();
  a.document.act({ do: "add", layer: newLayer({ id: "sky" }) });
  a.draw(stroke(), "sky");
  meet();
  a.document.act({ do: "merge", layer: "sky", into: "both" });
  const late = b.draw(stroke(), "sky");
  meet();
  assert.ok(JSON.stringify(a.document.drawing.layers[0]).includes(late.id));
  const later = b.draw(stroke(), "sky");
  assert.equal(b.document.drawing.layers[0].marks.at(-1).id, later.id, "from now on it lies on top of both");
  meet();
  a.document.undo();
  meet();
  assert.deepEqual(b.document.drawing.layers.map(({ id, marks }) => [id, marks.length]), [["first", 1], ["sky", 2], ["both", 1]]);
});

test("both change the same: one wins for both, and undo leaves the winner's alone", () => {
  const [a, b, meet] = pair();
  a.document.act({ do: "set", layer: "first", change: { opacity: 0.2 } });
  meet();
  b.document.act({ do: "set", layer: "first", change: { opacity: 0.6 } });
  meet();
  assert.equal(a.document.undo(), false);
  assert.equal(a.document.drawing.layers[0].opacity, 0.6);
});

test("whoever clears the board and takes it back has not touched what came in between", () => {
  const [a, b, meet] = pair();
  const first = a.draw();
  meet();
  a.document.act({ do: "replace", drawing: newDrawing() });
  meet();
  const between = b.draw();
  meet();
  a.document.undo();
  meet();
  assert.deepEqual(b.document.drawing.layers.map((layer) => layer.marks.map(({ id }) => id)).sort(), [[first.id], [between.id]].sort());
});

test("a vector tells what somebody lacks", () => {
  const [a, b, meet] = pair();
  assert.equal(a.document.ahead(b.document.vector()), false);
  a.draw();
  assert.equal(a.document.ahead(b.document.vector()), true);
  meet();
  a.document.undo();
  assert.equal(a.document.ahead(b.document.vector()), true, "also of what was taken back");
  meet();
  assert.equal(a.document.ahead(b.document.vector()), false);
});

test("changes say whose they are, and updates where they are from", () => {
  const [a, b] = pair();
  const heard = [];
  b.document.addEventListener("change", ({ detail: { own, added } }) => heard.push([own, added.length]));
  b.document.addEventListener("update", ({ detail: { from } }) => heard.push(from));
  a.draw();
  b.document.receive(a.document.since(b.document.vector()));
  b.document.apply(a.document.since(), "kept");
  b.draw();
  assert.deepEqual(heard, ["room", [false, 1], "here", [true, 1]]);
});

test("the page sees in a document what the server sees in it (tests/data/rooms)", () => {
  const folder = new URL("../data/rooms/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const { updates, drawing } = JSON.parse(readFileSync(new URL(name, folder)));
    const document = new Document({ author: 99 });
    for (const update of updates) document.apply(Buffer.from(update, "base64"));
    assert.deepEqual(document.drawing, drawing, name);
  }
});

test("what is too large for one message goes in pieces, none of which builds on what is not there yet", () => {
  for (const seed of [1, 5, 9, 21]) {
    const [mine] = hands(seed);
    const theirs = new Document({ author: 99 });
    const pieces = piecesOf(mine.since(theirs.vector()), theirs.vector(), 600);
    assert.ok(pieces.length > 3, String(pieces.length));
    for (const piece of pieces) {
      theirs.receive(piece);
      assert.equal(theirs.y.store.pendingStructs, null, `seed ${seed}`);
    }
    assert.equal(theirs.y.store.pendingDs, null);
    assert.deepEqual(theirs.since(), mine.since());
  }
  const { document, draw } = begin(1);
  const points = Array.from({ length: 300 }, (_, n) => (n * 37) % 400);
  for (let n = 0; n < 400; n += 1) draw(stroke({ points }));
  const half = new Document({ author: 2 });
  half.receive(document.since());
  for (let n = 0; n < 400; n += 1) draw(stroke({ points }));
  const pieces = piecesOf(document.since(half.vector()), half.vector(), 30_000);
  assert.ok(pieces.length > 4 && Math.max(...pieces.map(({ length }) => length)) <= 30_000);
  for (const piece of pieces) half.receive(piece);
  assert.deepEqual(half.drawing, document.drawing);
});

// Any interleaving ---------------------------------------------------------------------------------------------------------

const SEEDS = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233];
const MORE = Number(process.env.DOCUMENT_SEEDS ?? 0);

test("up to eight people who edit, undo, go away and come back end with the same, byte for byte", () => {
  for (const from of [...SEEDS, ...Array.from({ length: MORE }, (_, n) => 1000 + n)]) {
    const all = hands(from);
    const [bytes, told] = [Buffer.from(all[0].since()).toString("base64"), JSON.stringify(all[0].drawing)];
    for (const each of all.slice(1)) {
      assert.equal(Buffer.from(each.since()).toString("base64"), bytes, `seed ${from}`);
      assert.equal(JSON.stringify(each.drawing), told, `seed ${from}`);
    }
    // What was kept up change by change is what a page sees that reads it all at once.
    const fresh = new Document({ author: 99 });
    fresh.apply(all[0].since());
    assert.equal(JSON.stringify(fresh.drawing), told, `seed ${from}`);
  }
});
