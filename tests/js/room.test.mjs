// A page's line into a room: what the server gets and when, what is sent again, who is here, and when one stays out.
import assert from "node:assert/strict";
import test from "node:test";

import { decodeFrame, encodeFrame } from "../../static/js/lib/frames.js";
import { Room } from "../../static/js/studio/room/connection.js";
import { CLOSE, SUBPROTOCOL, VERSION } from "../../static/js/studio/room/protocol.js";
import { FakeSocket, browserParts } from "./line.mjs";

/** A document whose updates are lists of numbers, and its vector how many it has. */
class Numbers extends EventTarget {
  client = 7;
  all = [];
  vector() { return Uint8Array.of(this.all.length); }
  ahead([count]) { return this.all.length > count; }
  since([count]) { return Uint8Array.from(this.all.slice(count)); }
  merged(updates) { return Uint8Array.from(updates.flatMap((each) => [...each])); }
  receive(update) { this.#add([...update], "room"); }
  draw(...numbers) { this.#add(numbers, "here"); }
  #add(numbers, from) {
    this.all.push(...numbers);
    this.dispatchEvent(Object.assign(new Event("update"), { detail: { update: Uint8Array.from(numbers), from } }));
  }
}

const person = (page, more = {}) => ({ page, user: 1, name: "alice", colour: "#aa3366", role: "owner", teacher: false, ...more });
const DRAWS = { role: "draw", watch: true, comment: true, draw: true };
const frame = (header, ...bytes) => encodeFrame(header, Uint8Array.from(bytes)).buffer;

function stage(pieces = (all) => [...all].map((each) => Uint8Array.of(each))) {
  const world = { online: true };
  const { parts, timers, last } = browserParts(world);
  const document = new Numbers();
  const room = new Room("b", document, { ...parts, pieces, url: "ws://here/ws/boards/b/" });
  const heard = [];
  for (const name of ["people", "ink", "rights", "kept"]) room.addEventListener(name, (event) => heard.push([name, event.detail]));
  const updates = () => last().sent.filter((each) => typeof each !== "string").map((each) => decodeFrame(each.buffer)).filter(({ header }) => header.type === "update").map(({ header, bytes }) => [header.n, ...bytes]);
  const come = (rights = DRAWS, has = 0) => {
    room.open();
    if (last().readyState === 0) last().open();
    last().say({ type: "welcome", you: person("p1"), people: [person("p1"), person("p2", { user: 2, name: "bob" })], board: { title: "Sea" }, rights, live: null });
    last().say(frame({ type: "vector" }, has));
  };
  const tick = () => timers.findLast(({ ms }) => ms === 30)?.run();
  return { room, document, world, timers, last, heard, updates, come, tick };
}

test("it greets with its client and what it has, and is in the room when the server says so", () => {
  const { room, document, last, come } = stage();
  document.draw(4, 5);
  room.open();
  assert.deepEqual(last().protocols, [SUBPROTOCOL]);
  last().open();
  const { header, bytes } = decodeFrame(last().sent[0].buffer);
  assert.deepEqual([header, [...bytes]], [{ type: "hello", version: VERSION, client: 7 }, [2]]);
  assert.equal(room.state, "connecting");
  assert.equal(room.send({ type: "presence" }), false, "nothing is said before one is in");
  come();
  assert.equal(room.state, "online");
  assert.deepEqual(room.others.map(({ name }) => name), ["bob"]);
});

test("what was drawn before is sent when one comes in, and is kept when it is acknowledged", () => {
  const { room, document, last, come, updates } = stage();
  document.draw(4, 5);
  assert.equal(room.kept, false);
  come(DRAWS, 1);
  assert.deepEqual(updates(), [[1, 5]]);
  assert.equal(room.kept, false);
  last().say({ type: "ack", n: 1 });
  assert.equal(room.kept, true);
});

test("what is drawn at once goes together, and what others draw is not sent back", () => {
  const { room, document, last, come, updates, tick } = stage();
  come();
  document.draw(1);
  document.draw(2);
  last().say(frame({ type: "update", by: 2, seq: 1 }, 9));
  assert.deepEqual(updates(), []);
  tick();
  assert.deepEqual(updates(), [[1, 1, 2]]);
  assert.deepEqual(document.all, [1, 2, 9]);
  last().say({ type: "ack", n: 1 });
  assert.equal(room.kept, true);
});

test("with many under way the rest waits and goes as one", () => {
  const { document, last, come, updates, tick } = stage();
  come();
  for (const number of [1, 2, 3, 4, 5, 6]) {
    document.draw(number);
    tick();
  }
  assert.deepEqual(updates().map(([n]) => n), [1, 2, 3, 4]);
  last().say({ type: "ack", n: 2 });
  assert.deepEqual(updates().at(-1), [5, 5, 6]);
});

test("what was not acknowledged is sent again on the next line", () => {
  const { room, document, timers, last, come, updates, tick } = stage();
  come();
  document.draw(1, 2);
  tick();
  last().drop(1006);
  assert.equal(room.state, "reconnecting");
  assert.equal(room.people.size, 0, "who is here is not known any more");
  document.draw(3);
  timers.at(-1).run();
  come(DRAWS, 0);
  assert.equal(FakeSocket.made.length, 2);
  assert.deepEqual(updates(), [[2, 1, 2, 3]]);
});

test("a refused update goes again with what came after it, and the reason is told meanwhile", () => {
  const { room, document, timers, last, come, updates, tick } = stage();
  come();
  document.draw(1);
  tick();
  last().say({ type: "rejected", about: "update", n: 1, code: "rate_limited", message: "Slower" });
  assert.deepEqual(room.sync.refused, { code: "rate_limited", message: "Slower" });
  document.draw(2);
  assert.equal(updates().length, 1);
  timers.findLast(({ ms }) => ms === 3000).run();
  assert.deepEqual(updates().at(-1), [2, 1, 2]);
  last().say({ type: "ack", n: 2 });
  assert.ok(room.kept && !room.sync.refused);
});

test("more than one message takes goes in several", () => {
  const { room, document, last, come, updates } = stage();
  room.sync.parts.limit = 3;
  for (const number of [1, 2, 3, 4, 5]) document.draw(number);
  come();
  assert.deepEqual(updates(), [[1, 1, 2], [2, 3, 4], [3, 5]]);
  last().say({ type: "ack", n: 3 });
  assert.ok(room.kept);
});

test("what one message cannot hold at all is refused here, in words", () => {
  const { room, document, come, updates } = stage((all) => [all]); // one mark
  room.sync.parts.limit = 3;
  come();
  document.draw(1, 2, 3, 4);
  room.sync.again();
  assert.deepEqual([updates().length, room.refused.code], [0, "too_large"]);
});

test("a watcher sends nothing; what one drew before the freeze goes when one may draw again", () => {
  const { room, document, last, come, updates } = stage();
  come({ ...DRAWS, draw: false });
  document.draw(1);
  assert.deepEqual(updates(), []);
  last().say({ type: "rights", rights: DRAWS, board: { frozen: false } });
  assert.deepEqual(updates(), [[1, 1]]);
  assert.equal(room.board.frozen, false);
});

test("what never came although the server has it is asked for on a new line", () => {
  const { room, last, come } = stage();
  come();
  last().say(frame({ type: "update", by: "p2", seq: 4 }, 9));
  last().say({ type: "heartbeat", seq: 5 });
  last().say(frame({ type: "update", by: "p2", seq: 5 }, 8));
  last().say({ type: "heartbeat", seq: 6 });
  assert.equal(FakeSocket.made.length, 1, "it may be on its way");
  last().say({ type: "heartbeat", seq: 7 });
  assert.equal(FakeSocket.made.length, 2);
  assert.equal(room.state, "connecting");
});

test("people come, go, and are where they say", () => {
  const { room, last, come, heard } = stage();
  come();
  last().say({ type: "joined", person: person("p3", { user: 3, name: "mod" }) });
  last().say({ type: "presence", page: "p3", cursor: [4, 5] });
  last().say({ type: "presence", page: "p3", tool: "brush" });
  last().say({ type: "presence", page: "gone", cursor: [0, 0] });
  assert.deepEqual(room.people.get("p3").presence, { cursor: [4, 5], tool: "brush" });
  last().say({ type: "left", page: "p3" });
  last().say({ type: "left", page: "p3" });
  assert.equal(room.people.has("p3"), false);
  assert.equal(heard.filter(([name]) => name === "people").length, 3);
});

test("other parts of the page hear every message with its bytes", () => {
  const { last, come, heard } = stage();
  come();
  last().say(frame({ type: "ink", by: "p2", stroke: "s" }, 1, 2));
  const [, ink] = heard.find(([name]) => name === "ink");
  assert.equal(ink.stroke, "s");
  assert.deepEqual([...ink.bytes], [1, 2]);
});

test("who was removed, or whose room was closed or is full, stays out and knows why", () => {
  for (const [code, state] of [[CLOSE.removed, "removed"], [CLOSE.closed, "closed"], [CLOSE.deleted, "deleted"], [CLOSE.room_full, "full"], [CLOSE.signed_out, "signed_out"]]) {
    const { room, last, come } = stage();
    come();
    last().say({ type: "bye", code: "removed", message: "You were removed." });
    last().drop(code);
    assert.equal(room.state, state);
    assert.equal(room.bye.message, "You were removed.");
    room.wake();
    assert.equal(FakeSocket.made.length, 1);
    room.open();
    assert.equal(FakeSocket.made.length, 2, "asked for, it tries again");
  }
});
