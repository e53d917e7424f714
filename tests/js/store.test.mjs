// The store: absolute state, numbered events once each, a gap asks for what is missing.
import assert from "node:assert/strict";
import test from "node:test";

import { Store } from "../../static/js/studio/store.js";
import { entries, inView, ofBoard } from "../../static/js/studio/views.js";

const view = (id, more = {}) => ({
  id, command: `c-${id}`, tool: "text_to_image", model: "starter", params: { count: 1, width: 128, height: 128 }, state: "queued",
  stage: "waiting", step: 0, total: 12, index: 0, count: 1, position: 1, works: [], error: null, created_at: "2026-11-20T20:00:00Z", ...more,
});
const work = (index) => ({ id: `w${index}`, index, seed: 7, width: 128, height: 128, image: "/i", thumbnail: "/t", page: "/p" });

function storeWith(...views) {
  const store = new Store();
  store.apply({ type: "snapshot", seq: 10, generations: views });
  return store;
}

test("a generation goes from queued to finished", () => {
  const store = storeWith();
  assert.equal(store.apply({ type: "queued", seq: 11, generation: view("a") }), "applied");
  store.apply({ type: "started", seq: 12, generation: "a", attempt: 1 });
  store.apply({ type: "progress", generation: "a", stage: "denoising", step: 3, total: 12, index: 0, count: 1 });
  assert.equal(store.generations.get("a").step, 3);
  store.apply({ type: "finished", seq: 13, generation: "a", works: [work(0)], seconds: 1.5 });
  assert.equal(store.generations.get("a").state, "finished");
  assert.equal(store.generations.get("a").works.length, 1);
  assert.equal(store.active.length, 0);
});

test("an event that is known already changes nothing", () => {
  const store = storeWith(view("a"));
  store.apply({ type: "cancelled", seq: 11, generation: "a" });
  assert.equal(store.apply({ type: "queued", seq: 11, generation: view("a") }), "ignored");
  assert.equal(store.generations.get("a").state, "cancelled");
});

test("a gap in the numbers asks for the missing events and does not jump over them", () => {
  const store = storeWith();
  assert.equal(store.apply({ type: "queued", seq: 12, generation: view("b") }), "sync");
  assert.equal(store.seq, 10);
  assert.equal(store.generations.size, 0);
});

test("a heartbeat that is ahead asks for the missing events", () => {
  const store = storeWith();
  assert.equal(store.apply({ type: "heartbeat", seq: 10 }), "ignored");
  assert.equal(store.apply({ type: "heartbeat", seq: 11 }), "sync");
});

test("late progress does not wake an ended generation", () => {
  const store = storeWith(view("a"));
  store.apply({ type: "cancelled", seq: 11, generation: "a" });
  store.apply({ type: "progress", generation: "a", stage: "denoising", step: 5, total: 12, index: 0, count: 1 });
  store.apply({ type: "preview", generation: "a", index: 0, step: 5, total: 12, media_type: "image/jpeg" }, new Uint8Array(3));
  assert.equal(store.generations.get("a").state, "cancelled");
  assert.equal(store.generations.get("a").previews.size, 0);
  assert.equal(store.frames, 1, "a frame that is not shown is acknowledged all the same");
});

test("events of unknown generations are harmless", () => {
  const store = storeWith();
  for (const type of ["started", "finished", "failed", "cancelled", "requeued"]) {
    store.apply({ type, seq: store.seq + 1, generation: "nobody", works: [], error: { code: "internal" } });
  }
  store.apply({ type: "something_new", seq: store.seq + 1 });
  assert.equal(store.generations.size, 0);
});

test("a submit is sending until its generation is known", () => {
  const store = storeWith();
  store.submitted("c-a", { tool: "text_to_image", model: "starter", params: { count: 2 } });
  assert.deepEqual(entries(store).map((entry) => [entry.state, entry.count]), [["sending", 2]]);
  store.apply({ type: "queued", seq: 11, generation: view("a") });
  assert.deepEqual(entries(store).map((entry) => entry.state), ["queued"]);
});

test("a snapshot answers the submits it knows", () => {
  const store = new Store();
  store.submitted("c-a", { tool: "text_to_image", model: "starter", params: {} });
  store.submitted("c-z", { tool: "text_to_image", model: "starter", params: {} });
  store.apply({ type: "snapshot", seq: 3, generations: [view("a", { state: "running" })] });
  assert.deepEqual([...store.outbox.keys()], ["c-z"]);
});

test("a refused submit is gone and its reason is kept", () => {
  const store = storeWith();
  store.submitted("c-a", { tool: "text_to_image", model: "starter", params: {} });
  store.apply({ type: "rejected", id: "c-a", code: "invalid", message: "Please check", fields: { prompt: { message: "Write" } } });
  assert.equal(store.outbox.size, 0);
  assert.equal(store.rejection.fields.prompt.message, "Write");
});

test("a stage that serves all pictures does not change how many were asked for", () => {
  const store = storeWith(view("a", { params: { count: 4 }, count: 4 }));
  store.apply({ type: "stage", generation: "a", stage: "encoding", index: 0, count: 1, position: null });
  assert.equal(store.generations.get("a").count, 4);
});

test("requeued starts over", () => {
  const store = storeWith(view("a", { state: "running", stage: "denoising", step: 6 }));
  store.apply({ type: "requeued", seq: 11, generation: "a" });
  const { state, stage, step } = store.generations.get("a");
  assert.deepEqual({ state, stage, step }, { state: "queued", stage: "waiting", step: 0 });
});

test("previews survive a snapshot while it runs and go when it ends", () => {
  const store = storeWith(view("a", { state: "running" }));
  store.apply({ type: "preview", generation: "a", index: 0, step: 2, total: 12, media_type: "image/jpeg" }, new Uint8Array(3));
  store.apply({ type: "snapshot", seq: 12, generations: [view("a", { state: "running" })] });
  assert.equal(store.generations.get("a").previews.size, 1);
  store.apply({ type: "failed", seq: 13, generation: "a", error: { code: "out_of_memory", message: "Too large" } });
  assert.equal(store.generations.get("a").previews.size, 0);
  assert.equal(store.generations.get("a").error.message, "Too large");
});

test("old ended generations are forgotten, unfinished ones never", () => {
  const store = storeWith(view("waiting"));
  for (let n = 0; n < 60; n += 1) {
    store.apply({ type: "queued", seq: store.seq + 1, generation: view(`g${n}`) });
    store.apply({ type: "cancelled", seq: store.seq + 1, generation: `g${n}` });
  }
  assert.ok(store.generations.size <= 41);
  assert.ok(store.generations.has("waiting"));
});

test("what runs is in view unless another was chosen", () => {
  const store = storeWith(view("old", { state: "finished" }), view("now", { state: "running" }), view("next"));
  assert.equal(inView(entries(store), null).id, "now");
  assert.equal(inView(entries(store), "c-old").id, "old");
  assert.equal(inView([], null), null);
});

test("subscribers hear of every change until they stop", () => {
  const store = storeWith();
  let heard = 0;
  const stop = store.subscribe(() => (heard += 1));
  store.setConnection("online");
  store.setConnection("online");
  stop();
  store.setConnection("offline");
  assert.equal(heard, 1);
});

test("a board's filmstrip keeps what the socket no longer tells of, and nothing of other boards", () => {
  const store = new Store("b1");
  const at = (n) => ({ board: "b1", state: "finished", works: [work(0)], created_at: `2026-11-20T20:00:0${n}.000001+00:00` });
  store.apply({ type: "snapshot", seq: 1, generations: [view("c", at(3)), view("x", { ...at(4), board: "b-2" })] });
  store.results([view("c", at(3)), view("b", at(2)), view("a", at(1))]);
  const strip = () => ofBoard(entries(store), "b1").map((entry) => entry.id);
  assert.deepEqual(strip(), ["c", "b", "a"]);
  store.apply({ type: "snapshot", seq: 2, generations: [view("x", { ...at(4), board: "b-2" })] });
  assert.deepEqual(strip(), ["c", "b", "a"], "a reconnection forgets none");
  assert.equal(inView(entries(store), null, ofBoard(entries(store), "b1")).id, "c");
});

test("what was deleted elsewhere goes, and what finished after the question stays", () => {
  const store = new Store("b1");
  const at = (n) => ({ board: "b1", state: "finished", works: [work(0)], created_at: `2026-11-20T20:00:0${n}+00:00` });
  store.apply({ type: "snapshot", seq: 1, generations: [view("a", at(1)), view("b", at(2)), view("c", at(3))] });
  const known = store.finished;
  store.apply({ type: "queued", seq: 2, generation: view("d", at(4)) });
  const ids = () => entries(store).map((entry) => entry.id);
  store.results([view("c", at(3)), view("b", at(2))], { known });
  assert.deepEqual(ids(), ["d", "c", "b", "a"], "a is older than the page");
  store.results([view("c", at(3))], { known, whole: true });
  assert.deepEqual(ids(), ["d", "c"]);
});
