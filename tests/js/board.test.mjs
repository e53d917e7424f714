// The board's pure parts: what can be asked of a drawing, regions, and how it is looked at.
import assert from "node:assert/strict";
import test from "node:test";

import { isBlank, newDrawing, newLayer, picturesOf } from "../../static/js/studio/canvas/drawing.js";
import { flood, grown, outlines } from "../../static/js/studio/canvas/flood.js";
import { around, at, boxOf, inside, invert, multiply, regular, simplify, translation } from "../../static/js/studio/canvas/shapes.js";
import { leastMissed } from "../../static/js/studio/canvas/snapshots.js";
import { STRAIGHT, pinched, seen, snapped, turns, unseen, zoomed } from "../../static/js/studio/canvas/view.js";
import { combination, matches, table, withOwn } from "../../static/js/studio/panels/keys.js";

let count = 0;
const stroke = (more = {}) => ({ id: `m${(count += 1)}`, kind: "stroke", tool: "brush", color: "#1f2328", size: 8, opacity: 1, points: [0, 0, 1], ...more });
test("only what can be seen makes a layer worth sending", () => {
  assert.ok(isBlank(newLayer()));
  assert.ok(isBlank(newLayer({ marks: [stroke({ tool: "eraser" })] })));
  assert.equal(isBlank(newLayer({ marks: [stroke(), stroke({ tool: "eraser" })] })), false);
});

test("pictures are found inside merged layers too", () => {
  const picture = (id) => ({ id, kind: "picture", picture: id, width: 1, height: 1 });
  const drawing = newDrawing();
  drawing.layers[0].marks.push(picture("p1"), { id: "g", kind: "group", opacity: 1, marks: [picture("p2")] });
  assert.deepEqual([...picturesOf(drawing)], ["p1", "p2"]);
});

test("matrices undo each other, and turning keeps the centre", () => {
  const m = multiply(translation(3, 4), around({ x: 10, y: 5 }, 1, 2, 3));
  const { x, y } = at(invert(m), at(m, { x: 7, y: -2 }));
  assert.ok(Math.abs(x - 7) < 1e-9 && Math.abs(y + 2) < 1e-9);
  const centre = at(around({ x: 10, y: 5 }, 2, 1.5), { x: 10, y: 5 });
  assert.ok(Math.abs(centre.x - 10) < 1e-9 && Math.abs(centre.y - 5) < 1e-9);
});

test("a region knows its box and what lies in it", () => {
  const ring = [[0, 0, 10, 0, 10, 10, 0, 10], [3, 3, 7, 3, 7, 7, 3, 7]];
  assert.deepEqual(boxOf(ring), { x: 0, y: 0, width: 10, height: 10 });
  assert.deepEqual([inside(ring, { x: 1, y: 1 }), inside(ring, { x: 5, y: 5 }), inside(ring, { x: 11, y: 5 })], [true, false, false]);
});

test("an outline loses only points that nobody misses", () => {
  assert.deepEqual(simplify([0, 0, 5, 0.1, 10, 0, 10, 10], 0.5), [0, 0, 10, 0, 10, 10]);
});

const SHEET = 40;
function sheet(dark) {
  const data = new Uint8ClampedArray(SHEET * SHEET * 4).fill(255);
  for (let y = 0; y < SHEET; y += 1) for (let x = 0; x < SHEET; x += 1) if (dark(x, y)) data.fill(0, (y * SHEET + x) * 4, (y * SHEET + x) * 4 + 3);
  return data;
}
const onFrame = (x, y) => Math.max(Math.abs(x - 20), Math.abs(y - 20)) === 10;
const area = (region) => region.reduce((sum, each) => sum + each, 0);

test("a fill stays within its line, and its outline encloses just that", () => {
  const inner = flood(sheet(onFrame), SHEET, SHEET, 20, 20, 40);
  assert.equal(area(inner), 19 * 19);
  assert.deepEqual(outlines(inner, SHEET, SHEET, 0.5), [[11, 11, 30, 11, 30, 30, 11, 30]]);
  assert.equal(area(grown(inner, SHEET, SHEET)), 19 * 19 + 4 * 19);
});

test("a fill around something leaves a hole", () => {
  const around = flood(sheet(onFrame), SHEET, SHEET, 0, 0, 40);
  assert.equal(area(around), SHEET * SHEET - 21 * 21);
  const loops = outlines(around, SHEET, SHEET, 0.5);
  assert.equal(loops.length, 2);
  const centre = (x, y) => inside(loops, { x: x + 0.5, y: y + 0.5 });
  for (let y = 0; y < SHEET; y += 1) for (let x = 0; x < SHEET; x += 1) assert.equal(centre(x, y), around[y * SHEET + x] === 1);
});

test("whatever the region, its outlines hold exactly its pixels", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const region = Uint8Array.from({ length: SHEET * SHEET }, () => (random() < 0.55 ? 1 : 0));
  const loops = outlines(region, SHEET, SHEET, 0);
  for (let y = 0; y < SHEET; y += 1) {
    for (let x = 0; x < SHEET; x += 1) assert.equal(inside(loops, { x: x + 0.5, y: y + 0.5 }), region[y * SHEET + x] === 1);
  }
});

test("regular shapes are squares, and lines in steps of 15 degrees", () => {
  assert.deepEqual(regular("rectangle", { x: 0, y: 0 }, { x: 5, y: -9 }), { x: 9, y: -9 });
  const { x, y } = regular("line", { x: 0, y: 0 }, { x: 10, y: 1 });
  assert.ok(Math.abs(y) < 1e-9 && x > 10);
});

test("what is seen there is what lies here, however the board is looked at", () => {
  const look = { x: 12, y: -7, scale: 2.5, angle: 0.6, mirror: true };
  const point = unseen(look, seen(look, { x: 31, y: -4 }));
  assert.ok(Math.abs(point.x - 31) < 1e-9 && Math.abs(point.y + 4) < 1e-9);
});

test("zooming and pinching keep what is under the fingers", () => {
  const spot = { x: 40, y: -30 };
  const before = unseen(STRAIGHT, spot);
  const closer = zoomed(STRAIGHT, spot, 3);
  assert.deepEqual(unseen(closer, spot), before);
  assert.equal(zoomed(STRAIGHT, spot, 1e6).scale, 16);
  const fingers = [{ x: 0, y: 0 }, { x: 10, y: 0 }];
  const after = [{ x: 5, y: 5 }, { x: 5, y: 25 }];
  const look = pinched(closer, fingers, after);
  fingers.forEach((finger, n) => {
    const [was, is] = [unseen(closer, finger), unseen(look, after[n])];
    assert.ok(Math.hypot(was.x - is.x, was.y - is.y) < 1e-9);
  });
});

test("a little turning is not meant, and nearly straight is straight", () => {
  const fingers = [{ x: 0, y: 0 }, { x: 100, y: 0 }];
  assert.equal(turns(fingers, [{ x: 0, y: 0 }, { x: 100, y: 5 }]), false);
  assert.equal(turns(fingers, [{ x: 0, y: 0 }, { x: 100, y: 40 }]), true);
  assert.equal(snapped(0.05), 0);
  assert.equal(snapped(Math.PI / 2 - 0.05), Math.PI / 2);
  assert.equal(snapped(0.5), 0.5);
});

test("snapshots stay close together where undo is likely", () => {
  const counts = [24, 48, 72, 96, 120, 144];
  assert.equal(leastMissed(counts), 0);
  assert.ok(leastMissed([24, 200, 224, 248, 400, 424]) < 4);
});

test("keys are what the table says", () => {
  const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  assert.ok(matches(["Ctrl", "Z"], press("z", { ctrlKey: true })));
  assert.ok(matches(["Ctrl", "Z"], press("z", { metaKey: true })));
  assert.equal(matches(["Ctrl", "Z"], press("Z", { ctrlKey: true, shiftKey: true })), false);
  assert.ok(matches(["?"], press("?", { shiftKey: true })));
  assert.ok(matches(["Esc"], press("Escape")));
  assert.equal(matches(["B"], press("b", { ctrlKey: true })), false);
  assert.ok(matches(["Alt", "↑"], press("ArrowUp", { altKey: true })));
  assert.equal(matches(["Ctrl", "↑"], press("ArrowUp", { ctrlKey: true, shiftKey: true })), false, "which selects words");
  for (const keys of [["Ctrl", "Shift", "X"], ["?"], ["Alt", "↓"], ["Esc"], ["Del"], ["F5"], ["Shift", "Enter"]]) {
    const named = { "↓": "ArrowDown", Esc: "Escape", Del: "Delete" };
    const held = { ctrlKey: keys.includes("Ctrl"), altKey: keys.includes("Alt"), shiftKey: keys.includes("Shift") || keys[0] === "?" };
    assert.deepEqual(combination(press(named[keys.at(-1)] ?? keys.at(-1), held)), keys);
  }
  assert.equal(combination(press("Shift", { shiftKey: true })), null);
});

test("no two rows of the table have the same keys, and each has a name of its own", () => {
  const rows = table({ tool() {} }).filter((row) => row.keys && (row.name ?? "move") !== "move" && row.name);
  const all = rows.flatMap((row) => row.keys.map((keys) => keys.join("+")));
  assert.equal(new Set(all).size, all.length);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
});

test("a person's own key takes the place of the table's, and is taken from whatever had it", () => {
  const of = (name) => withOwn(table({ tool() {} , undo() {} , redo() {} }), { brush: [["E"]] }).find((row) => row.name === name).keys;
  assert.deepEqual(of("brush"), [["E"]]);
  assert.deepEqual(of("eraser"), []);
  assert.deepEqual(of("line"), [["L"]]);
});
