// What a time-lapse tells, when, where its panes stand, and which pictures are noted for it.

import assert from "node:assert/strict";
import test from "node:test";

import { Document } from "../../static/js/studio/canvas/document.js";
import { newLayer } from "../../static/js/studio/canvas/drawing.js";
import { Store } from "../../static/js/studio/store.js";
import { Past, Tempo, beatsOf, mostCrowded, newestOf, placesOf, shotsOf, storyOf } from "../../static/js/studio/timelapse/moments.js";
import { Recorder } from "../../static/js/studio/timelapse/recorder.js";
import { sheetOf, tiles, within } from "../../static/js/studio/timelapse/sheet.js";

const stroke = (id) => ({ id, kind: "stroke", tool: "brush", color: "#000000", size: 4, opacity: 1, points: [0, 0, 1] });

/** A board with these strokes drawn one after the other. */
function drawn(...ids) {
  let now = 0;
  const document = new Document({ author: 1, clock: () => (now += 1) });
  for (const id of ids) draw(document, id);
  return document;
}
const names = (count) => Array.from({ length: count }, (_, n) => `m${n}`);
const draw = (document, id, layer = "first") => document.act({ do: "mark", layer, mark: stroke(id) });

const frame = (at, entry) => ({ id: `f${at}`, kind: "frame", at, entry });
const works = (at, entry) => ({ id: `w${at}`, kind: "works", at, entry });
const tellOf = ({ drawing }, moments, layout) => beatsOf(storyOf(drawing), moments, layout).map(({ done, shows }) => [done, shows]);

test("a replay shows every mark that is not undone, in the order they were drawn, hidden layers unseen", () => {
  const document = drawn("a", "b");
  document.act({ do: "size", width: 512, height: 300 });
  document.act({ do: "add", layer: newLayer({ id: "sky" }) });
  draw(document, "c", "sky");
  draw(document, "d");
  draw(document, "e");
  document.undo();
  const { entries } = storyOf(document.drawing);
  assert.deepEqual(entries.map(({ id, layer, by, t }) => [id, layer, by, t]), [["a", "first", 1, 1], ["b", "first", 1, 2], ["c", "sky", 1, 3], ["d", "first", 1, 4]]);
  assert.equal(newestOf(document.drawing).id, "d");
  assert.deepEqual(tellOf(document, []), [[0, null], [1, null], [2, null], [3, null], [4, null]]);
  document.act({ do: "set", layer: "sky", change: { visible: false } });
  assert.deepEqual(tellOf(document, []), [[0, null], [1, null], [2, null], [4, null]]);
  assert.deepEqual(tellOf(drawn(), []), [[0, null]]);
  assert.equal(newestOf(drawn().drawing), null);
});

test("the drawing as it was: layer by layer, merged ones mark by mark, the same objects where nothing changed", () => {
  const document = drawn("a", "b");
  document.act({ do: "add", layer: newLayer({ id: "sky", opacity: 0.5 }) });
  draw(document, "c", "sky");
  draw(document, "d");
  document.act({ do: "merge", layer: "sky", into: "both" });
  draw(document, "e", "both");
  const story = storyOf(document.drawing);
  const past = new Past(story);
  const look = (marks) => marks.map((mark) => (mark.kind === "group" ? look(mark.marks) : mark.id));
  assert.deepEqual([0, 1, 3, 4, 5].map((done) => look(past.at(done).layers[0].marks)), [[], [["a"]], [["a", "b"], ["c"]], [["a", "b", "d"], ["c"]], [["a", "b", "d"], ["c"], "e"]]);
  const [three, four] = [past.at(3), past.at(4)].map(({ layers: [{ marks }] }) => marks);
  assert.equal(three[1], four[1], "the upper one is not painted anew");
  assert.notEqual(three[0], four[0]);
  assert.deepEqual(past.at(story.entries.length).layers, document.drawing.layers);
});

test("pictures come after the mark they came after, in the order they came", () => {
  const document = drawn("a", "b");
  const moments = [frame(1, null), frame(2, "a"), frame(3, "b"), frame(4, "a"), works(5, "b")];
  assert.deepEqual(tellOf(document, moments), [[0, null], [0, 0], [1, 0], [1, 1], [1, 3], [2, 3], [2, 2], [2, 4]]);
  assert.deepEqual(tellOf(document, moments, "drawing"), [[0, null], [1, null], [2, null]]);
  assert.deepEqual(tellOf(document, moments, "picture"), [[0, 0], [1, 1], [1, 3], [2, 2], [2, 4]]);
});

test("a frame of a drawing that was taken back is left out, a finished work stays where it can", () => {
  const document = drawn("a", "b", "c");
  document.undo();
  const moments = [frame(1, "a"), works(2, "c"), frame(3, "c"), works(4, "long gone")];
  assert.deepEqual(placesOf(storyOf(document.drawing), moments), [[0, 1], [1, 1], [3, 1]]);
});

test("a long drawing takes what it may, a short one half a second a change; works are looked at longest", () => {
  assert.equal(new Tempo(beatsOf(storyOf(drawn(...names(500)).drawing), []), 20).length, 20);
  const tempo = new Tempo(beatsOf(storyOf(drawn("a", "b").drawing), [works(1, "a")]), 20);
  assert.equal(tempo.length, 3);
  assert.deepEqual(tempo.starts, [0, 0.5, 1, 2.5]);
  assert.deepEqual([0, 0.49, 0.5, 2.4, 2.5, 99].map((at) => tempo.beatAt(at)), [0, 0, 1, 2, 3, 3]);
  assert.equal(new Tempo(beatsOf(storyOf(drawn().drawing), []), 20).length, 0);
});

test("the shots of a film follow each other without a gap, end with the last beat and its rest", () => {
  for (const count of [1, 7, 300, 2000]) {
    const beats = beatsOf(storyOf(drawn(...names(count)).drawing), []);
    for (const how of [{ rate: 8 }, { rate: 30, longest: 500 }]) {
      const tempo = new Tempo(beats, 10);
      const shots = shotsOf(tempo, how);
      shots.forEach(({ at, lasts }, n) => assert.equal(at + lasts, shots[n + 1]?.at ?? Math.round(tempo.length * 1000) + 1500));
      assert.ok(shots.every(({ lasts }) => lasts > 0 && lasts <= (how.longest ?? Infinity)));
      assert.deepEqual([shots[0].beat, shots[0].at, shots.at(-1).beat], [0, 0, count]);
      assert.ok(shots.length <= 10 * how.rate + 5);
      if (!how.longest) assert.equal(new Set(shots.map(({ beat }) => beat)).size, shots.length, "nothing twice");
    }
  }
});

test("panes stand beside or below each other, with even sides that a video encoder takes", () => {
  for (const board of [{ width: 512, height: 512 }, { width: 512, height: 341 }, { width: 287, height: 512 }]) {
    for (const layout of ["drawing", "both", "picture"]) {
      const sheet = sheetOf(layout, board, 477);
      assert.ok(sheet.width % 2 === 0 && sheet.height % 2 === 0, JSON.stringify(sheet));
      assert.deepEqual([sheet.drawing !== null, sheet.picture !== null], [layout !== "picture", layout !== "drawing"]);
    }
  }
  assert.equal(sheetOf("both", { width: 512, height: 512 }, 480).picture.x, 492);
  assert.equal(sheetOf("both", { width: 512, height: 288 }, 480).picture.y, 282);
});

test("a picture stands in the middle of its pane, several share it", () => {
  assert.deepEqual(within({ width: 10, height: 5 }, { x: 100, y: 0, width: 20, height: 20 }), { x: 100, y: 5, width: 20, height: 10 });
  assert.deepEqual(tiles(1, { x: 3, y: 4, width: 8, height: 6 }), [{ x: 3, y: 4, width: 8, height: 6 }]);
  assert.deepEqual(tiles(3, { x: 0, y: 0, width: 8, height: 8 })[2], { x: 0, y: 4, width: 4, height: 4 });
});

test("the frame whose neighbours are closest is missed least", () => {
  assert.equal(mostCrowded([0, 10, 11, 12, 30, 60]), 2);
  assert.equal(mostCrowded([0, 5]), -1);
});

// The recorder ----------------------------------------------------------------------------------------------------------

class Kept {
  constructor(...found) {
    this.rows = new Map(found.map((row) => [row.id, row]));
  }
  async all() {
    return [...this.rows.values()];
  }
  async put(row, drop = []) {
    if (this.broken) throw new DOMException("no room", "QuotaExceededError");
    for (const id of drop) this.rows.delete(id);
    this.rows.set(row.id, row);
  }
  kinds() {
    return [...this.rows.values()].map(({ kind }) => kind);
  }
}

function recording(shelf = new Kept()) {
  const parts = { board: drawn("a", "b"), live: new EventTarget(), store: Object.assign(new Store(), { board: "a" }), shelf };
  return { ...parts, recorder: new Recorder(parts) };
}

const shown = (live, kind = "draft", done = true) => live.dispatchEvent(Object.assign(new Event("frame"), { detail: { bytes: new Uint8Array(9), media_type: "image/jpeg", kind, done } }));
const generation = (board, name) => ({ id: `g-${name}`, command: name, board, state: "finished", created_at: "2026-11-28T09:00:00Z", params: {}, works: [{ id: "w", thumbnail: "/t" }, { id: "x", thumbnail: "/u" }] });
const finished = (board, ...names) => ({ type: "snapshot", seq: 1, generations: names.map((name, n) => generation(n ? "other" : board, name)) });

test("finished frames are noted with the change they came after; drafts no closer than a third of a second", async () => {
  const { live, recorder, shelf } = recording();
  shown(live, "draft", false);
  shown(live);
  shown(live);
  shown(live, "refined");
  await recorder.whenKept();
  assert.deepEqual(shelf.kinds(), ["frame", "frame"]);
  assert.equal((await shelf.all())[0].entry, "b");
  assert.equal((await shelf.all())[0].blob.size, 9);
});

test("what comes of this board is noted once, also over a reload; other boards' pictures are not", async () => {
  const { store, shelf, recorder } = recording();
  store.apply(finished("a", "mine"));
  await recorder.whenKept();
  store.apply(finished("a", "mine", "another's"));
  await recorder.whenKept();
  assert.deepEqual(shelf.kinds(), ["works"]);
  assert.deepEqual((await shelf.all())[0].works, [{ id: "w", thumbnail: "/t" }, { id: "x", thumbnail: "/u" }]);
  const again = recording(shelf);
  again.store.apply(finished("a", "mine"));
  await again.recorder.whenKept();
  assert.deepEqual([...shelf.rows.keys()], ["g-mine"]);
});

test("a board keeps so many frames; the beginning and the end stay", async () => {
  const old = Array.from({ length: 400 }, (_, n) => ({ ...frame(n * 1000, null), blob: new Blob(["x"]) }));
  const { live, recorder, shelf } = recording(new Kept(...old));
  shown(live);
  await recorder.whenKept();
  assert.equal(shelf.rows.size, 400);
  assert.ok(shelf.rows.has("f0"));
});

test("a browser without room stops noting and nothing else happens", async () => {
  const shelf = new Kept();
  shelf.broken = true;
  const { live, recorder } = recording(shelf);
  shown(live);
  shown(live, "refined");
  await recorder.whenKept();
  assert.equal(shelf.rows.size, 0);
});
