// What becomes of the panel's values when another tool or model is chosen.
import assert from "node:assert/strict";
import test from "node:test";

import { fitting, paramsOf, sized, travelled } from "../../static/js/studio/panels/values.js";

const number = (name, value, more = {}) => ({ name, kind: "number", value, min: 0, max: 100, step: 1, personal: false, advanced: false, ...more });
const size = (side, maxSide = 1024) => ({ name: "size", kind: "size", value: { width: side, height: side }, maxSide, personal: false });
const text = (name) => ({ name, kind: "text", value: "", personal: true });
const sampler = (...names) => ({ name: "sampler", kind: "choice", value: "", choices: names.map((name) => [name, name]), personal: false });

test("another model brings its own numbers where nobody has set any", () => {
  const [before, next] = [[number("steps", 20), number("guidance", 7)], [number("steps", 4), number("guidance", 1)]];
  assert.deepEqual(travelled(before, next, { steps: 9, guidance: 7 }, {}, true), { steps: 9, guidance: 1 });
});

test("another model keeps the picture's proportions at the size it likes", () => {
  assert.deepEqual(travelled([size(512)], [size(1024)], { size: { width: 768, height: 512 } }, {}, true), { size: { width: 1024, height: 680 } });
  assert.deepEqual(sized(size(512), { width: 2, height: 2 }), { width: 512, height: 512 });
});

test("a tool that wants a number otherwise has its own, and gets back what was set with it", () => {
  const [sketch, outpaint] = [[number("strength", 0.6), number("steps", 20)], [number("strength", 0.95), number("steps", 20)]];
  assert.deepEqual(travelled(sketch, outpaint, { strength: 0.4, steps: 9 }, {}, false), { strength: 0.95, steps: 9 });
  assert.deepEqual(travelled(outpaint, sketch, { strength: 0.95, steps: 9 }, { strength: 0.4 }, false), { strength: 0.4, steps: 9 });
});

test("what a model cannot do becomes its own, and words and a missing number stay what they are", () => {
  const fields = [sampler("", "Euler"), text("prompt")];
  assert.deepEqual(travelled(fields, [sampler("", "DDIM"), text("prompt")], { sampler: "Euler", prompt: "a hill" }, {}, true), { sampler: "", prompt: "a hill" });
  assert.equal(fitting(number("steps", 4), null), undefined);
  assert.equal(fitting({ kind: "loras", adapters: [] }, [{ name: "gone", weight: 1 }]).length, 0);
});

test("the parameters are those of the tool's own fields, and none while a number is missing", () => {
  const fields = [text("prompt"), size(64), number("steps", 8)];
  assert.deepEqual(paramsOf(fields, { prompt: " a hill ", strength: 0.5 }), { prompt: "a hill", width: 64, height: 64, steps: 8 });
  assert.equal(paramsOf(fields, { steps: null }), null);
});
