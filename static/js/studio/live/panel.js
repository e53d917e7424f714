// What live drawing shows: its switch, the picture that follows the board, and how fast it does.

import { el, find } from "#lib/dom";
import { _, fill } from "#lib/words";

export class LivePanel {
  /**
   * @param {import("./live.js").Live} live
   * @param {object} on `shown(mine)`: frames are on the screen, of one's own asking or somebody else's, `pinned(command)`, `turned(on)`
   */
  constructor(live, on) {
    Object.assign(this, { live, on });
    this.root = find("#live");
    this.button = find("#live-switch");
    this.frame = find("#live-picture");
    this.words = find("#live-words");
    this.numbers = find("#live-numbers");
    this.keep = find("#live-keep");
    this.by = find("#live-by");
    this.label = find("#live-switch span");
    this.alone = { label: this.label.textContent, name: this.root.getAttribute("aria-label") };
    this.url = null;
    this.sharp = false;
    this.was = false;
    this.button.addEventListener("click", () => this.#turn(!live.on));
    this.keep.addEventListener("click", async () => this.on.pinned(await live.pin()));
    live.addEventListener("frame", (event) => this.#picture(event.detail));
    live.addEventListener("status", () => this.draw());
  }

  /** Whether the picture is in view; another may be looked at meanwhile. */
  show(visible) {
    this.root.hidden = !visible;
  }

  /**
   * One picture for all who are on this board, or one's own again (null).
   * @param {import("./room.js").RoomWay|null} way @param {(asked: object) => string} wording whose change it shows, in words
   */
  share(way, wording) {
    Object.assign(this, { shared: way, wording });
    this.label.textContent = way ? _("Live for all") : this.alone.label;
    this.root.setAttribute("aria-label", way ? _("Live picture for all") : this.alone.name);
    this.draw();
  }

  draw() {
    const { live, shared } = this;
    const { hindrance } = live;
    if (live.on && hindrance && !shared) this.#turn(false);
    this.#turned();
    // Somebody who only watches sees the picture without a switch of their own.
    this.button.hidden = Boolean(shared) && !shared.room.rights.draw;
    this.button.disabled = hindrance !== null && !live.on;
    this.button.title = hindrance ?? (shared ? shared.title : _("The picture follows while you draw"));
    this.keep.hidden = !live.way.mayPin;
    this.by.hidden = !shared?.asked;
    if (!live.on) return;
    if (shared?.asked) this.by.textContent = this.wording(shared.asked);
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
    this.draw();
  }

  /** It went on or off, by whomever. */
  #turned() {
    const { on } = this.live;
    if (on === this.was) return;
    this.was = on;
    this.button.setAttribute("aria-pressed", String(on));
    this.on.turned(on);
  }

  /** A small unfinished picture is only better than none; a newer one fades in over the last, nothing ever flashes. */
  async #picture({ bytes, media_type: type, done, mine = true }) {
    if (!done && this.sharp) return this.on.shown(mine);
    this.sharp ||= done;
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    const next = el("img", { src: url, alt: _("Live picture"), class: "live-coming", "data-done": done });
    try {
      await next.decode();
    } catch {
      URL.revokeObjectURL(url); // a damaged frame is not worth a word: the next one is on its way
      return this.on.shown(mine);
    }
    this.frame.append(next);
    requestAnimationFrame(() => next.classList.remove("live-coming"));
    for (const old of [...this.frame.querySelectorAll("img")].slice(0, -2)) {
      URL.revokeObjectURL(old.src);
      old.remove();
    }
    this.keep.disabled = false;
    return this.on.shown(mine);
  }
}
