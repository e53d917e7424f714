// What a time-lapse tells and when: the marks of a drawing and the pictures that came of it, in their order. Pure.

/** @typedef {{id: string, at: number, entry: string|null, kind: "frame"|"works"}} Moment a picture that came when the mark `entry` was the newest, at a time (ms) */
/** @typedef {{id: string, layer: string, mark: object, by: number, t: number}} Entry a mark, on which layer it is to be seen, who drew it and when (ms) */
/** @typedef {{drawing: object, entries: Entry[]}} Story */
/** @typedef {{done: number, shows: number|null, weight: number}} Beat `done` entries are drawn, the moment `shows` is in view */

/** What there is to choose from, in seconds; a drawing of few changes takes less. */
export const LENGTHS = [10, 20, 30];
const STEP = 0.5; // seconds that one change takes at most
const WEIGHT = { start: 1, change: 1, frame: 0.5, works: 3 };

/**
 * A drawing's story: every mark that is to be seen in it, in the order in which they were drawn, whoever drew them. What is
 * gone is not told. Parts of merged layers are told mark by mark.
 * @param {import("../canvas/drawing.js").Drawing} drawing of a document @returns {Story}
 */
export function storyOf(drawing) {
  const entries = drawing.layers.flatMap(({ id, marks }) => told(marks).map((mark) => ({ id: mark.id, layer: id, mark, by: mark.by, t: mark.t })));
  return { drawing, entries: entries.sort((a, b) => a.t - b.t) };
}

// Only what was once a layer has no time of its own.
const isPart = (mark) => mark.kind === "group" && !("t" in mark);
const told = (marks) => marks.flatMap((mark) => (isPart(mark) ? told(mark.marks) : [mark]));

/** The mark that was drawn last of those that are there; null on an empty board. */
export function newestOf(drawing) {
  const newest = (best, mark) => (best && best.t > mark.t ? best : mark);
  return told(drawing.layers.flatMap(({ marks }) => marks)).reduce(newest, null);
}

/** The drawing as it was: with so many entries of its story. What has not changed is the same object, as the canvas likes it. */
export class Past {
  /** @param {Story} story */
  constructor({ drawing, entries }) {
    this.drawing = drawing;
    this.place = new Map(entries.map(({ mark }, n) => [mark, n]));
    this.parts = new Map();
  }

  /** @returns {import("../canvas/drawing.js").Drawing} */
  at(done) {
    return { ...this.drawing, layers: this.drawing.layers.map((layer) => ({ ...layer, marks: this.#upTo(layer.marks, done) })) };
  }

  #upTo(marks, done) {
    return marks.flatMap((mark) => (isPart(mark) ? this.#part(mark, done) : this.place.get(mark) < done ? [mark] : []));
  }

  #part(whole, done) {
    const marks = this.#upTo(whole.marks, done);
    const before = this.parts.get(whole);
    const same = before?.marks.length === marks.length && before.marks.every((mark, n) => mark === marks[n]);
    if (!same) this.parts.set(whole, { ...whole, marks });
    return marks.length ? [this.parts.get(whole)] : [];
  }
}

/**
 * After how many entries each moment came: `[moment's index, place]`, in the order they are shown. A frame of a drawing that
 * was taken back is left out; a finished work stays, at the last place that is known before it.
 */
export function placesOf({ entries }, moments) {
  const place = new Map(entries.map(({ id }, n) => [id, n + 1]));
  let last = 0;
  const found = [];
  moments.forEach((moment, index) => {
    const known = moment.entry === null ? 0 : place.get(moment.entry);
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
  const hidden = new Set(story.drawing.layers.filter((layer) => !layer.visible).map((layer) => layer.id));
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
    if (layout !== "picture" && !hidden.has(entry.layer)) beats.push({ done: n + 1, shows, weight: WEIGHT.change });
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
