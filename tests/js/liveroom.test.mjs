// How live drawing goes through a room: rights, numbers, who is told what, and keeping the picture.
import assert from "node:assert/strict";
import test from "node:test";

import { RoomWay } from "../../static/js/studio/live/room.js";

/** A room with pages a (me) and b, and a live picture that goes through it. */
function inRoom(rights = { draw: true, pin: true }) {
  const room = new EventTarget();
  const people = ["b", "a", "w"].map((page) => [page, { page, user: 1, role: page === "w" ? "watch" : "draw" }]);
  Object.assign(room, { online: true, you: { page: "a", user: 1 }, people: new Map(people), rights, seq: 5, board: { owner: 1, payer: "owner" }, sent: [] });
  room.send = (header, bytes = null) => room.online && Boolean(room.sent.push({ ...header, bytes }));
  const say = (type, detail) => room.dispatchEvent(new CustomEvent(type, { detail }));
  const live = { hindrance: null, taken: [], switched: [], complaints: [], tools: { of: () => ({ inputs: { sketch: {} } }) } };
  Object.assign(live, {
    take: (event, bytes) => live.taken.push({ ...event, bytes }),
    set: (on) => live.switched.push(on),
    complain: (text) => live.complaints.push(text),
    question: () => ({ tool: "sketch_to_image", model: "m", params: { prompt: "x", seed: null } }),
    drawing: async () => new Uint8Array([1, 2]),
  });
  live.way = new RoomWay(room, live, { parents: () => [] });
  return { room, live, way: live.way, say };
}

test("it asks how things are when it begins and whenever the room is entered anew", () => {
  const { room, say, live } = inRoom();
  say("welcome", {});
  assert.deepEqual(room.sent.map(({ type, on }) => [type, on]), [["live", undefined], ["live", undefined]]);
  say("live", { on: true, name: "bob" });
  assert.deepEqual(live.switched, [true]);
});

test("who watches never asks and keeps nothing, and no model that is too slow is asked", () => {
  assert.deepEqual([inRoom({ draw: false }).way.may, inRoom({ draw: false }).way.mayPin], [false, false]);
  const { way, live } = inRoom();
  assert.equal(way.may, true);
  live.hindrance = "too slow";
  assert.equal(way.may, false);
});

test("pages that may draw have their order, the same for all", () => {
  const { way, room } = inRoom();
  assert.equal(way.rank, 0);
  room.you = { page: "b", user: 1 };
  assert.equal(way.rank, 1);
});

test("a frame of this page is known as its own, one of somebody else's says whose", () => {
  const { way, live, say } = inRoom();
  const about = { number: 9, kind: "draft", done: true, seed: 3, bytes: new Uint8Array([7]) };
  say("frame", { ...about, asked: { page: "a", name: "alice", revision: 2, seq: 5 } });
  say("frame", { ...about, number: 10, asked: { page: "b", name: "bob", revision: 1, seq: 4 } });
  assert.deepEqual(live.taken.map(({ mine, revision, seq }) => [mine, revision, seq]), [[true, 2, 5], [false, 1, 4]]);
  assert.deepEqual([way.asked.name, way.asked.mine, way.seed], ["bob", false, 3]);
});

test("what it draws says what is in it, and a refusal reaches the one that asked", () => {
  const { way, room, live, say } = inRoom();
  assert.equal(way.draw({ tool: "t" }, { revision: 1, kind: "draft" }, null), true);
  assert.deepEqual([room.sent.at(-1).type, room.sent.at(-1).seq], ["draw", 5]);
  say("rejected", { about: "draw", revision: 1, code: "board_frozen", message: "Frozen." });
  say("rejected", { about: "update", n: 4, code: "too_large", message: "No." });
  assert.deepEqual(live.taken.map(({ code }) => code), ["board_frozen"]);
});

test("a switch that was refused goes back", () => {
  const { way, live, say } = inRoom();
  way.turn(true);
  say("rejected", { about: "live", code: "live_unavailable", message: "Not now." });
  assert.deepEqual([way.on, live.switched.at(-1), live.complaints], [false, false, ["Not now."]]);
});

test("the picture is kept as it is shown, and without a connection it is said", async () => {
  const { way, room, live, say } = inRoom();
  say("frame", { number: 9, kind: "refined", done: true, seed: 3, bytes: null, asked: { page: "b", name: "bob", revision: 1, seq: 5 } });
  const id = await way.pin();
  const { type, id: sent, params, attached, bytes } = room.sent.at(-1);
  assert.deepEqual([type, sent, params.seed, attached, [...bytes]], ["pin", id, 3, "sketch", [1, 2]]);
  room.online = false;
  assert.equal(await way.pin(), null);
  assert.equal(live.complaints.length, 1);
});
