// The replay of a board: strokes and the pictures that came of them, with a place to scrub, and the way to a file.

import { openDialog } from "#lib/dialog";
import { el, icon } from "#lib/dom";
import { ask } from "#lib/server";
import { fill, _ } from "#lib/words";
import { Authors } from "#studio/timelapse/authors";
import { Composer } from "#studio/timelapse/composer";
import { LENGTHS, Tempo, beatsOf, storyOf } from "#studio/timelapse/moments";
import { Saving } from "#studio/timelapse/saving";
import { sheetOf } from "#studio/timelapse/sheet";

const LONGEST = 720; // pixels of a pane's longest side
const SECONDS = () => new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const LAYOUTS = () => [["drawing", "brush", _("Drawing")], ["both", "square-split-horizontal", _("Both")], ["picture", "image", _("Picture")]];

/** @param {{board: import("../canvas/board.js").Board, id: string, shelf: import("../canvas/shelf.js").Shelf, title: string|undefined}} of */
export function openReplay(of) {
  return new Replay(of).open();
}

/** The moments of a board with their pictures; works that are gone from the gallery are left out. */
async function gather(shelf) {
  const kept = await shelf.all().catch(() => []); // no database: the drawing alone is told
  const fetched = ({ thumbnail }) => ask("GET", thumbnail, undefined, { want: "blob" }).catch(() => null);
  const told = kept.map(async (moment) => {
    const blobs = moment.kind === "frame" ? [moment.blob] : await Promise.all(moment.works.map(fetched));
    return { ...moment, blobs: blobs.filter(Boolean) };
  });
  return (await Promise.all(told)).filter(({ blobs }) => blobs.length);
}

/** The names of those who drew; nobody is named where one person did, or where the server cannot be asked. */
async function namesOf(id, { entries }) {
  if (new Set(entries.map(({ by }) => by)).size < 2) return [];
  return ask("GET", `/api/v1/boards/${id}/authors`).catch(() => []);
}

class Replay {
  constructor({ board, id, shelf, title }) {
    Object.assign(this, { board, id, shelf, title, size: board.size, at: 0, seconds: LENGTHS[0], layout: "drawing" });
    this.story = storyOf(board.drawing);
    this.moments = [];
    this.playing = this.busy = false;
    this.number = SECONDS();
  }

  get last() {
    return this.tempo.last;
  }

  async open() {
    this.#build();
    document.body.append(this.dialog);
    openDialog(this.dialog);
    const [moments, names] = await Promise.all([gather(this.shelf), namesOf(this.id, this.story)]);
    if (!this.dialog.open) return;
    this.moments = moments;
    this.#knowAuthors(new Authors(this.story.entries, names, _("somebody")));
    this.composer = this.#composer();
    this.stage.removeAttribute("aria-busy");
    for (const button of this.layouts.children) button.disabled = button.dataset.layout !== "drawing" && this.moments.length === 0;
    this.none.hidden = this.moments.length > 0;
    this.#lay(this.moments.length ? "both" : "drawing");
    this.#play(this.last > 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  #composer(who = this.who) {
    return new Composer(this.story, this.moments, this.board.pictures.bitmaps, who);
  }

  /** Where several drew: who they are, a switch that tells their marks apart, and one for the file. */
  #knowAuthors(authors) {
    if (!authors.several) return;
    this.who = { authors, names: true, tint: false };
    const person = ({ name, colour, marks }) => {
      const node = el("li", { title: fill(_("Marks: %(n)s"), { n: marks }) }, el("i", { "aria-hidden": "true" }), el("span", { dir: "auto" }, name));
      node.style.setProperty("--colour", colour);
      return node;
    };
    const tint = el("input", { type: "checkbox", onchange: () => this.#tint(tint.checked) });
    this.told = el("input", { type: "checkbox" });
    const check = (box, text) => el("label", { class: "check small" }, box, text);
    this.people.replaceChildren(el("ul", { role: "list", "aria-label": _("Who drew") }, ...authors.all.map(person)), check(tint, _("Show who drew what")));
    this.people.hidden = false;
    this.foot.firstChild.after(check(this.told, _("Names in the file")));
  }

  #tint(on) {
    this.who.tint = on;
    this.shown = null;
    this.#show();
  }

  #build() {
    this.canvas = el("canvas", { role: "img", "aria-label": _("The drawing as it came to be") });
    this.stage = el("div", { class: "replay-stage", "aria-busy": "true" }, this.canvas);
    this.place = el("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": _("Place in the replay"), oninput: () => this.#seek(Number(this.place.value)) });
    this.toggle = el("button", { class: "button button-primary button-icon", type: "button", onclick: () => this.#play(!this.playing) });
    this.clock = el("output", { class: "replay-clock" });
    this.layouts = el("div", { class: "replay-layouts", role: "group", "aria-label": _("Show") }, ...LAYOUTS().map(([name, sign, text]) => el("button", { class: "button button-small", type: "button", "data-layout": name, onclick: () => this.#lay(name) }, icon(sign), text)));
    const length = el("select", { class: "input", onchange: () => this.#lengthen(Number(length.value)) }, ...LENGTHS.map((value) => el("option", { value }, fill(_("%(n)s seconds"), { n: value }))));
    this.none = el("p", { class: "small muted", hidden: true }, _("No pictures came of this drawing in this browser yet."));
    this.people = el("div", { class: "replay-people", hidden: true });
    this.saving = new Saving(() => this.#filmed(), this.title);
    this.foot = el("div", { class: "replay-foot" }, el("label", { class: "replay-length" }, el("span", {}, _("At most")), length), this.saving.node);
    const close = el("button", { class: "button button-quiet button-icon", type: "button", "aria-label": _("Close"), title: _("Close"), onclick: () => this.dialog.close() }, icon("x"));
    this.dialog = el(
      "dialog",
      { class: "replay", "aria-labelledby": "replay-title" },
      el("div", { class: "replay-head" }, el("h2", { id: "replay-title" }, _("Replay")), this.layouts, close),
      this.stage,
      el("div", { class: "replay-play" }, this.toggle, this.place, this.clock),
      this.people,
      this.none,
      this.foot,
    );
    this.#showPlaying();
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the board's keys rest meanwhile
    this.dialog.addEventListener("close", () => {
      this.#play(false);
      this.saving.stop();
      this.dialog.remove();
    });
  }

  /** Show drawing, pictures or both, from the same place on. */
  #lay(layout) {
    const share = this.tempo ? this.at / (this.tempo.length || 1) : 0;
    this.layout = layout;
    this.beats = beatsOf(this.story, this.moments, layout);
    this.sheet = sheetOf(layout, this.size, LONGEST);
    for (const button of this.layouts.children) button.setAttribute("aria-pressed", String(button.dataset.layout === layout));
    this.place.max = this.beats.length - 1;
    this.toggle.disabled = this.beats.length < 2;
    this.saving.ready(this.beats.length > 1);
    this.#time(share);
  }

  #lengthen(seconds) {
    this.seconds = seconds;
    this.#time(this.at / (this.tempo.length || 1));
  }

  #time(share) {
    this.tempo = new Tempo(this.beats, this.seconds);
    this.at = share * this.tempo.length;
    this.shown = null;
    this.#show();
  }

  /** What is made into a file, by a painter of its own: one can go on looking meanwhile. */
  #filmed() {
    this.#play(false);
    return { tempo: this.tempo, beats: this.beats, layout: this.layout, board: this.size, composer: this.#composer(this.told?.checked ? { ...this.who } : null) };
  }

  #seek(beat) {
    this.#play(false);
    this.at = beat === this.last ? this.tempo.length : this.tempo.starts[beat];
    this.#show();
  }

  #play(on) {
    this.playing = on;
    this.#showPlaying();
    if (!on) return;
    if (this.at >= this.tempo.length) this.at = 0;
    let last = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      this.at = Math.min(this.tempo.length, this.at + Math.max(0, now - last) / 1000);
      last = now;
      this.#show();
      if (this.at >= this.tempo.length) this.#play(false);
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #showPlaying() {
    const text = this.playing ? _("Pause") : _("Play");
    this.toggle.replaceChildren(icon(this.playing ? "pause" : "play"));
    this.toggle.setAttribute("aria-label", text);
    this.toggle.title = text;
  }

  /** Paint the moment; while one is painted the newest wish waits, so scrubbing never piles up work. */
  async #show() {
    const { tempo, beats, sheet } = this;
    const tint = this.who?.tint;
    const beat = tempo.beatAt(this.at);
    this.place.value = beat;
    const [at, whole] = [this.at, tempo.length].map((seconds) => this.number.format(seconds));
    this.clock.textContent = fill(_("%(at)s of %(whole)s s"), { at, whole });
    this.place.setAttribute("aria-valuetext", this.clock.textContent);
    if (this.busy || this.shown === beats[beat]) return;
    this.busy = true;
    await this.composer.paint(this.canvas, beats[beat], sheet);
    this.shown = beats[beat];
    this.canvas.dataset.beat = beat; // what is on it, which comes after what the slider says
    this.busy = false;
    if (this.sheet !== sheet || this.who?.tint !== tint) this.shown = null;
    if (this.beats[this.tempo.beatAt(this.at)] !== this.shown) this.#show();
  }
}
