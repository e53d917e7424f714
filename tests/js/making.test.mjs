// The result pane's words: ranges of time, why something waits, and a favourite that is one wherever it is shown.
import assert from "node:assert/strict";
import test from "node:test";

import { left, rangeInWords } from "../../static/js/studio/panels/times.js";
import { nextSet } from "../../static/js/studio/panels/marks.js";
import { styled } from "../../static/js/studio/panels/styles.js";
import { describe } from "../../static/js/studio/panels/wording.js";
import { Store } from "../../static/js/studio/store.js";

const queued = (position, more = {}) => ({ state: "queued", position, count: 1, total: 10, works: [], expected: null, ...more });

test("a range of time is told as exactly as anybody wants to know", () => {
  assert.equal(rangeInWords([0.2, 0.8]), "less than a second");
  assert.equal(rangeInWords([4.2, 7.4]), "4 to 7 s");
  assert.equal(rangeInWords([4.9, 5.2]), "about 5 s");
  assert.equal(rangeInWords([22, 38]), "20 to 40 s");
  assert.equal(rangeInWords([50, 130]), "1 to 2 min");
  assert.equal(rangeInWords(null), "");
});

test("what is left shrinks with what is done and never goes below nothing", () => {
  assert.deepEqual(left([4, 8], 0.5), [2, 4]);
  assert.deepEqual(left([4, 8], 1.5), [0, 0]);
  assert.equal(left(null, 0.5), null);
});

test("somebody who waits is told why, when it will start, and how long it will take", () => {
  const wait = { code: "others", params: { people: 2 }, message: "2 other people come first" };
  assert.equal(describe(queued(3, { wait })).detail, "2 other people come first");
  assert.equal(describe(queued(3, { wait, starts_in: [20, 40], expected: [4, 6] })).detail, "2 other people come first · starts in 20 to 40 s · then 4 to 6 s");
  assert.equal(describe(queued(3)).detail, "");
  assert.equal(describe(queued(1)).title, "You are next");
});

test("the newest reason takes the place of the one before", () => {
  const store = new Store();
  store.apply({ type: "snapshot", seq: 1, generations: [{ id: "a", command: "a", state: "queued", position: 2, params: {}, works: [], wait: { code: "own" } }] });
  store.apply({ type: "stage", generation: "a", stage: "waiting", position: 1, wait: { code: "next", message: "soon" }, starts_in: [1, 2] });
  const { wait, position, starts_in: startsIn } = store.generations.get("a");
  assert.deepEqual([wait.code, position, startsIn], ["next", 1, [1, 2]]);
});

test("a running one tells its step and the time that is left", () => {
  const entry = { state: "running", stage: "denoising", count: 2, total: 10, steps: { 0: 5, 1: 5 }, works: [], expected: [6, 10] };
  assert.equal(describe(entry).detail, "2 pictures · step 10 of 20 · 3 to 5 s left");
});

test("a favourite is marked in the generation that made it and nowhere else", () => {
  const store = new Store();
  const view = (id) => ({ id, command: id, state: "finished", params: {}, works: [{ id: `w-${id}`, favourite: false }] });
  store.apply({ type: "snapshot", seq: 1, generations: [view("a"), view("b")] });
  store.marked("w-a", true);
  assert.equal(store.generations.get("a").works[0].favourite, true);
  assert.equal(store.generations.get("b").works[0].favourite, false);
});

test("a style goes around the words and adds to what is avoided", () => {
  const style = { prompt: "fog, {prompt}, oil", negative_prompt: "sun" };
  assert.deepEqual(styled({ prompt: "a $& hill", negative_prompt: "" }, style), { prompt: "fog, a $& hill, oil", negative_prompt: "sun" });
  assert.equal(styled({ prompt: "", negative_prompt: "x" }, { prompt: "{prompt}, oil", negative_prompt: "y" }).prompt, "oil");
  const plain = { prompt: "a", negative_prompt: "b" };
  assert.equal(styled(plain, null), plain);
});

const fixed = { seed: 99, random: () => 0.5 }; // strays nowhere

test("the next set begins with the better picture and stays near its numbers", () => {
  const params = { seed: 10, strength: 0.6, guidance_scale: 5 };
  const history = [{ strength: 0.6, guidance_scale: 5, mark: 1 }];
  assert.deepEqual(nextSet(params, new Map([[2, 1]]), history, fixed), { seed: 12, strength: 0.6, guidance_scale: 5 });
  const strayed = nextSet(params, new Map([[2, 1]]), history, { seed: 99, random: () => 1 });
  assert.deepEqual(strayed, { seed: 12, strength: 0.66, guidance_scale: 5.5 });
});

test("the next set moves away from what was worse, within the limits", () => {
  const history = [{ strength: 0.9, guidance_scale: 8, mark: 1 }, { strength: 0.5, guidance_scale: 4, mark: -1 }];
  assert.deepEqual(nextSet({ seed: 1, strength: 0.9, guidance_scale: 8 }, new Map([[0, 1]]), history, fixed), { seed: 1, strength: 1, guidance_scale: 10 });
});

test("when all was worse the next set is elsewhere; without strength none is made up", () => {
  const change = nextSet({ seed: 1, guidance_scale: 5 }, new Map([[0, -1]]), [{ guidance_scale: 5, mark: -1 }], { seed: 99, random: () => 0 });
  assert.deepEqual(change, { seed: 99, guidance_scale: 3.5 });
});
