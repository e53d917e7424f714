// The world's pure parts: the document and its operations, undo, walking, snapping and two fingers.
import assert from "node:assert/strict";
import test from "node:test";

import { FARTHEST, MAX_THINGS, apply, degrees, newThing, newWorld, worksOf } from "../../static/js/world/document.js";
import { LONGEST, WorldHistory } from "../../static/js/world/history.js";
import { BODY, PACE, look, pinch, placeOfScale, scaleOfPlace, snap, stick, walk } from "../../static/js/world/motion.js";
import { World } from "../../static/js/world/world.js";

const WORK = "0b9f7c7e-5c0e-4a53-9a8a-4a9c1d4a1b11";
const tree = (more = {}) => newThing({ work: WORK, name: "Tree", ...more });
const state = (history) => JSON.stringify(history.drawing);

test("undo and redo walk through everything that can be done to a world", () => {
  const history = new WorldHistory(newWorld());
  const [one, two] = [tree(), tree({ position: [2, 0, 1] })];
  const operations = [
    { do: "add", thing: one },
    { do: "add", thing: two },
    { do: "set", thing: one.id, change: { position: [1, 0, -3], turn: [0, 45, 0], scale: 2 } },
    { do: "around", change: { sky: { top: "#000000" }, ground: { shown: false } } },
    { do: "remove", thing: one.id },
    { do: "replace", drawing: newWorld() },
  ];
  const states = [state(history)];
  for (const operation of operations) {
    assert.ok(history.do(operation), operation.do);
    states.push(state(history));
  }
  for (const expected of states.slice(0, -1).reverse()) {
    assert.ok(history.undo());
    assert.equal(state(history), expected);
  }
  for (const expected of states.slice(1)) {
    assert.ok(history.redo());
    assert.equal(state(history), expected);
  }
  const again = new WorldHistory(...structuredClone([history.base, history.entries, history.cursor]));
  assert.equal(state(again), state(history), "kept in the browser and brought back");
});

test("what changes nothing, and what has gone, is no step to undo", () => {
  const history = new WorldHistory(newWorld());
  const one = tree();
  history.do({ do: "add", thing: one });
  for (const operation of [
    { do: "add", thing: one },
    { do: "set", thing: one.id, change: { scale: 1 } },
    { do: "set", thing: "nobody", change: { scale: 2 } },
    { do: "remove", thing: "nobody" },
    { do: "around", change: { ground: { shown: true } } },
  ]) assert.equal(history.do(operation), false, JSON.stringify(operation));
  assert.equal(history.cursor, 1);
  assert.throws(() => apply(newWorld(), { do: "__proto__" }), RangeError);
});

test("numbers are what the server takes, whatever a field or a finger says", () => {
  const world = newWorld();
  const thing = tree({ position: [1e9, NaN, -Infinity], turn: [725, -190, NaN], scale: 0 });
  assert.deepEqual([thing.position, thing.turn, thing.scale], [[FARTHEST, 0, 0], [5, 170, 0], 0.01]);
  apply(world, { do: "around", change: { ground: { radius: 1e6 }, light: { height: NaN, azimuth: -5, strength: 99 } } });
  assert.deepEqual([world.ground.radius, world.light], [500, { height: 2, azimuth: 0, strength: 4 }]);
  assert.deepEqual([degrees(180.4), degrees(-540), degrees(90)], [-179.6, -180, 90]);
});

test("a world holds so many things and no more", () => {
  const world = new World();
  for (let n = 0; n < MAX_THINGS; n += 1) assert.ok(world.place({ work: WORK, name: `${n}` }));
  assert.equal(world.place({ work: WORK, name: "one too many" }), false);
  assert.deepEqual([...worksOf(world.drawing)], [WORK]);
});

test("a thing is chosen, doubled beside itself and taken away; undo brings it back", () => {
  const world = new World();
  world.place({ work: WORK, name: "Tree" });
  const first = world.chosen;
  world.duplicate();
  assert.notEqual(world.chosen, first);
  assert.deepEqual(world.thing.position, [0.5, 0, 0.5]);
  world.remove();
  assert.equal(world.chosen, first, "the keyboard goes on with the one that is left");
  world.remove();
  assert.deepEqual([world.chosen, world.blank], [null, true]);
  world.undo();
  assert.equal(world.things.length, 1);
});

const meadow = { radius: 10, boxes: [] };
const start = { x: 0, z: 5, yaw: 0, pitch: 0 };
const go = (place, want, steps = 60, at = start) => {
  for (let n = 0; n < steps; n += 1) at = walk(at, { forward: 0, right: 0, ...want }, 1 / 30, place);
  return at;
};

test("a walker goes where it looks, sideways, and as fast askew as straight on", () => {
  assert.ok(Math.abs(go(meadow, { forward: 1 }, 30).z - (5 - PACE)) < 1e-6);
  assert.ok(Math.abs(go(meadow, { right: 1 }, 30).x - PACE) < 1e-6);
  const askew = go(meadow, { forward: 1, right: 1 }, 30);
  assert.ok(Math.abs(Math.hypot(askew.x, askew.z - 5) - PACE) < 1e-6);
  const turned = go(meadow, { turn: 1 }, 10);
  assert.ok(turned.yaw < 0 && turned.x === 0, "to the right");
});

test("nobody walks over the edge of the ground", () => {
  const at = go(meadow, { forward: -1, run: true }, 400);
  assert.ok(Math.abs(Math.hypot(at.x, at.z) - (10 - BODY)) < 1e-6);
});

test("walls stop a walker, who slides along them; what is low is stepped over, what is high walked under", () => {
  const wall = (min, max) => ({ radius: 10, boxes: [{ min, max }] });
  const before = wall([-2, 0, 1], [2, 2, 2]);
  assert.ok(go(before, { forward: 1 }).z >= 2 + BODY - 1e-9);
  const along = go(before, { forward: 1, right: 0.4 }, 200);
  assert.ok(along.x > 2, "past the end of it");
  assert.ok(go(wall([-2, 0, 1], [2, 0.3, 2]), { forward: 1 }).z < 1, "a step");
  assert.ok(go(wall([-2, 2, 1], [2, 3, 2]), { forward: 1 }).z < 1, "a gate");
  const within = wall([-1, 0, 4], [1, 2, 6]);
  assert.ok(go(within, { forward: 1 }, 90).z < 4, "whoever stands in something may leave it");
});

test("a page that was away makes one short step", () => {
  const at = walk(start, { forward: 1, right: 0 }, 3600, meadow);
  assert.ok(start.z - at.z < 0.3);
});

test("nobody looks over their own back, and the joystick rests in its middle", () => {
  assert.ok(Math.abs(look(start, 0, -1e6).pitch) < Math.PI / 2);
  assert.deepEqual(stick(3, -2, 50), { forward: 0, right: 0 });
  assert.deepEqual(stick(0, -500, 50), { forward: 1, right: 0 });
});

test("snapping, two fingers and the slider of sizes", () => {
  assert.equal(snap(0.62, 0.25), 0.5);
  assert.equal(snap(0.62, 0), 0.62);
  const { turned, spread } = pinch([[0, 0], [10, 0]], [[0, 0], [0, 20]]);
  assert.deepEqual([Math.round(turned), spread], [90, 2]);
  assert.ok(Math.abs(pinch([[0, 0], [-10, 1]], [[0, 0], [-10, -1]]).turned) < 15, "over the seam of the circle");
  for (const scale of [0.05, 1, 7]) assert.ok(Math.abs(scaleOfPlace(placeOfScale(scale)) - scale) < 1e-9);
});

const named = (id) => newThing({ id, work: "w" });

test("two windows of a world agree: the second follows what the first has done and undone", () => {
  const history = new WorldHistory(newWorld());
  history.do({ do: "add", thing: named("a") });
  const second = new WorldHistory(...structuredClone([history.base, history.entries, history.cursor]));
  for (const id of ["b", "c"]) history.do({ do: "add", thing: named(id) });
  history.undo();
  history.do({ do: "add", thing: named("d") });
  second.follow(structuredClone(history.entries), history.cursor);
  assert.equal(state(second), state(history));
  history.undo();
  second.follow(structuredClone(history.entries), history.cursor);
  assert.equal(state(second), state(history));
  assert.ok(second.canRedo);
});

test("undo reaches back thousands of changes, and nothing is ever lost", () => {
  const history = new WorldHistory(newWorld());
  history.do({ do: "add", thing: named("a") });
  for (let n = 0; n < LONGEST; n += 1) history.do({ do: "set", thing: "a", change: { name: String(n) } });
  assert.equal(history.drawing.things[0].name, String(LONGEST - 1));
  while (history.undo());
  assert.equal(history.drawing.things[0].name, "1998");
});
