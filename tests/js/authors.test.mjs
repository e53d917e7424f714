// Who drew what in a replay: people, their colours, where a mark ends, and who drew since when.
import assert from "node:assert/strict";
import test from "node:test";

import { Authors, drewBetween, endOf } from "../../static/js/studio/timelapse/authors.js";

const stroke = (id, by, t) => ({ id, kind: "stroke", tool: "brush", color: "#000000", size: 4, opacity: 1, points: [0, 0, 1, 9, -7, 0.5], by, t });
const entry = (mark) => ({ id: mark.id, layer: "l", mark, by: mark.by, t: mark.t });
const KNOWN = [{ user: 1, name: "alice", colour: "#c2410c" }, { user: 2, name: "bob", colour: "#1d4ed8" }];

test("everybody who drew is named, strangers too, in the order in which they began", () => {
  const authors = new Authors([stroke("a", 2, 1), stroke("b", 1, 2), stroke("c", 2, 3), stroke("d", 9, 4), { id: "old" }].map(entry), KNOWN, "somebody");
  assert.deepEqual(authors.all.map(({ name, marks }) => [name, marks]), [["bob", 2], ["alice", 1], ["somebody", 1], ["somebody", 1]]);
  assert.equal(authors.of({ by: 2 }).colour, "#1d4ed8");
  assert.equal(authors.of({ by: 5 }), null);
  assert.equal(authors.several, true);
  assert.equal(new Authors([entry(stroke("a", 1, 1))], KNOWN, "").several, false);
});

test("marks in their authors' colours: the same objects again, parts of merged layers too, pictures as they are", () => {
  const [a, b] = [stroke("a", 1, 1), stroke("b", 2, 2)];
  const picture = { id: "p", kind: "picture", picture: "x", width: 1, height: 1, by: 2, t: 3 };
  const drawing = { version: 1, width: 512, height: 512, layers: [{ id: "l", marks: [a, { id: "g", kind: "group", opacity: 0.5, marks: [b] }, picture] }] };
  const authors = new Authors([a, b, picture].map(entry), KNOWN, "");
  const once = authors.tint(drawing).layers[0].marks;
  const again = authors.tint(drawing).layers[0].marks;
  assert.deepEqual([once[0].color, once[1].marks[0].color], ["#c2410c", "#1d4ed8"]);
  assert.equal(once[2], picture);
  assert.ok(once.every((mark, n) => mark === again[n]));
  assert.equal(a.color, "#000000", "the board's own marks are not touched");
});

test("a mark ends where the hand left it", () => {
  assert.deepEqual(endOf(stroke("a", 1, 1)), { x: 9, y: -7 });
  assert.deepEqual(endOf({ kind: "line", from: [0, 0], to: [3, 4] }), { x: 3, y: 4 });
  assert.deepEqual(endOf({ kind: "area", loops: [[], [0, 0, 10, 0, 10, 20]] }), { x: 5, y: 10 });
  assert.deepEqual(endOf({ kind: "move", loops: [[0, 0, 10, 20]], matrix: [1, 0, 0, 1, 100, -1] }), { x: 105, y: 9 });
  assert.deepEqual(endOf({ kind: "picture" }), { x: 0, y: 0 });
  assert.equal(endOf({ kind: "group", marks: [] }), null);
});

test("who drew between two versions, most first", () => {
  const entries = [[1, 10], [2, 20], [2, 30], [1, 40]].map(([by, t]) => ({ by, t }));
  assert.deepEqual(drewBetween(entries, 10, 30), [2]);
  assert.deepEqual(drewBetween(entries, 10, null), [2, 1]);
  assert.deepEqual(drewBetween(entries, 40, null), []);
});
