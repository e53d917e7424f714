// What an older Brushwire kept of a drawing becomes a document: the same picture, undo included, and its time-lapse.
import assert from "node:assert/strict";
import test from "node:test";

import { Acts } from "../../static/js/studio/canvas/acts.js";
import { Document } from "../../static/js/studio/canvas/document.js";
import { newDrawing, newLayer } from "../../static/js/studio/canvas/drawing.js";
import { retell } from "../../static/js/studio/canvas/takeover.js";

const stroke = (id) => ({ id, kind: "stroke", tool: "brush", color: "#1f2328", size: 8, opacity: 1, points: [0, 0, 1] });
const look = ({ drawing }) => drawing.layers.map(({ name, marks }) => [name, names(marks)]);
const names = (marks) => marks.map((mark) => (mark.kind === "group" ? names(mark.marks) : mark.id));

/** As it lay in the browser: a base, what was done, how much of it stands. */
function older(operations, undone = 0) {
  const base = newDrawing({ width: 512, height: 384 });
  Object.assign(base.layers[0], { id: "paper", name: "Paper", marks: [stroke("a")] });
  const entries = operations.map((operation, n) => ({ id: `entry${n}`, operation }));
  return { base, entries, cursor: entries.length - undone };
}
const taken = (kept) => {
  const document = new Document({ author: 3 });
  return { document, after: retell(document, kept) };
};

test("an older board is taken over with its undo, and what was undone stays away", () => {
  const { document, after } = taken(older([
    { do: "mark", layer: "paper", mark: stroke("b") },
    { do: "add", layer: newLayer({ id: "sky", name: "Sky" }) },
    { do: "mark", layer: "sky", mark: stroke("c") },
    { do: "set", layer: "sky", change: { opacity: 0.5 } },
    { do: "mark", layer: "sky", mark: stroke("d") },
  ], 1));
  assert.deepEqual([look(document), document.drawing.height, document.drawing.layers[1].opacity], [[["Paper", ["a", "b"]], ["Sky", ["c"]]], 384, 0.5]);
  assert.deepEqual([...after], [[null, "a"], ["entry0", "b"], ["entry1", "b"], ["entry2", "c"], ["entry3", "c"]]);
  const times = document.drawing.layers.flatMap(({ marks }) => marks.map(({ t }) => t));
  assert.deepEqual(times, times.toSorted());
  assert.ok(new Set(times).size === 3 && Math.max(...times) <= Date.now());
  for (let n = 0; n < 4; n += 1) document.undo();
  assert.deepEqual([look(document), document.canUndo], [[["Paper", ["a"]]], false]);
});

test("layers that were merged, and drawn on afterwards, look as they did", () => {
  const { document } = taken(older([
    { do: "add", layer: newLayer({ id: "sky", name: "Sky" }) },
    { do: "mark", layer: "sky", mark: stroke("b") },
    { do: "merge", layer: "sky", ids: ["g1", "g2"] },
    { do: "mark", layer: "paper", mark: stroke("c") },
    { do: "add", layer: newLayer({ id: "sea", name: "Sea" }) },
    { do: "mark", layer: "sea", mark: stroke("d") },
    { do: "merge", layer: "sea", ids: ["g3", "g4"] },
    { do: "mark", layer: "paper", mark: stroke("e") },
    { do: "clear", layer: "gone" },
  ]));
  assert.deepEqual(look(document), [["Paper", [[["a"], ["b"], "c"], ["d"], "e"]]]);
});

test("a version that was laid over the board has its own layers, whatever they were called", () => {
  const version = newDrawing({ width: 512, height: 384 });
  Object.assign(version.layers[0], { id: "paper", name: "Old paper", marks: [stroke("a")] });
  const { document } = taken(older([
    { do: "replace", drawing: version },
    { do: "mark", layer: "paper", mark: stroke("b") },
    { do: "all", operations: [{ do: "mark", layer: "paper", mark: stroke("c") }] },
  ]));
  const [[name, marks]] = look(document);
  assert.deepEqual([name, marks.length, marks.slice(1)], ["Old paper", 3, ["b", "c"]]);
  document.undo();
  document.undo();
  document.undo();
  assert.deepEqual(look(document), [["Paper", ["a"]]]);
});

test("two windows of one person have the same acts, also when both drew at once", () => {
  const act = (id) => ({ id, steps: [] });
  const ids = ({ list, cursor }) => [list.map(({ id }) => id), cursor];
  const told = (acts) => {
    const from = Math.min(acts.changedFrom, acts.list.length);
    acts.changedFrom = Infinity;
    return { from, list: acts.list.slice(from), cursor: acts.cursor };
  };
  const [one, two] = [new Acts(), new Acts()];
  one.push(act("a"));
  two.follow(told(one));
  one.push(act("b"));
  two.push(act("c"));
  two.follow(told(one));
  one.follow(told(two));
  assert.deepEqual([ids(one), ids(two)], [[["a", "b", "c"], 3], [["a", "b", "c"], 3]]);
  one.cursor = 1;
  two.follow(told(one));
  assert.deepEqual(ids(two), [["a", "b", "c"], 1]);
  two.push(act("d"));
  one.follow(told(two));
  assert.deepEqual(ids(one), [["a", "d"], 2]);
  const late = new Acts([act("x")]);
  late.become([act("a"), act("b")], 1);
  assert.deepEqual(ids(late), [["a", "x"], 2]);
});
