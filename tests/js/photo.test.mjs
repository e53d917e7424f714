// Greys of photos, whether one has colours of its own, and what is painted over one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { middleOf } from "../../static/js/lib/geometry.js";
import { coloured, greyed } from "../../static/js/lib/grey.js";
import { pictureOf } from "../../static/js/studio/canvas/drawing.js";

const filled = (count, colour) => Uint8ClampedArray.from(Array.from({ length: count }, (_unused, n) => colour(n)).flat());

test("a grey photo, and one with a tint all over, have no colours", () => {
  assert.equal(coloured(filled(400, (n) => [n % 256, n % 256, n % 256, 255])), false);
  assert.equal(coloured(filled(400, (n) => [100 + (n % 50) + 20, 100 + (n % 50), 100 + (n % 50) - 25, 255])), false);
});

test("a small part in colour is enough, a single speck is not", () => {
  const part = (share) => filled(400, (n) => (n < 400 * share ? [200, 60, 50, 255] : [120, 120, 120, 255]));
  assert.equal(coloured(part(0.05)), true);
  assert.equal(coloured(part(0.005)), false);
});

test("grey keeps how light and how transparent it is", () => {
  assert.deepEqual([...greyed(Uint8ClampedArray.from([255, 255, 255, 10, 0, 255, 0, 255]))], [255, 255, 255, 10, 182, 182, 182, 255]);
});

test("what is painted over a photo is cut to the photo where the board has another shape", () => {
  const [pixels, board] = [{ width: 1024, height: 1024 }, { width: 512, height: 512 }];
  assert.deepEqual(middleOf(pixels, board, { width: 512, height: 341 }), { width: 1024, height: 682, x: 0, y: -171 });
  assert.deepEqual(middleOf(pixels, board, { width: 600, height: 200 }), { width: 1200, height: 400, x: 88, y: -312 });
  assert.deepEqual(middleOf(pixels, board, board), { ...pixels, x: 0, y: 0 });
});

test("a picture is found wherever it lies in a drawing", () => {
  const photo = { kind: "picture", picture: "p", width: 512, height: 341 };
  const layers = [{ marks: [{ kind: "stroke" }] }, { marks: [{ kind: "group", marks: [photo] }] }];
  assert.equal(pictureOf({ layers }, "p"), photo);
  assert.equal(pictureOf({ layers }, "q"), null);
});
