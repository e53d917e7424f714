// The result pane's words: ranges of time, why something waits, and a favourite that is one wherever it is shown.
import assert from "node:assert/strict";
import test from "node:test";

import { Actions } from "../../static/js/studio/actions.js";
import { left, rangeInWords } from "../../static/js/studio/panels/times.js";
import { nextSet } from "../../static/js/studio/panels/marks.js";
import { Tray } from "../../static/js/studio/panels/tray.js";
import { weighted } from "../../static/js/studio/panels/weights.js";
import { styled } from "../../static/js/studio/panels/styles.js";
import { priced, priceInWords } from "../../static/js/studio/panels/price.js";
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

test("the price is told in plain words with what is left of the day", () => {
  assert.equal(priceInWords({ cost: 4.2, left: 3300, refusal: null }), "Takes about 4 s of computing · 55 min left today");
  assert.equal(priceInWords({ cost: 0.2, left: 31.9, refusal: null }), "Takes less than a second of computing · 31 s left today");
  assert.equal(priceInWords({ cost: 4.2, left: null, refusal: null }), "Takes about 4 s of computing");
  assert.equal(priceInWords({ cost: 900, left: 100, refusal: { code: "too_expensive", message: "Too much." } }), "Too much.");
  assert.equal(priceInWords({ cost: null, left: 100, refusal: { code: "invalid", message: "No." } }), "");
  assert.deepEqual(priced({ prompt: "secret", seed: 3, steps: 4, width: 64 }), { steps: 4, width: 64 });
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

test("words get more and less weight, and at 1 they need no brackets", () => {
  const at = (text, start, end = start) => ({ text, start, end });
  const word = weighted(at("a red house", 4), 1);
  assert.deepEqual(word, { text: "a (red:1.1) house", start: 3, end: 6 });
  assert.deepEqual(weighted(word, 1), { text: "a (red:1.2) house", start: 3, end: 6 });
  assert.deepEqual(weighted(word, -1), { text: "a red house", start: 2, end: 5 });
  assert.equal(weighted(at("a red house ", 2, 12), -1).text, "a (red house:0.9) ", "the space after them stays outside");
  assert.equal(weighted(at("(x:2)", 2), 1).text, "(x:2)", "there is an end to it");
  assert.equal(weighted(at("(x:0.1)", 2), -1).text, "(x:0.1)");
  assert.equal(weighted(at("红房子，蓝天", 1), 1).text, "(红房子:1.1)，蓝天");
  assert.equal(weighted(at("a , b", 2), 1), null);
});

test("a set of variations and its marks are there after a reload, also under another command", (context) => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  context.after(() => delete globalThis.localStorage);
  let sent = 0;
  const actions = { generate: () => `c${(sent += 1)}`, repeat: (entry, change) => change };
  const tray = new Tray(actions, "tray");
  const command = tray.open({ params: { steps: 20, count: 2, strength: 0.5 } });
  tray.setMark(command, 3, 1);
  tray.renamed(command, "again");
  for (const name of [command, "again"]) {
    const after = new Tray(actions, "tray");
    assert.ok(after.has(name) && after.marked(name));
    assert.equal(after.mark(name, 3), 1);
    assert.deepEqual(after.choose({ command: name, params: { seed: 7 } }, 3), { steps: 20, count: 1, seed: 10 });
  }
  for (let more = 0; more < 12; more += 1) tray.open({ params: { steps: 20, count: 1 } });
  assert.equal(new Tray(actions, "tray").has(command), false, "the oldest go");
});

test("what is wanted first takes the place of what waits, which is asked for again behind it", () => {
  const store = new Store("b1");
  const entry = (id, state, board = "b1") => [id, { id, command: `c-${id}`, state, board, tool: "t", model: "m", params: { prompt: id }, inputs: {} }];
  store.generations = new Map([entry("now", "running"), entry("one", "queued"), entry("two", "queued"), entry("other", "queued", "b2")]);
  store.setConnection("online");
  const actions = new Actions(store, "ws://localhost/");
  const sent = [];
  actions.socket = { send: (command) => sent.push(command.generation ?? command.params.prompt) };
  const moved = [];
  const command = actions.generateFirst({ tool: "t", model: "m", params: { prompt: "first" } }, (before, after) => moved.push([before, after]));
  assert.deepEqual(sent, ["one", "two", "first", "one", "two"]);
  assert.equal([...store.outbox.keys()][0], command);
  assert.deepEqual(moved, [["c-one", [...store.outbox.keys()][1]], ["c-two", [...store.outbox.keys()][2]]]);
  store.setConnection("offline");
  sent.length = 0;
  actions.generateFirst({ tool: "t", model: "m", params: { prompt: "first" } }, () => assert.fail());
  assert.deepEqual(sent, ["first"], "nothing is given up where nobody would hear of it");
});

test("what is taken back before the server has answered is cancelled when it does", () => {
  const store = new Store("b1");
  const actions = new Actions(store, "ws://localhost/");
  const sent = [];
  const { onEvent } = actions.socket.hooks;
  actions.socket = { send: (command) => sent.push(command) };
  const command = actions.generate({ tool: "t", model: "m", params: {} });
  actions.withdraw(command);
  assert.equal(store.outbox.size, 0);
  onEvent({ type: "queued", seq: 1, generation: { id: "g1", command, state: "queued", params: {}, created_at: "2026-01-01T00:00:00Z" } }, null);
  assert.deepEqual(sent.at(-1), { type: "cancel", generation: "g1" });
});
