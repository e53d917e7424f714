// Comments in the page, as far as they are pure: what was said where, what is new, where it is seen, and wishes that are answered.
import assert from "node:assert/strict";
import test from "node:test";

import { seen, unseen } from "../../static/js/studio/canvas/view.js";
import { Threads, initialOf, seenAt } from "../../static/js/studio/room/threads.js";
import { Wishes } from "../../static/js/studio/room/wishes.js";

const [ALICE, BOB] = [1, 2];
const at = (minute) => `2026-11-28T20:${String(minute).padStart(2, "0")}:00+00:00`;
const place = (id, more = {}) => ({ id, x: 10, y: -20, at: at(1), resolved: false, resolved_by: "", ...more });
const said = (id, thread, user, minute, more = {}) => ({ id, thread, author: { user, name: `p${user}`, colour: "#123456" }, text: id, at: at(minute), edited: false, hidden: false, reactions: {}, ...more });
const filled = (known) => {
  const threads = new Threads(ALICE, known);
  threads.fill([{ ...place("t1"), comments: [said("a", "t1", BOB, 1), said("b", "t1", ALICE, 2)] }]);
  return threads;
};

test("news is told once, whatever comes twice", () => {
  const threads = filled();
  const heard = [];
  threads.addEventListener("said", ({ detail }) => heard.push(detail.id));
  const news = { type: "comment", place: place("t2", { at: at(5) }), comment: said("c", "t2", BOB, 5) };
  threads.take(news);
  threads.take(news);
  threads.take({ type: "comment", place: place("t1"), comment: said("mine", "t1", ALICE, 6) });
  assert.deepEqual(heard, ["c"]);
  assert.deepEqual(threads.all.map(({ id, comments }) => [id, comments.map((each) => each.id)]), [["t2", ["c"]], ["t1", ["a", "b", "mine"]]]);
});

test("a change takes the place of what it changes, and what is gone is gone with its last comment", () => {
  const threads = filled();
  threads.take({ type: "comment", place: place("t1"), comment: said("a", "t1", BOB, 1, { text: "other", edited: true }) });
  threads.take({ type: "reaction", thread: "t1", comment: "a", reactions: { like: [ALICE] } });
  assert.deepEqual(threads.byId.get("t1").comments[0], said("a", "t1", BOB, 1, { text: "other", edited: true, reactions: { like: [ALICE] } }));
  threads.take({ type: "comment_gone", thread: "t1", comment: "a" });
  threads.take({ type: "comment_gone", thread: "t1", comment: "a" });
  assert.equal(threads.all[0].comments.length, 1);
  threads.take({ type: "comment_gone", thread: "t1", comment: "b" });
  assert.deepEqual(threads.all, []);
  for (const type of ["comment_gone", "thread", "reaction"]) threads.take({ type, thread: "none", place: place("none"), comment: "x", reactions: {} });
  assert.deepEqual(threads.all, []);
});

test("what was heard while the list was fetched is newer than the list", () => {
  const threads = filled();
  const news = [{ type: "comment", place: place("t1"), comment: said("c", "t1", BOB, 3) }, { type: "comment_gone", thread: "t1", comment: "a" }];
  threads.fill([{ ...place("t1"), comments: [said("a", "t1", BOB, 1), said("b", "t1", ALICE, 2)] }], news);
  assert.deepEqual(threads.byId.get("t1").comments.map(({ id }) => id), ["b", "c"]);
});

test("what is settled leaves the open ones", () => {
  const threads = filled();
  threads.take({ type: "thread", place: place("t1", { resolved: true, resolved_by: "p2" }) });
  assert.deepEqual([threads.open.length, threads.resolved.length, threads.resolved[0].comments.length], [0, 1, 2]);
});

test("one who comes first has nothing to catch up on; later everything by others since one looked", () => {
  const threads = filled();
  assert.equal(threads.unread.length, 0);
  threads.take({ type: "comment", place: place("t1"), comment: said("c", "t1", ALICE, 3) });
  assert.equal(threads.unread.length, 0);
  threads.take({ type: "comment", place: place("t1"), comment: said("d", "t1", BOB, 4) });
  assert.equal(threads.unread.length, 1);
  threads.look("t1");
  assert.equal(threads.unread.length, 0);
  const again = filled(JSON.parse(JSON.stringify(threads.memory)));
  assert.equal(again.unread.length, 0);
  again.take({ type: "comment", place: place("t1"), comment: said("e", "t1", BOB, 9) });
  assert.deepEqual(again.unread.map(({ id }) => id), ["t1"]);
  again.take({ type: "thread", place: place("t1", { resolved: true }) });
  assert.equal(again.unread.length, 0);
});

test("who wrote a comment that a moderator hid goes on reading it", () => {
  const threads = filled();
  for (const [id, user] of [["a", BOB], ["b", ALICE]]) threads.take({ type: "comment", place: place("t1"), comment: said(id, "t1", user, 1, { text: "", hidden: true }) });
  assert.deepEqual(threads.byId.get("t1").comments.map(({ text }) => text), ["", "b"]);
});

test("a pin is seen where its place is, however the board is looked at", () => {
  const look = { x: 14, y: -9, scale: 2.5, angle: 0.7, mirror: true };
  const seenThere = seenAt({ x: 100, y: 40 }, 1.5, (point) => seen(look, point));
  const back = unseen(look, seenThere);
  assert.ok(Math.abs(back.x / 1.5 - 100) < 1e-9 && Math.abs(back.y / 1.5 - 40) < 1e-9);
  assert.deepEqual([initialOf(" émile"), initialOf("小猫"), initialOf("  ")], ["É", "小", "?"]);
});

class Line extends EventTarget {
  online = true;
  sent = [];
  send(header) {
    if (!this.online) return false;
    this.sent.push(header);
    return true;
  }
  hear(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

test("a wish is done, refused, or nobody knows", async () => {
  const line = new Line();
  const timers = [];
  const wishes = new Wishes(line, { setTimeout: (act) => timers.push(act), clearTimeout: () => undefined });
  const done = wishes.ask({ type: "comment", text: "a" });
  line.hear("done", { id: "another" });
  line.hear("done", { id: line.sent[0].id });
  assert.equal(await done, undefined);
  const refused = wishes.ask({ type: "comment" });
  line.hear("rejected", { id: line.sent[1].id, code: "prompt_blocked", message: "No" });
  await assert.rejects(refused, { code: "prompt_blocked", message: "No" });
  const late = wishes.ask({ type: "comment" });
  timers.at(-1)();
  await assert.rejects(late, { code: "offline" });
  const cut = wishes.ask({ type: "comment" });
  line.online = false;
  line.hear("state");
  await assert.rejects(cut, { code: "offline" });
  await assert.rejects(wishes.ask({ type: "comment" }), { code: "offline" });
});
