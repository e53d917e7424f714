// The editor's pure parts: an edit as a state and as operations, and the crop frame's geometry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { box, centred, moved, resized, straightened } from "../../static/js/studio/editing/geometry.js";
import { mirrored, operationsOf, stateOf, turned, untouched } from "../../static/js/studio/editing/recipe.js";

const CROP = { x: 0.1, y: 0.2, width: 0.5, height: 0.3 };
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const same = (a, b) => Object.keys(b).forEach((name) => near(a[name], b[name]));

test("what was not touched is no operation", () => {
  assert.deepEqual(operationsOf(untouched()), []);
  const state = untouched();
  state.caption.text = "   ";
  state.filter.amount = 0;
  state.filter.name = "mono";
  assert.deepEqual(operationsOf(state), []);
});

test("operations come in the server's order and become the same state again", () => {
  const state = { ...untouched(), quarters: 3, across: true, degrees: -4, crop: CROP };
  state.adjust.contrast = 0.5;
  state.filter = { name: "fade", amount: 0.4 };
  state.caption.text = "小船";
  const operations = operationsOf(state);
  assert.deepEqual(operations.map(({ kind }) => kind), ["turn", "flip", "straighten", "crop", "adjust", "filter", "caption"]);
  assert.deepEqual(operationsOf(stateOf(operations)), operations);
  assert.deepEqual(stateOf(operations), state);
});

test("four quarters, or one there and one back, change nothing", () => {
  let state = { ...untouched(), across: true, crop: CROP };
  for (let n = 0; n < 4; n++) state = turned(state, 1);
  assert.equal(state.quarters, 0);
  same(state.crop, CROP);
  same(turned(turned(state, 1), -1).crop, CROP);
});

test("a mirror twice changes nothing and takes the crop along", () => {
  const state = { ...untouched(), degrees: 5, crop: CROP };
  const once = mirrored(state, "across");
  assert.equal(once.degrees, -5);
  near(once.crop.x, 0.4);
  same(mirrored(once, "across").crop, CROP);
});

test("straightening keeps the proportions and cuts the corners away", () => {
  assert.deepEqual(straightened({ width: 300, height: 200 }, 0), { width: 300, height: 200 });
  const { width, height } = straightened({ width: 300, height: 200 }, 20);
  assert.ok(width < 300 && Math.abs(width / height - 1.5) < 0.02);
});

test("a crop is at least one pixel and never leaves the picture", () => {
  assert.deepEqual(box({ x: 0.99, y: 0.99, width: 0.01, height: 0.01 }, { width: 3, height: 3 }), { x: 2, y: 2, width: 1, height: 1 });
  assert.deepEqual(box(CROP, { width: 100, height: 100 }), { x: 10, y: 20, width: 50, height: 30 });
});

test("the frame stays inside however far it is dragged", () => {
  assert.deepEqual(moved(CROP, 9, -9), { ...CROP, x: 0.5, y: 0 });
  for (const corner of ["nw", "ne", "sw", "se"]) {
    for (const by of [-2, 2]) {
      for (const ratio of [null, 0.5, 3]) {
        const { x, y, width, height } = resized(CROP, corner, by, by, ratio);
        assert.ok(x >= -1e-9 && y >= -1e-9 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9 && width > 0 && height > 0);
        if (ratio) near(width / height, ratio);
      }
    }
  }
});

test("proportions are those of the result, as large as fits", () => {
  const crop = centred(1, { width: 200, height: 100 });
  assert.deepEqual(crop, { x: 0.25, y: 0, width: 0.5, height: 1 });
});
