// What live drawing shows: its switch, the picture that follows the board, and how fast it does.

import { el, find } from "#lib/dom";
import { _, fill } from "#lib/words";

export class LivePanel {
  /** @param {import("./live.js").Live} live @param {object} on `shown()`: frames are on the screen, `pinned(command)`, `turned(on)` */
  constructor(live, on) {
    Object.assign(this, { live, on });
    this.root = find("#live");
    this.button = find("#live-switch");
    this.frame = find("#live-picture");
    this.words = find("#live-words");
    this.numbers = find("#live-numbers");
    this.keep = find("#live-keep");
    this.url = null;
    this.sharp = false;
    this.button.addEventListener("click", () => this.#turn(!live.on));
    this.keep.addEventListener("click", () => this.on.pinned(live.pin()));
    live.addEventListener("frame", (event) => this.#picture(event.detail));
    live.addEventListener("status", () => this.draw());
  }

  /** Whether the picture is in view; another may be looked at meanwhile. */
  show(visible) {
    this.root.hidden = !visible;
  }

  draw() {
    const { live } = this;
    const { hindrance } = live;
    if (live.on && hindrance) this.#turn(false);
    this.button.disabled = hindrance !== null;
    this.button.title = hindrance ?? _("The picture follows while you draw");
    if (!live.on) return;
    const { width, height } = live.form.size;
    this.frame.style.aspectRatio = `${width} / ${height}`;
    const { state, text, rate, took } = live.status;
    // Read out what stays, not the coming and going of drafts.
    this.words.setAttribute("aria-live", ["refined", "refused", "offline"].includes(state) ? "polite" : "off");
    if (this.words.textContent !== text) this.words.textContent = text;
    this.root.dataset.state = state;
    const parts = [took && fill(_("%(ms)s ms"), { ms: Math.round(took) }), rate && fill(_("%(rate)s pictures a second"), { rate: rate.toFixed(1) })];
    this.numbers.textContent = parts.filter(Boolean).join(" · ");
  }

  #turn(on) {
    this.live.switch(on);
    this.button.setAttribute("aria-pressed", String(on));
    this.on.turned(on);
    this.draw();
  }

  /** A small unfinished picture is only better than none; a newer one fades in over the last, nothing ever flashes. */
  async #picture({ bytes, media_type: type, done }) {
    if (!done && this.sharp) return this.on.shown();
    this.sharp ||= done;
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    const next = el("img", { src: url, alt: _("Live picture"), class: "live-coming", "data-done": done });
    try {
      await next.decode();
    } catch {
      URL.revokeObjectURL(url); // a damaged frame is not worth a word: the next one is on its way
      return this.on.shown();
    }
    this.frame.append(next);
    requestAnimationFrame(() => next.classList.remove("live-coming"));
    for (const old of [...this.frame.querySelectorAll("img")].slice(0, -2)) {
      URL.revokeObjectURL(old.src);
      old.remove();
    }
    this.keep.disabled = false;
    return this.on.shown();
  }
}
