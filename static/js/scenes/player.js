// A code scene on a page: its card, the frame it runs in, what it said when it failed, its source.

import { find } from "#lib/dom";
import { _ } from "#lib/words";
import { SceneStage } from "#scenes/stage";

export class ScenePlayer extends EventTarget {
  /** @param {Element} root an element of templates/gallery/_scene.html */
  constructor(root) {
    super();
    this.root = root;
    this.stage = new SceneStage(find("[data-scene-view]", root), root.dataset.sandbox);
    this.parts = Object.fromEntries(["run", "state", "error", "message", "mend", "stop", "source", "code", "copy"].map((name) => [name, find(`[data-scene-${name}]`, root)]));
    this.stage.addEventListener("change", ({ detail }) => this.#show(detail));
    this.parts.run.addEventListener("click", () => this.run());
    this.parts.stop.addEventListener("click", () => this.stage.end());
    this.parts.source.addEventListener("toggle", () => this.parts.source.open && this.#readSource());
    this.parts.copy.addEventListener("click", () => this.#copy());
    this.parts.run.hidden = false;
  }

  /** The code, fetched once. @returns {Promise<string>} */
  code() {
    this.fetched ??= fetch(this.root.dataset.source).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    });
    this.fetched.catch(() => (this.fetched = null));
    return this.fetched;
  }

  async run() {
    this.parts.run.hidden = true;
    try {
      this.stage.run(await this.code());
    } catch {
      this.#show({ state: "failed", message: _("The scene could not be fetched.") });
    }
  }

  #show({ state, message }) {
    const { run, stop, error, message: words, state: told } = this.parts;
    this.root.dataset.state = state;
    run.hidden = state === "loading" || state === "running";
    stop.hidden = !run.hidden;
    told.hidden = state !== "loading";
    told.textContent = state === "loading" ? _("Starting the scene") : "";
    error.hidden = state !== "failed";
    words.textContent = message;
    this.dispatchEvent(new CustomEvent(state, { detail: message }));
  }

  async #readSource() {
    try {
      this.parts.code.textContent = await this.code();
    } catch {
      this.parts.code.textContent = _("The scene could not be fetched.");
    }
  }

  async #copy() {
    const words = find("span", this.parts.copy);
    const before = (words.dataset.before ??= words.textContent);
    try {
      await navigator.clipboard.writeText(await this.code());
      words.textContent = _("Copied");
    } catch {
      words.textContent = _("Could not copy");
    }
    setTimeout(() => (words.textContent = before), 2000);
  }
}
