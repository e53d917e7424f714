// Styles: chosen ones go around the prompt when it is sent; one's own are saved, changed and deleted here.

import { openDialog } from "#lib/dialog";
import { el, find } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";

const ADDRESS = "/api/v1/presets";
const NUMBERS = ["steps", "guidance_scale", "strength", "sampler"];

/** The words as they are sent. Pure. @param {{prompt: string, negative_prompt: string}|null} style */
export function styled(params, style) {
  if (!style) return params;
  const negative = [params.negative_prompt, style.negative_prompt].filter(Boolean).join(", ");
  // Without words of one's own nothing stays in front of the comma.
  const prompt = style.prompt.replace("{prompt}", () => params.prompt).replace(/^[\s,;]+/, "");
  return { ...params, prompt, negative_prompt: negative };
}

export class Styles {
  /** @param {import("./form.js").SettingsForm} form @param {string} keepAs */
  constructor(form, keepAs) {
    Object.assign(this, { form, keepAs });
    this.all = [];
    /** A style that the board has from somebody else. */
    this.foreign = null;
    this.chosen = recall(keepAs);
    this.dialog = find("#style-dialog");
    this.fields = find("form", this.dialog).elements;
    find("#style-new").addEventListener("click", () => this.#edit(null));
    find("#style-edit").addEventListener("click", () => this.#edit(this.style));
    find("form", this.dialog).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    find("#style-close").addEventListener("click", () => this.dialog.close());
    find("#style-delete").addEventListener("click", () => this.#delete());
    this.#draw();
  }

  /** What is chosen, or null. */
  get style() {
    return this.all.find((style) => style.id === this.chosen) ?? (this.foreign?.id === this.chosen ? this.foreign : null);
  }

  /** Ask the server for all of them. Without an answer the page works, only without styles. */
  async load() {
    this.all = await ask("GET", ADDRESS).then((page) => page.items, () => this.all);
    this.#draw();
  }

  /** Choose one by its id, or none. */
  choose(id) {
    this.chosen = id;
    remember(this.keepAs, id);
    this.#draw();
    if (this.style) this.form.use(this.style.params);
    else this.form.changed();
  }

  /** The board's: {id, name, prompt, negative_prompt}, which may be somebody else's own, or none. Its numbers come with the settings. */
  take(style) {
    this.foreign = style;
    this.chosen = style?.id ?? null;
    this.#draw();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #draw() {
    const cards = this.all.map((style) => this.#card(style));
    find("#style-list").replaceChildren(...cards);
    find("#style-edit").hidden = !this.style?.own;
    find("#style-chosen").textContent = this.style?.name ?? "";
  }

  #card({ id, name, picture, prompt }) {
    const face = picture ? el("img", { src: picture, alt: "", width: 64, height: 64, loading: "lazy" }) : el("span", { class: "style-letter", "aria-hidden": "true" }, [...name][0]);
    const pressed = String(id === this.chosen);
    const choose = () => {
      this.choose(id === this.chosen ? null : id);
      find(`[data-style="${id}"]`)?.focus();
    };
    return el("button", { class: "style", type: "button", "data-style": id, "aria-pressed": pressed, title: prompt, onclick: choose }, face, el("span", {}, name));
  }

  #edit(style) {
    this.editing = style;
    const { prompt = "", negative_prompt: negative = "" } = this.form.values;
    const words = prompt.trim();
    this.fields.name.value = style?.name ?? "";
    this.fields.prompt.value = style?.prompt ?? (words ? `{prompt}, ${words}` : "{prompt}, ");
    this.fields.negative_prompt.value = style?.negative_prompt ?? negative;
    this.fields.numbers.checked = style ? Object.keys(style.params).length > 0 : false;
    find("#style-delete").hidden = !style;
    this.#tell("");
    openDialog(this.dialog);
  }

  async #save() {
    const { name, prompt, negative_prompt: negative, numbers } = this.fields;
    const params = numbers.checked ? this.#numbers() : {};
    const body = { name: name.value, prompt: prompt.value, negative_prompt: negative.value, params };
    const { editing } = this;
    await this.#send(editing ? "PUT" : "POST", editing ? `${ADDRESS}/${editing.id}` : ADDRESS, body, (made) => this.choose(made.id));
  }

  async #delete() {
    await this.#send("DELETE", `${ADDRESS}/${this.editing.id}`, undefined, () => this.choose(null));
  }

  async #send(method, address, body, then) {
    try {
      const made = await ask(method, address, body);
      await this.load();
      then(made);
      this.dialog.close();
    } catch (error) {
      const fields = Object.values(error.fields ?? {}).map((each) => each.message);
      this.#tell(fields.join(" ") || error.message || _("The server cannot be reached."));
    }
  }

  #numbers() {
    const values = NUMBERS.map((name) => [name, this.form.values[name]]);
    return Object.fromEntries(values.filter(([, value]) => value != null && value !== ""));
  }

  #tell(text) {
    const note = find("#style-error");
    note.textContent = text;
    note.hidden = !text;
  }
}

/** Earlier prompts: a list beneath the prompt, asked for when it is opened, and one after the other by keys. */
export class Prompts {
  /** @param {SettingsForm} form */
  constructor(form) {
    this.form = form;
    /** Where the keys are: the prompts as they were when the first was asked for, and one's own words before them. */
    this.walk = null;
    const fold = find("#prompts");
    fold.addEventListener("toggle", async () => {
      if (!fold.open) return;
      const list = await this.#ask();
      const items = list?.map((prompt) => el("li", {}, el("button", { type: "button", title: prompt, onclick: () => this.#use(prompt) }, prompt)));
      const empty = list ? _("Nothing yet.") : _("The server cannot be reached.");
      find("#prompt-list").replaceChildren(...(items?.length ? items : [el("li", { class: "muted small" }, empty)]));
    });
  }

  /** The next older prompt (`direction` 1) or newer one (-1); after the newest come one's own words again. */
  async step(direction) {
    const own = this.form.values.prompt ?? "";
    // Words that were changed meanwhile begin a new walk.
    if (!this.walk || this.walk.all[this.walk.at] !== own) {
      const list = direction > 0 ? await this.#ask() : null;
      if (!list) return;
      this.walk = { all: [own, ...list.filter((prompt) => prompt !== own)], at: 0 };
    }
    const { all, at } = this.walk;
    this.walk.at = Math.min(all.length - 1, Math.max(0, at + direction));
    this.#use(all[this.walk.at]);
  }

  #use(prompt) {
    this.form.use({ prompt });
  }

  #ask() {
    return ask("GET", "/api/v1/prompts").catch(() => null);
  }
}
