// Greys of photos, and whether one has colours of its own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { coloured, greyed } from "../../static/js/lib/grey.js";

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
