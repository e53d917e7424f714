// Settings out of a picture's file: what it says, what of that can be had here, and what the person wants of it.

import { openDialog } from "#lib/dialog";
import { el, find } from "#lib/dom";
import { ask } from "#lib/server";
import { carriesSettings } from "#lib/sniff";
import { _, fill } from "#lib/words";

const SOURCES = { brushwire: "Brushwire", a1111: "Stable Diffusion web UI", invokeai: "InvokeAI", comfyui: "ComfyUI" };

export class Readings {
  /** @param {{form: object, tools: object, place: (file: File) => Promise<void>, fail: (text: string) => void}} parts `place`: lay a picture on the board */
  constructor({ form, tools, place, fail }) {
    Object.assign(this, { form, tools, place, fail });
    this.dialog = find("#reading");
    find("#reading-use").addEventListener("click", () => this.#use());
    find("#reading-place").addEventListener("click", () => {
      this.dialog.close();
      this.place(this.file);
    });
    find("#reading-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => URL.revokeObjectURL(this.url));
  }

  /** For dropped pictures: whether this one has settings and the person was asked what is meant. */
  async offer(file) {
    if (!(await carriesSettings(file).catch(() => false))) return false;
    return this.open(file, { silent: true });
  }

  /** Ask the server and show what it found. `silent`: only where there is something. @returns {Promise<boolean>} shown */
  async open(file, { silent = false } = {}) {
    const body = new FormData();
    body.append("file", file, "picture");
    try {
      this.found = await ask("POST", "/api/v1/metadata", body);
    } catch (error) {
      if (!silent) this.fail(error.message || _("The server cannot be reached."));
      return false;
    }
    if (silent && !this.found.source) return false;
    this.file = file;
    this.#show();
    return true;
  }

  #show() {
    const { source, tool, model, params, notes } = this.found;
    const some = Boolean(source) && Boolean(tool);
    this.url = URL.createObjectURL(this.file);
    find("#reading-picture").src = this.url;
    find("#reading-title").textContent = source ? _("This picture carries settings") : _("This picture carries no settings");
    find("#reading-source").textContent = source ? fill(_("Written by %(program)s"), { program: SOURCES[source] }) : _("Nothing in the file says how it was made. It can still be drawn upon.");
    find("#reading-prompt").textContent = params.prompt ?? "";
    find("#reading-prompt").hidden = !params.prompt;
    const { width, height, steps, seed, sampler } = params;
    const title = this.form.config.models.find((each) => each.name === model)?.title;
    const facts = [
      [_("Model"), title],
      [_("Size"), width && height && `${width} × ${height}`],
      [_("Steps"), steps],
      [_("Sampler"), sampler],
      [_("Seed"), seed],
    ].filter(([, value]) => value !== undefined && value !== null && value !== "");
    find("#reading-facts").replaceChildren(...facts.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, String(value)))));
    find("#reading-notes").replaceChildren(...notes.map((note) => el("li", {}, note)));
    find("#reading-missing").hidden = notes.length === 0;
    find("#reading-use").hidden = !some;
    find("#reading-place").classList.toggle("button-primary", !some);
    if (!this.dialog.open) openDialog(this.dialog);
    find(some ? "#reading-use" : "#reading-place").focus();
  }

  #use() {
    const { tool, model, params } = this.found;
    this.dialog.close();
    this.form.styles.choose(null); // its words are in the prompt already
    this.form.use({ ...params, model: model ?? undefined, loras: params.loras ?? [], locked: params.seed !== undefined });
    this.tools.choose(tool);
  }
}
