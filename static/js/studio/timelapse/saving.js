// The part of the replay that saves a file: its button, how far it is, the way to stop it, and what was made.

import { el, icon } from "#lib/dom";
import { NoAnswer } from "#lib/server";
import { fill, _ } from "#lib/words";

const STAGES = () => ({
  film: _("Making the video …"),
  reel: _("Painting the pictures …"),
  server: _("The server puts the pictures together …"),
});
const UNFIT = /[\\/:*?"<>|\u0000-\u001f]+/g; // what file systems do not take

export class Saving {
  /** @param {() => object} filmed what to make (maker.js) @param {string|undefined} title the board's, for the file's name */
  constructor(filmed, title) {
    Object.assign(this, { filmed, title, can: false, at: null, url: null });
    this.button = el("button", { class: "button button-primary", type: "button", onclick: () => this.#save() }, icon("film"), _("Save as video"));
    this.cancel = el("button", { class: "button", type: "button", hidden: true, onclick: () => this.#stopped() }, _("Cancel"));
    this.bar = el("progress", { max: 1, hidden: true, "aria-label": _("Saving") });
    this.words = el("p", { class: "replay-words small", role: "status" });
    this.node = el("div", { class: "replay-saving" }, el("div", { class: "replay-told" }, this.words, this.bar), this.cancel, this.button);
  }

  /** Whether there is anything to make a video of. */
  ready(can) {
    this.can = can;
    this.button.disabled = !can || this.at !== null;
  }

  /** Give up what is being made and let the file go. */
  stop() {
    this.at?.abort();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  #stopped() {
    this.stop();
    this.button.focus();
  }

  async #save() {
    this.stop();
    const at = (this.at = new AbortController());
    this.#busy(true);
    this.cancel.focus();
    try {
      const { make } = await import("#studio/timelapse/maker");
      const made = await make(this.filmed(), { signal: at.signal, progress: (stage, share) => at === this.at && this.#progress(stage, share) });
      at.signal.throwIfAborted();
      this.#done(made);
    } catch (error) {
      if (at.signal.aborted) this.#say("");
      else this.#say(whyNot(error), true);
    }
    if (at !== this.at) return;
    this.at = null;
    this.#busy(false);
  }

  #busy(on) {
    const held = this.cancel.contains(document.activeElement);
    this.bar.hidden = this.cancel.hidden = !on;
    this.button.hidden = on;
    this.button.disabled = !this.can;
    if (on) this.bar.value = 0;
    else if (held) this.button.focus();
  }

  #progress(stage, share) {
    if (share === null) this.bar.removeAttribute("value");
    else this.bar.value = share;
    const text = STAGES()[stage];
    if (this.words.textContent !== text) this.#say(text);
  }

  #done({ blob, format, codec, seconds, width, height }) {
    this.url = URL.createObjectURL(blob);
    const name = `${(this.title ?? "").replace(UNFIT, " ").trim() || "brushwire"}.${format}`;
    const link = el("a", { href: this.url, download: name }, name);
    const facts = { codec, seconds: seconds.toFixed(1), size: (blob.size / 2 ** 20).toFixed(2), pixels: `${width} × ${height}` };
    const text =
      format === "mp4"
        ? fill(_("MP4 video (%(codec)s), %(pixels)s, %(seconds)s s, %(size)s MB"), facts)
        : fill(_("Animated WebP, %(pixels)s, %(seconds)s s, %(size)s MB. This browser cannot write video, so the server made a moving picture."), facts);
    this.#say("");
    this.words.append(icon("check"), el("span", {}, link, " · ", text));
    link.click();
  }

  #say(text, wrong = false) {
    this.words.classList.toggle("field-error", wrong);
    this.words.replaceChildren(text);
  }
}

function whyNot(error) {
  if (!(error instanceof NoAnswer)) console.warn("time-lapse", error); // the person is told, whoever looks closer learns why
  if (error.code === "offline") return _("There is no connection right now. Please try again.");
  return (error instanceof NoAnswer && error.message) || _("The video could not be made.");
}
