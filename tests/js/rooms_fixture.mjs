// Writes tests/data/rooms: documents as updates in the order they came, and the drawing that page and server must both
// see in them (documents.test.mjs, tests/studio/rooms). Run by hand when the document's shape changes: node tests/js/rooms_fixture.mjs
import { writeFileSync } from "node:fs";

import { Document } from "../../static/js/studio/canvas/document.js";
import { newDrawing, newLayer } from "../../static/js/studio/canvas/drawing.js";
import { piecesOf } from "../../static/js/studio/room/pieces.js";
import { hands } from "./hands.mjs";

const FOLDER = new URL("../data/rooms/", import.meta.url);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

function write(name, documents, updates) {
  const [{ drawing }] = documents;
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify({ updates: updates.map(base64), drawing }, null, 1)}\n`);
}

/** One person's board with everything that a drawing can have. */
function alone() {
  const document = new Document({ author: 7, clock: () => 1_700_000_000_000 });
  document.y.clientID = 70;
  const updates = [document.since()];
  document.addEventListener("update", ({ detail }) => updates.push(detail.update));
  const loops = [[0, 0, 10.5, 0, 10.5, -7.2], [1, 1, 2, 2, 3, 1]];
  const stroke = { id: "stroke", kind: "stroke", tool: "brush", color: "#1f2328", size: 8.5, opacity: 0.35, points: [-255.9, 12.3, 1, -255.8, 12.3, 0.57, 100.4, -7, 0] };
  const marks = [
    stroke,
    { ...stroke, id: "rubbed", tool: "eraser" },
    { id: "area", kind: "area", color: "#ffffff", opacity: 0.5, loops },
    { id: "cut", kind: "cut", loops },
    { id: "move", kind: "move", loops, matrix: [1, 0, 0, 1, 5.25, 5] },
    { id: "line", kind: "line", color: "#000000", size: 2, opacity: 1, from: [0, 0], to: [5.5, 5], filled: false },
    { id: "picture", kind: "picture", picture: "0123456789abcdef0123456789abcdef", width: 512, height: 288 },
    { id: "group", kind: "group", opacity: 0.4, marks: [stroke, { id: "inner", kind: "cut", loops }] },
  ];
  for (const mark of marks) document.act({ do: "mark", layer: "first", mark });
  document.act({ do: "size", width: 512, height: 288 });
  document.act({ do: "add", layer: newLayer({ id: "mask", kind: "mask", opacity: 0.55, marks: [{ ...stroke, id: "masked" }] }) });
  document.act({ do: "add", layer: newLayer({ id: "sky", name: "天空", marks: [{ ...stroke, id: "cloud" }] }), at: 1 });
  document.act({ do: "mark", layer: "sky", mark: { ...stroke, id: "undone" } });
  document.undo();
  document.act({ do: "set", layer: "sky", change: { opacity: 0.4, locked: true } });
  document.act({ do: "merge", layer: "sky", into: "both" });
  document.act({ do: "mark", layer: "both", mark: { ...stroke, id: "above" } });
  document.change(() => {
    document.settings.set("steps", 12);
    document.prompt.insert(0, "a boat 一条船");
  });
  write("alone", [document], updates);
}

/** What one person did in three visits without a network, as it goes to the room afterwards: in pieces. */
function visits() {
  const person = { author: 7, clock: () => 1_700_000_000_000 };
  const stroke = (id) => ({ id, kind: "stroke", tool: "brush", color: "#1f2328", size: 6, opacity: 1, points: [0, 0, 1, 10.5, id.length, 0.5] });
  let last = new Document(person);
  const nothing = last.vector();
  for (const visit of [1, 2, 3]) {
    const now = new Document(person);
    now.y.clientID = 80 + visit;
    now.apply(last.since(), "kept");
    for (let n = 0; n < 8; n += 1) now.act({ do: "mark", layer: now.drawing.layers[0].id, mark: stroke(`s${visit}${n}`) });
    now.act({ do: "add", layer: newLayer({ id: `l${visit}`, marks: [stroke(`a${visit}`)] }) });
    now.act({ do: "set", layer: `l${visit}`, change: { opacity: 0.5, name: "Sea" } });
    now.act({ do: "merge", layer: `l${visit}`, into: `m${visit}` });
    now.act({ do: "clear", layer: `m${visit}` });
    now.undo();
    now.undo();
    now.redo();
    now.act({ do: "replace", drawing: newDrawing({ width: 512, height: 300 }) });
    now.undo();
    now.change(() => {
      now.prompt.insert(0, "a boat ");
      now.prompt.delete(1, 2);
      now.settings.set("steps", visit);
    });
    last = now;
  }
  write("visits", [last], piecesOf(last.since(nothing), nothing, 700));
}

/** A document without a layer to draw on, and one whose layers lie in each other in a circle. */
function odd() {
  const document = new Document({ author: 7, clock: () => 1_700_000_000_000 });
  document.y.clientID = 71;
  document.act({ do: "add", layer: newLayer({ id: "a" }) });
  document.act({ do: "add", layer: newLayer({ id: "b" }) });
  document.change(() => {
    document.layers.get("a").set("inside", "b");
    document.layers.get("b").set("inside", "a");
    document.layers.get("first").set("inside", "nowhere");
  });
  write("circle", [document], [document.since()]);
  document.act({ do: "remove", layer: "first" });
  write("ground", [document], [document.since()]);
}

alone();
visits();
odd();
for (const seed of [4, 7]) {
  const people = hands(seed, { rounds: 60 });
  write(`people-${seed}`, people, [people[0].since()]);
}
