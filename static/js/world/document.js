// A world itself: models that stand on a ground under a sky, and the operations that change it. Pure; knows no picture of it.

import { freshId } from "#lib/ids";

/**
 * Metres and degrees, Y up. Things never change once they are made: another one takes their place.
 * studio/values/worlds.py says what the server takes.
 * @typedef {{id: string, work: string, name: string, position: number[], turn: number[], scale: number}} Thing
 *   `turn` around x, y, z, in three.js's order YXZ
 * @typedef {{shown: boolean, colour: string, radius: number}} Ground
 * @typedef {{azimuth: number, height: number, strength: number}} Light
 * @typedef {{top: string, horizon: string}} Sky
 * @typedef {{version: 1, things: Thing[], ground: Ground, light: Light, sky: Sky}} World
 */

export const VERSION = 1;
export const MAX_THINGS = 100;
export const [FARTHEST, SMALLEST, LARGEST] = [500, 0.01, 100];

/** The times of day that a world can have, each with its sky, light and ground. */
export const MOODS = {
  morning: { sky: { top: "#8fb7d9", horizon: "#f6dcc3" }, light: { azimuth: 100, height: 22, strength: 1.6 }, ground: { colour: "#a9b48a" } },
  noon: { sky: { top: "#5d9fdb", horizon: "#dbeaf4" }, light: { azimuth: 40, height: 62, strength: 2 }, ground: { colour: "#9db37c" } },
  evening: { sky: { top: "#4b4f86", horizon: "#f2a76b" }, light: { azimuth: 265, height: 12, strength: 1.5 }, ground: { colour: "#8f8a6d" } },
  night: { sky: { top: "#0d1530", horizon: "#33446b" }, light: { azimuth: 320, height: 48, strength: 0.5 }, ground: { colour: "#3e4a52" } },
  paper: { sky: { top: "#f4f1ea", horizon: "#fbfaf7" }, light: { azimuth: 50, height: 55, strength: 1.7 }, ground: { colour: "#efebe2" } },
};

/** An empty world, at noon. @returns {World} */
export function newWorld() {
  const { sky, light, ground } = MOODS.noon;
  return { version: VERSION, things: [], ground: { shown: true, radius: 30, ...ground }, light: { ...light }, sky: { ...sky } };
}

/** A model to be placed. @returns {Thing} */
export const newThing = (more) => fitted({ id: freshId(), name: "", position: [0, 0, 0], turn: [0, 0, 0], scale: 1, ...more });

export const thingOf = (world, id) => world.things.find((thing) => thing.id === id) ?? null;

/** A copy that can be changed without touching the original; its parts are shared, because they never change. */
export const copyOf = (world) => ({ ...world, things: [...world.things] });

/** The ids of the works whose models stand in it. @returns {Set<string>} */
export const worksOf = (world) => new Set(world.things.map((thing) => thing.work));

const within = (value, least, most, otherwise) => (Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise);
const rounded = (value, digits) => Number(value.toFixed(digits));

/** Degrees from -180 to 180. */
export const degrees = (value) => rounded(within(value - 360 * Math.floor((value + 180) / 360), -180, 180, 0), 2);

/** A thing with numbers that the server takes, whatever they were: a millimetre and a hundredth of a degree are exact enough. */
export function fitted(thing) {
  return {
    ...thing,
    name: thing.name.slice(0, 80),
    position: thing.position.map((value) => rounded(within(value, -FARTHEST, FARTHEST, 0), 3)),
    turn: thing.turn.map(degrees),
    scale: rounded(within(thing.scale, SMALLEST, LARGEST, 1), 4),
  };
}

const LIMITS = { radius: [2, FARTHEST], azimuth: [0, 360], height: [2, 90], strength: [0, 4] };

/** A change of the surroundings with numbers that the server takes. */
const fittedPart = (part) =>
  Object.fromEntries(Object.entries(part).map(([name, value]) => [name, LIMITS[name] ? rounded(within(value, ...LIMITS[name], LIMITS[name][0]), 2) : value]));

// Each operation changes the world in place and returns what takes it back, or null when there is nothing to do (its thing
// is gone, say): then nothing has changed.
const OPERATIONS = {
  add(world, { thing }) {
    if (world.things.length >= MAX_THINGS || thingOf(world, thing.id)) return null;
    world.things.push(fitted(thing));
    return () => world.things.splice(world.things.findIndex(({ id }) => id === thing.id), 1);
  },
  remove(world, { thing: id }) {
    const at = world.things.findIndex((thing) => thing.id === id);
    if (at < 0) return null;
    const [gone] = world.things.splice(at, 1);
    return () => world.things.splice(at, 0, gone);
  },
  set(world, { thing: id, change }) {
    const at = world.things.findIndex((thing) => thing.id === id);
    if (at < 0) return null;
    const before = world.things[at];
    const after = fitted({ ...before, ...change });
    if (Object.keys(change).every((name) => String(before[name]) === String(after[name]))) return null;
    world.things[at] = after;
    return () => (world.things[world.things.findIndex((thing) => thing.id === id)] = before);
  },
  around(world, { change }) {
    const before = Object.fromEntries(Object.keys(change).map((name) => [name, world[name]]));
    const after = Object.fromEntries(Object.entries(change).map(([name, part]) => [name, { ...world[name], ...fittedPart(part) }]));
    if (JSON.stringify(before) === JSON.stringify(after)) return null;
    Object.assign(world, after);
    return () => Object.assign(world, before);
  },
  replace(world, { drawing: other }) {
    const before = { ...world };
    Object.assign(world, copyOf(other));
    return () => Object.assign(world, before);
  },
};

/**
 * Do `operation` (`{do: name, ...}`) to the world.
 * @returns {(() => void)|null} what takes it back; null when there was nothing to do @throws {RangeError} unknown operation
 */
export function apply(world, operation) {
  const run = Object.hasOwn(OPERATIONS, operation.do) ? OPERATIONS[operation.do] : null;
  if (!run) throw new RangeError(`unknown operation ${operation.do}`);
  return run(world, operation);
}
