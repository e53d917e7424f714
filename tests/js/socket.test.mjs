// The connection: greeting, framing, coming back, sending again, and knowing when not to.
import assert from "node:assert/strict";
import test from "node:test";

import { delay } from "../../static/js/lib/backoff.js";
import { decodeFrame, encodeFrame } from "../../static/js/lib/frames.js";
import { Actions } from "../../static/js/studio/actions.js";
import { CLOSE, MAX_MESSAGE, SUBPROTOCOL, VERSION } from "../../static/js/studio/protocol.js";
import { Socket, TooLarge, encode } from "../../static/js/studio/socket.js";
import { Store } from "../../static/js/studio/store.js";
import { FakeSocket, browserParts } from "./line.mjs";

function stage({ online = true } = {}) {
  const states = [];
  const events = [];
  const world = { online, pending: [], seq: null };
  const { parts, timers, last } = browserParts(world);
  const hooks = {
    onEvent: (event, bytes) => events.push([event, bytes]),
    onState: (state) => states.push(state),
    lastSeq: () => world.seq,
    pending: () => world.pending,
  };
  return { socket: new Socket("ws://here/ws/studio/", hooks, parts), timers, states, events, world, last };
}

test("it greets with the protocol's version and the last number it has", () => {
  const { socket, world, last } = stage();
  world.seq = 41;
  socket.connect();
  assert.deepEqual(last().protocols, [SUBPROTOCOL]);
  last().open();
  assert.deepEqual(JSON.parse(last().sent[0]), { type: "hello", version: VERSION, last_seq: 41 });
});

test("what was not answered is sent again after the greeting, with the same id", () => {
  const { socket, world, last } = stage();
  world.pending = [[{ type: "submit", id: "abc" }, null], [{ type: "submit", id: "def", attached: "sketch" }, new Uint8Array([1, 2])]];
  socket.connect();
  last().open();
  assert.equal(JSON.parse(last().sent[1]).id, "abc");
  const { header, bytes } = decodeFrame(last().sent[2].buffer);
  assert.equal(header.id, "def");
  assert.deepEqual([...bytes], [1, 2]);
});

test("it comes back after a break, and waits longer each time", () => {
  const { socket, timers, states, last } = stage();
  socket.connect();
  const waits = [];
  for (let n = 0; n < 8; n += 1) {
    last().drop(1006);
    waits.push(timers.at(-1).ms);
    timers.at(-1).run();
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(FakeSocket.made.length, 9);
  assert.equal(states.at(-1), "reconnecting");
});

test("logged out, banned or too many windows: it stays away", () => {
  for (const [code, state] of [[CLOSE.signed_out, "signed_out"], [CLOSE.forbidden, "forbidden"], [CLOSE.too_many_sockets, "elsewhere"]]) {
    const { socket, timers, states, last } = stage();
    socket.connect();
    last().open();
    const before = timers.length;
    last().drop(code);
    assert.equal(states.at(-1), state);
    assert.equal(timers.length, before, "no attempt is planned");
    socket.wake();
    assert.equal(FakeSocket.made.length, 1);
  }
});

test("a restart or a flood is a reason to come back", () => {
  for (const code of [CLOSE.restart, CLOSE.fault, CLOSE.flood, CLOSE.too_slow, CLOSE.protocol_error]) {
    const { socket, states, last } = stage();
    socket.connect();
    last().open();
    last().drop(code);
    assert.equal(states.at(-1), "reconnecting");
  }
});

test("after a restart the pages come back over three seconds, not all at once", () => {
  const { socket, timers, last } = stage();
  socket.connect();
  last().open();
  last().drop(CLOSE.restart);
  assert.equal(timers.at(-1).ms, 1500);
});

test("offline it waits for the network, and then does not wait at all", () => {
  const { socket, world, states, last } = stage();
  socket.connect();
  last().open();
  world.online = false;
  last().drop(1006);
  assert.equal(states.at(-1), "offline");
  world.online = true;
  socket.wake();
  assert.equal(FakeSocket.made.length, 2);
});

test("a line that has gone silent is given up", () => {
  const { socket, timers, states, last } = stage();
  socket.connect();
  last().open();
  timers.at(-1).run();
  assert.equal(states.at(-1), "reconnecting");
});

test("words of an old line are not heard any more", () => {
  const { socket, timers, events, last } = stage();
  socket.connect();
  const old = last();
  old.open();
  timers.at(-1).run();
  old.say({ type: "heartbeat", seq: 1 });
  assert.equal(events.length, 0);
});

test("a binary frame becomes its header and its bytes", () => {
  const { socket, events, last } = stage();
  socket.connect();
  last().open();
  last().say(encodeFrame({ type: "preview", step: 2 }, new Uint8Array([9, 8, 7])).buffer);
  assert.equal(events[0][0].step, 2);
  assert.deepEqual([...events[0][1]], [9, 8, 7]);
});

test("garbage from the other side starts a new line", () => {
  for (const garbage of ["{", new ArrayBuffer(2), new Uint8Array([0, 0, 1, 0, 1]).buffer]) {
    const { socket, states, last } = stage();
    socket.connect();
    last().open();
    last().onmessage({ data: garbage });
    assert.equal(states.at(-1), "reconnecting");
  }
});

test("a message that is too large is not sent", () => {
  assert.throws(() => encode({ type: "submit" }, new Uint8Array(MAX_MESSAGE)), TooLarge);
  assert.throws(() => encode({ type: "submit", text: "光".repeat(MAX_MESSAGE / 3) }), TooLarge);
  assert.equal(encode({ type: "submit" }, new Uint8Array(10)).length, 4 + 17 + 10);
});

test("frames keep Chinese words and every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_unused, n) => n);
  const { header, bytes: same } = decodeFrame(encodeFrame({ prompt: "海边的灯塔" }, bytes).buffer);
  assert.equal(header.prompt, "海边的灯塔");
  assert.deepEqual(same, bytes);
});

test("the waits are spread over the whole range", () => {
  assert.equal(delay(0, () => 0), 0);
  assert.equal(delay(3, () => 1), 4);
  assert.equal(delay(1000, () => 1), 30);
});

test("an action that cannot be sent waits in the outbox and can be withdrawn", () => {
  const store = new Store();
  const actions = new Actions(store, "ws://here/");
  const id = actions.generate({ tool: "sketch_to_image", model: "starter", params: { count: 1 }, sketch: new Uint8Array(3) });
  assert.ok(store.outbox.has(id));
  assert.ok(actions.canRepeat(id));
  actions.withdraw(id);
  assert.equal(store.outbox.size, 0);
});

test("a drawing that is too large is refused here, in words", () => {
  const store = new Store();
  const actions = new Actions(store, "ws://here/");
  assert.equal(actions.generate({ tool: "sketch_to_image", model: "starter", params: {}, attached: { role: "sketch", bytes: new Uint8Array(MAX_MESSAGE) } }), null);
  assert.equal(store.rejection.code, "too_large");
  assert.match(store.rejection.message, /512 kB/);
});
