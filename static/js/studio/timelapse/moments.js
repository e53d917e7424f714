// What a time-lapse tells and when: the changes of a drawing and the pictures that came of it, in their order. Pure.

import { copyOf } from "#studio/canvas/drawing";

/** @typedef {{id: string, at: number, entry: string|null, kind: "frame"|"works"}} Moment a picture that came after the change `entry`, at a time (ms) */
/** @typedef {{done: number, shows: number|null, weight: number}} Beat `done` changes are done, the moment `shows` is in view */

/** What there is to choose from, in seconds; a drawing of few changes takes less. */
export const LENGTHS = [10, 20, 30];
const STEP = 0.5; // seconds that one change takes at most
const WEIGHT = { start: 1, change: 1, frame: 0.5, works: 3 };

/**
 * A drawing's story from the beginning: what lay on the board before the first change that is known (as on another
 * device, or after very many changes) is told mark by mark, layer after layer.
 * @param {import("../canvas/history.js").History} history
 * @returns {{base: object, entries: {id: string, operation: object}[], cursor: number, before: number}} the first `before` entries lay there already
 */
export function storyOf({ base, entries, cursor }) {
  const bare = copyOf(base);
  const lay = bare.layers.flatMap(({ id, marks }) => marks.map((mark) => ({ id: mark.id, operation: { do: "mark", layer: id, mark } })));
  for (const layer of bare.layers) layer.marks = [];
  return { base: bare, entries: [...lay, ...entries.slice(0, cursor)], cursor: lay.length + cursor, before: lay.length };
}

/** Whether a change is worth a look: sizes belong to the settings, and what is laid on a hidden layer is not seen. */
function isSeen({ operation }, hidden) {
  return operation.do !== "size" && !(operation.do === "mark" && hidden.has(operation.layer));
}

/**
 * After how many changes each moment came: `[moment's index, place]`, in the order they are shown. A frame of a drawing that
 * was taken back is left out; a finished work stays, at the last place that is known before it.
 */
export function placesOf({ entries, before }, moments) {
  const place = new Map(entries.map(({ id }, n) => [id, n + 1]));
  let last = before;
  const found = [];
  moments.forEach((moment, index) => {
    const known = moment.entry === null ? before : place.get(moment.entry);
    if (known === undefined && moment.kind === "frame") return;
    last = known ?? last;
    found.push([index, last]);
  });
  return found.sort((a, b) => a[1] - b[1] || moments[a[0]].at - moments[b[0]].at);
}

/**
 * The beats of a time-lapse. `layout`: "drawing" leaves the pictures out, "picture" the strokes between them.
 * @param {Moment[]} moments in the order they came @returns {Beat[]}
 */
export function beatsOf(story, moments, layout = "both") {
  const hidden = new Set(story.base.layers.filter((layer) => !layer.visible).map((layer) => layer.id));
  const coming = layout === "drawing" ? [] : placesOf(story, moments);
  const beats = [{ done: 0, shows: null, weight: WEIGHT.start }];
  let shows = null;
  const show = (place) => {
    while (coming.length && coming[0][1] <= place) {
      [shows] = coming.shift();
      beats.push({ done: place, shows, weight: WEIGHT[moments[shows].kind] });
    }
  };
  show(0);
  story.entries.forEach((entry, n) => {
    if (layout !== "picture" && isSeen(entry, hidden)) beats.push({ done: n + 1, shows, weight: WEIGHT.change });
    show(n + 1);
  });
  // The beginning of a story of pictures is the first picture, not an empty sheet.
  return layout === "picture" && beats.length > 1 ? beats.slice(1) : beats;
}

/** When each beat comes, for a whole that takes `seconds` at most. */
export class Tempo {
  /** @param {Beat[]} beats @param {number} seconds */
  constructor(beats, seconds) {
    const whole = beats.reduce((sum, { weight }) => sum + weight, 0);
    /** How long it takes, in seconds. */
    this.length = beats.length > 1 ? Math.min(seconds, whole * STEP) : 0;
    let passed = 0;
    this.starts = beats.map(({ weight }) => {
      const start = (passed / whole) * this.length;
      passed += weight;
      return start;
    });
  }

  get last() {
    return this.starts.length - 1;
  }

  /** The beat in view after so many seconds. */
  beatAt(seconds) {
    let [low, high] = [0, this.last];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle] <= seconds + 1e-9) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/**
 * The pictures of a film: each with its beat, when it comes and how long it stays (ms). Nothing is shown twice in a row, except
 * that no picture stays longer than `longest`; the last one rests for `rest`.
 * @param {Tempo} tempo @param {{rate: number, rest?: number, longest?: number}} how `rate`: at most so many pictures a second
 */
export function shotsOf(tempo, { rate, rest = 1500, longest = Infinity }) {
  const shots = [];
  const end = Math.round(tempo.length * 1000) + rest;
  const ticks = Math.ceil(tempo.length * rate);
  for (let tick = 0; tick <= ticks; tick += 1) {
    const at = Math.min(Math.round((tick * 1000) / rate), end - rest);
    const beat = tick === ticks ? tempo.last : tempo.beatAt(at / 1000);
    const before = shots.at(-1);
    if (before?.beat === beat) continue;
    if (before?.at === at) before.beat = beat;
    else shots.push({ beat, at });
  }
  return shots.flatMap(({ beat, at }, n) => split(beat, at, (shots[n + 1]?.at ?? end) - at, longest));
}

function split(beat, at, lasts, longest) {
  const parts = Math.max(1, Math.ceil(lasts / longest));
  return Array.from({ length: parts }, (_, n) => {
    const [from, to] = [n, n + 1].map((part) => Math.round((part * lasts) / parts));
    return { beat, at: at + from, lasts: to - from };
  });
}

/** Which of the rising `times` is missed least: the one whose neighbours are closest to each other. Neither end. */
export function mostCrowded(times) {
  let [found, gap] = [-1, Infinity];
  for (let n = 1; n < times.length - 1; n += 1) {
    const between = times[n + 1] - times[n - 1];
    if (between < gap) [found, gap] = [n, between];
  }
  return found;
}
