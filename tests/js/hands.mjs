// Several people at one document, at random but from a seed: what they do, when they are apart, when they meet. For tests.
import { Document } from "../../static/js/studio/canvas/document.js";
import { newDrawing, newLayer } from "../../static/js/studio/canvas/drawing.js";

/** Numbers from 0 to below 1 that come again with the same seed (mulberry32). */
export function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const KINDS = ["mark", "mark", "mark", "mark", "undo", "undo", "redo", "add", "remove", "set", "move", "merge", "clear", "size", "replace", "prompt", "settings"];

/** After `rounds` of edits and meetings, and one in which all meet all. @returns {Document[]} two to eight of them */
export function hands(seed, { rounds = 120 } = {}) {
  const chance = dice(seed);
  const pick = (list) => list[Math.floor(chance() * list.length)];
  const people = Array.from({ length: 2 + Math.floor(chance() * 7) }, (_, n) => new Document({ author: n + 1, clock: () => 1_700_000_000_000 + n }));
  // What each has sent and others have not heard yet; it may come late, twice, or in another order.
  const post = people.map(() => []);
  people.forEach((person, n) => person.addEventListener("update", ({ detail: { update, from } }) => from === "here" && post.forEach((box, to) => to !== n && box.push(update))));
  for (let round = 0; round < rounds; round += 1) {
    const n = Math.floor(chance() * people.length);
    if (chance() < 0.7) edit(people[n], pick, chance, `${n}.${round}`);
    else if (chance() < 0.6) for (const update of post[n].splice(0, 1 + Math.floor(chance() * 8)).reverse()) people[n].receive(update);
    else meet(people[n], pick(people));
  }
  for (const from of people) for (const to of people) meet(from, to);
  for (const to of people) meet(people[0], to);
  return people;
}

function meet(a, b) {
  if (a === b) return;
  b.receive(a.since(b.vector()));
  a.receive(b.since(a.vector()));
}

function edit(person, pick, chance, id) {
  const { layers } = person.drawing;
  const layer = pick(layers).id;
  const points = Array.from({ length: 9 }, (_, n) => (n % 3 === 2 ? Math.round(chance() * 100) / 100 : Math.round(chance() * 5120 - 2560) / 10));
  const mark = { id: `m${id}`, kind: "stroke", tool: chance() < 0.2 ? "eraser" : "brush", color: "#123456", size: 4, opacity: 1, points };
  const kind = pick(KINDS);
  if (kind === "undo" || kind === "redo") return person[kind]();
  if (kind === "prompt") return person.change(() => person.prompt.insert(Math.floor(chance() * (person.prompt.length + 1)), id));
  if (kind === "settings") return person.change(() => person.settings.set(pick(["tool", "steps"]), id));
  const more = {
    mark: { mark },
    add: { layer: newLayer({ id: `l${id}`, marks: chance() < 0.3 ? [mark] : [] }), at: Math.floor(chance() * (layers.length + 1)) },
    set: { change: pick([{ opacity: chance() }, { name: id }, { visible: chance() < 0.5, locked: chance() < 0.5 }]) },
    move: { to: Math.floor(chance() * layers.length) },
    merge: { into: `g${id}` },
    size: { width: 512, height: 16 + Math.floor(chance() * 496) },
    replace: { drawing: chance() < 0.5 ? newDrawing() : structuredClone(person.drawing) },
  };
  return person.act({ do: kind, layer, ...more[kind] });
}
