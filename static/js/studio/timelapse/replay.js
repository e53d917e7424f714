// The replay of a board: every change in order, with speed and a place to scrub. Looks at the board, never changes it.

import { el } from "#lib/dom";
import { _ } from "#lib/words";
import { History } from "#studio/canvas/history";
import { Stack } from "#studio/canvas/stack";
import { after, momentsOf } from "#studio/timelapse/moments";

const PAPER = "#ffffff";

/** @param {import("../canvas/board.js").Board} board */
export function openReplay(board) {
  new Replay(board).open();
}

class Replay {
  constructor(board) {
    const { base, entries, cursor } = board.history;
    this.entries = [...entries];
    this.moments = momentsOf(entries, cursor);
    this.past = new History(base, this.entries, 0);
    this.stack = new Stack(el("div"), board.pictures.bitmaps);
    this.at = 0;
    this.speed = "normal";
    this.playing = false;
    this.busy = false;
  }

  get count() {
    return this.moments.length - 1;
  }

  open() {
    this.canvas = el("canvas", { role: "img", "aria-label": _("The drawing as it came to be") });
    this.place = el("input", { type: "range", min: 0, max: this.count, step: 1, value: 0, "aria-label": _("Place in the replay"), oninput: () => this.#seek(Number(this.place.value)) });
    this.toggle = el("button", { class: "button button-primary", type: "button", disabled: this.count === 0, onclick: () => this.#play(!this.playing) });
    const speeds = [["slow", _("Slow")], ["normal", _("Normal")], ["fast", _("Fast")]];
    const speed = el("select", { class: "input", "aria-label": _("Speed"), onchange: () => (this.speed = speed.value) }, ...speeds.map(([value, text]) => el("option", { value, selected: value === this.speed }, text)));
    const close = el("button", { class: "button", type: "button", onclick: () => this.dialog.close() }, _("Close"));
    this.dialog = el("dialog", { class: "replay", "aria-labelledby": "replay-title" }, el("h2", { id: "replay-title" }, _("Replay")), this.canvas, this.place, el("div", { class: "button-row" }, this.toggle, speed, close));
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the board's keys rest meanwhile
    this.dialog.addEventListener("close", () => {
      this.#play(false);
      this.dialog.remove();
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#show();
    this.#play(this.count > 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  #seek(at) {
    this.#play(false);
    this.at = at;
    this.#show();
  }

  #play(on) {
    this.playing = on;
    this.toggle.textContent = on ? _("Pause") : _("Play");
    if (!on) return;
    if (this.at >= this.count) this.at = 0;
    let last = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      this.at = after(this.at, Math.max(0, now - last) / 1000, this.count, this.speed);
      last = now;
      this.#show();
      if (this.at >= this.count) this.#play(false);
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  /** Paint the moment; while one is painted the newest wish waits, so scrubbing never piles up work. */
  async #show() {
    const whole = Math.floor(this.at);
    this.place.value = whole;
    if (this.busy) return;
    this.busy = true;
    this.past.follow(this.entries, this.moments[whole]);
    await this.stack.show(this.past.drawing, null);
    await this.stack.whenDone();
    const sheet = this.stack.flat(this.past.drawing, undefined, PAPER);
    Object.assign(this.canvas, { width: sheet.width, height: sheet.height });
    this.canvas.getContext("2d").drawImage(sheet, 0, 0);
    this.busy = false;
    if (Math.floor(this.at) !== whole) this.#show();
  }
}
