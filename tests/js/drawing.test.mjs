// Sizes, files and words around the drawing.
import assert from "node:assert/strict";
import test from "node:test";

import { CHOICES, chooseExport } from "../../static/js/lib/exports.js";
import { boardSize, contain, nextSize } from "../../static/js/lib/geometry.js";
import { shapeOf, sizesFor } from "../../static/js/lib/sizes.js";
import { ordinal, placeInWords } from "../../static/js/lib/words.js";
import { EXAMPLES } from "../../static/js/studio/examples.js";
import { describe } from "../../static/js/studio/panels/wording.js";

test("the board's longest side is 512 whatever the picture's size", () => {
  assert.deepEqual(boardSize(128, 128), { width: 512, height: 512 });
  assert.deepEqual(boardSize(1024, 768), { width: 512, height: 384 });
  assert.deepEqual(boardSize(72, 128), { width: 288, height: 512 });
});

test("a picture fits into the board without being cut", () => {
  assert.deepEqual(contain({ width: 100, height: 50 }, { width: 512, height: 512 }), { x: 0, y: 128, width: 512, height: 256 });
});

test("the brush keys stay within the slider", () => {
  assert.equal(nextSize(1, -1), 1);
  assert.equal(nextSize(96, 1), 96);
  assert.ok(nextSize(50, 1) - 50 > nextSize(5, 1) - 5);
});

test("the first file that is small enough is taken", async () => {
  const sizes = { "image/png": 900, "image/webp": 300, "image/jpeg": 100 };
  const encode = async (choice) => new Blob([new Uint8Array(sizes[choice.type])], { type: choice.type });
  assert.equal((await chooseExport(encode, 1000)).type, "image/png");
  assert.equal((await chooseExport(encode, 500)).type, "image/webp");
  await assert.rejects(chooseExport(encode, 50), /too_large/);
});

test("a browser without WebP ends with JPEG, not with a large PNG", async () => {
  const encode = async ({ type }) => {
    const real = type === "image/webp" ? "image/png" : type;
    return new Blob([new Uint8Array(real === "image/png" ? 900 : 100)], { type: real });
  };
  assert.equal((await chooseExport(encode, 500)).type, "image/jpeg");
  assert.equal(await chooseExport(async () => null, 500).catch((error) => error.message), "too_large");
  assert.equal(CHOICES[0].type, "image/png");
});

test("every offered size suits the model", () => {
  const sizes = sizesFor({ width: 128, height: 128 }, 256);
  assert.deepEqual(sizes[0], { shape: "square", width: 128, height: 128 });
  for (const { width, height } of sizes) {
    assert.equal(width % 8, 0);
    assert.equal(height % 8, 0);
    assert.ok(Math.max(width, height) <= 256 && Math.min(width, height) >= 64);
  }
  assert.deepEqual(sizesFor({ width: 640, height: 448 }, 640)[0], { shape: "square", width: 640, height: 448 });
});

test("a size from elsewhere is named by its shape", () => {
  assert.deepEqual([[512, 512], [512, 384], [384, 512], [512, 288], [288, 512]].map(([w, h]) => shapeOf(w, h)),
    ["square", "landscape", "portrait", "wide", "tall"]);
});

test("places in the queue are words", () => {
  assert.equal(placeInWords(1, "en"), "You are next");
  assert.equal(placeInWords(3, "en"), "3rd in line");
  assert.deepEqual([2, 11, 22, 103].map((n) => ordinal(n)), ["2nd", "11th", "22nd", "103rd"]);
  assert.equal(ordinal(3, "zh-hans"), "3");
});

test("the bar tells the real steps of all pictures", () => {
  const entry = { state: "running", stage: "denoising", step: 3, total: 9, index: 2, count: 4, steps: { 0: 9, 1: 5, 2: 3 }, works: [] };
  const { title, detail, step, total } = describe(entry);
  assert.equal(title, "Painting");
  assert.equal(detail, "4 pictures · step 17 of 36");
  assert.deepEqual([step, total], [17, 36]);
  assert.equal(describe({ ...entry, stage: "decoding" }).title, "Painting", "one is developed, the others still step");
});

test("what another server makes without saying how far it is has no number, and what it usually takes", () => {
  const entry = { state: "running", stage: "remote", step: 0, total: 9, index: 0, count: 1, steps: { 0: 0 }, works: [], expected: [7, 9] };
  assert.deepEqual(describe(entry), { title: "Being painted on another server", detail: "usually 7 to 9 s", tone: "busy", step: null, total: null });
  assert.equal(describe({ ...entry, expected: null }).detail, "");
  assert.equal(describe({ ...entry, total: 4, steps: { 0: 2 } }).step, null, "partial pictures are no measure either");
});

test("a stage without steps has no number, and a failure has its words", () => {
  assert.equal(describe({ state: "running", stage: "loading", total: 9, count: 1, works: [] }).step, null);
  assert.deepEqual(describe({ state: "failed", error: { message: "Too large" }, works: [] }).title, "Too large");
  assert.equal(describe({ state: "sending", works: [] }, { online: false }).title, "Will be sent when the connection is back");
});

test("there are ten examples in each language", () => {
  assert.deepEqual(Object.values(EXAMPLES).map((list) => list.length), [10, 10]);
});
