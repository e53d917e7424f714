// What the next version of a scene shall be: words, a sketch, the model.

import { find } from "#lib/dom";
import { ask } from "#lib/server";
import { _ } from "#lib/words";

const PICTURE = /^image\/(png|jpeg|webp)$/;

export class SceneForm extends EventTarget {
  /** @param {object} config what the page knows (studio/views/scenes.py) */
  constructor(config) {
    super();
    this.config = config;
    this.root = find("#scene-form");
    this.words = find("#scene-words");
    this.sketch = null;
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.words.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && (event.preventDefault(), this.send()));
    if (find("#scene-sketch")) this.#bindSketch();
  }

  /** Ask for it. `error` is what the scene said when it failed. Fires "asked" with the generation. */
  async send({ error = "" } = {}) {
    const { tool, scene, work } = this.config;
    const prompt = this.words.value.trim();
    if (!prompt && !this.sketch && !error) return this.refuse(_("Please describe the scene, or draw it."));
    this.refuse("");
    this.busy(true);
    try {
      const inputs = this.sketch ? { sketch: await this.#upload() } : {};
      const params = { prompt, ...(work && { work }), ...(error && { error }) };
      const model = find("#scene-model")?.value ?? null;
      const made = await ask("POST", "/api/v1/generations", { tool, model, params, inputs, board: scene });
      this.dispatchEvent(new CustomEvent("asked", { detail: made }));
    } catch (refused) {
      this.busy(false);
      const field = Object.values(refused.fields ?? {})[0]?.message;
      this.refuse(field || refused.message || _("The server cannot be reached."));
    }
    return undefined;
  }

  busy(on) {
    find("#scene-send").disabled = on;
  }

  refuse(words) {
    const told = find("#scene-refused");
    told.hidden = !words;
    told.textContent = words;
  }

  #bindSketch() {
    const input = find("#sketch-input");
    find("#sketch-file").addEventListener("click", () => input.click());
    const chosen = () => {
      if (!input.files.length) return;
      this.#take(input.files[0]);
      input.value = "";
    };
    input.addEventListener("change", chosen);
    chosen(); // before this script was there
    find("#sketch-none").addEventListener("click", () => this.#take(null));
    find("#sketch-board")?.addEventListener("click", async ({ currentTarget }) => {
      const answer = await fetch(currentTarget.dataset.address).catch(() => null);
      if (answer?.ok) this.#take(await answer.blob());
      else this.refuse(_("The board could not be fetched."));
    });
    this.root.addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => PICTURE.test(type));
      if (file) this.#take(file);
    });
    for (const kind of ["dragover", "drop"]) {
      this.root.addEventListener(kind, (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        if (kind === "drop") this.#take([...event.dataTransfer.files].find(({ type }) => PICTURE.test(type)) ?? null);
      });
    }
  }

  /** @param {Blob|null} sketch */
  #take(sketch) {
    const shown = find("#scene-sketched");
    if (shown.src) URL.revokeObjectURL(shown.src);
    this.sketch = sketch ?? null;
    shown.hidden = find("#sketch-none").hidden = !sketch;
    if (sketch) shown.src = URL.createObjectURL(sketch);
    else shown.removeAttribute("src");
  }

  async #upload() {
    const body = new FormData();
    body.append("file", this.sketch, "sketch");
    return (await ask("POST", "/api/v1/inputs", body)).id;
  }
}
