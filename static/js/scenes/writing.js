// What a chat model writes, while it writes: the text as it comes, how it stands, and the way to stop it.

import { find } from "#lib/dom";
import { ask } from "#lib/server";
import { follow } from "#lib/sse";
import { _, fill, placeInWords } from "#lib/words";

// So near (px) to the end the text is held there while it grows.
const NEAR = 40;

/** The text of one generation, put together from its pieces; pure. */
export class Text {
  #pieces = [];
  attempt = 0;
  /** Bytes so far. */
  size = 0;

  /** Take an event in. @returns {boolean} whether the text is another one now */
  take(type, value) {
    if (type === "begin") {
      [this.#pieces, this.size, this.attempt] = [[], 0, value.attempt];
      return true;
    }
    // Out of place: it was heard before, or belongs to an attempt that is over.
    if (type !== "text" || value.attempt !== this.attempt || value.at !== this.size) return false;
    this.#pieces.push(value.text);
    this.size += new TextEncoder().encode(value.text).length;
    return true;
  }

  get whole() {
    return this.#pieces.join("");
  }
}

export class Writing {
  constructor() {
    this.root = find("#scene-writing");
    this.parts = { state: find("#writing-state"), text: find("#writing-text"), stop: find("#writing-stop"), bar: find("#writing-bar") };
    this.generation = null;
    this.parts.stop.addEventListener("click", () => this.#stop());
  }

  /** Follow a generation to its end. @returns {Promise<object>} its view */
  async follow(generation) {
    this.generation = generation;
    this.root.hidden = false;
    this.root.scrollIntoView({ block: "nearest" });
    this.parts.stop.disabled = false;
    this.parts.text.textContent = "";
    this.#say(_("Waiting"));
    const text = new Text();
    let ended = null;
    await follow(`/api/v1/generations/${generation}/text`, {
      lost: (error) => error && this.#say(_("The connection is lost. It is being tried again.")),
      hear: (type, value) => {
        if (text.take(type, value)) this.#write(text.whole, type === "begin");
        else if (type === "generation") this.#stands(value.generation);
        else if (type === "stage") this.#stands({ state: "running", ...value });
        else if (type === "end") ended = value.generation;
        else if (type === "bye") throw Object.assign(new Error(value.message), { status: 1 });
        return ended !== null;
      },
    });
    this.root.hidden = true;
    return ended;
  }

  #write(whole, anew) {
    const { text } = this.parts;
    const held = text.scrollHeight - text.scrollTop - text.clientHeight < NEAR;
    if (!anew && text.firstChild && whole.startsWith(text.firstChild.data)) text.firstChild.appendData(whole.slice(text.firstChild.length));
    else text.textContent = whole;
    if (held) text.scrollTop = text.scrollHeight;
    if (whole) this.#say(fill(_("%(count)s characters"), { count: whole.length }));
  }

  #stands({ state, stage, position, wait }) {
    if (state === "queued" || stage === "waiting") this.#say([position && placeInWords(position, document.documentElement.lang), wait?.message].filter(Boolean).join(" · ") || _("Waiting"));
    else if (stage === "writing") this.#say(_("The model is thinking"));
    else if (stage === "saving") this.#say(_("Saving"));
  }

  #say(words) {
    if (this.parts.state.textContent !== words) this.parts.state.textContent = words;
  }

  async #stop() {
    this.parts.stop.disabled = true;
    try {
      await ask("POST", `/api/v1/generations/${this.generation}/cancel`);
    } catch {
      this.parts.stop.disabled = false; // it has ended meanwhile, or the network is away: the stream says which
    }
  }
}
