// Which moments a replay shows, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { after, lengthOf, momentsOf } from "../../static/js/studio/timelapse/moments.js";

const did = (...names) => names.map((name) => ({ operation: { do: name } }));

test("a replay shows every change that is not undone, and no change of size", () => {
  assert.deepEqual(momentsOf([], 0), [0]);
  assert.deepEqual(momentsOf(did("mark", "size", "mark", "clear", "mark"), 4), [0, 1, 3, 4]);
});

test("a long drawing takes as long as its speed says, a short one half a second a change", () => {
  assert.equal(lengthOf(4000, "normal"), 12);
  assert.equal(lengthOf(3, "slow"), 1.5);
  assert.ok(lengthOf(4000, "fast") < lengthOf(4000, "slow"));
});

test("time adds up to the end and stays there", () => {
  let at = 0;
  for (let n = 0; n < 12 * 60 - 1; n++) at = after(at, 1 / 60, 1000, "normal");
  assert.ok(at > 990 && at < 1000);
  assert.equal(after(at, 1, 1000, "normal"), 1000);
  assert.equal(after(0, 1, 0, "normal"), 0);
});
