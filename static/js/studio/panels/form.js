// The settings: fills the form from a model, remembers values, reads parameters, shows errors at their fields.

import { el, find, findAll } from "#lib/dom";
import { freshSeed } from "#lib/ids";
import { recall, remember } from "#lib/keep";
import { shapeOf, sizesFor } from "#lib/sizes";
import { _, fill } from "#lib/words";
import { LoraList } from "#studio/panels/loras";
import { Prompts, Styles, styled } from "#studio/panels/styles";

const NUMBERS = ["steps", "guidance_scale", "strength", "count"];
// A slider moves in these steps; the number beside it takes anything within the limits.
const STEP = { steps: 1, guidance_scale: 0.5, strength: 0.05, count: 1 };
const OWN = ["steps", "guidance_scale", "strength"];
const SHAPES = () => ({
  square: _("Square"),
  landscape: _("Landscape"),
  portrait: _("Portrait"),
  wide: _("Wide"),
  tall: _("Tall"),
});

export class SettingsForm extends EventTarget {
  /** @param {object} config from the page (studio/views/pages.py) */
  constructor(config) {
    super();
    this.config = config;
    this.keepAs = `brushwire.settings.${config.user}`;
    this.form = find("#settings");
    this.fields = this.form.elements;
    this.locked = false;
    this.loras = new LoraList(find("#lora-field"));
    this.styles = new Styles(this, `brushwire.style.${config.user}`);
    new Prompts((prompt) => this.use({ prompt }));
    const kept = recall(this.keepAs, {}); // before anything is filled in, which would be remembered instead
    this.#fillModels();
    for (const name of NUMBERS) this.#bindSlider(name);
    this.#bindSeed();
    this.fields.model.addEventListener("change", () => this.#changeModel());
    this.fields.size.addEventListener("change", () => this.#announceSize());
    find("#reset").addEventListener("click", () => this.useDefaults());
    this.form.addEventListener("input", (event) => this.#changed(event.target));
    this.form.addEventListener("change", (event) => this.#changed(event.target));
    if (this.model) this.useDefaults();
    this.use(kept);
  }

  get model() {
    return this.config.models.find((model) => model.name === this.fields.model.value) ?? null;
  }

  get size() {
    const [width, height] = this.fields.size.value.split("x").map(Number);
    return { width, height };
  }

  /** The chosen model's own numbers, except where the person has set others than the model before had. */
  #changeModel() {
    const { defaults } = this.filled ?? { defaults: {} };
    const own = OWN.filter((name) => defaults[name] !== undefined && this.fields[name].valueAsNumber !== defaults[name]);
    const kept = Object.fromEntries(own.map((name) => [name, this.fields[name].valueAsNumber]));
    this.useDefaults();
    for (const [name, value] of Object.entries(kept)) if (Number.isFinite(value)) this.#setNumber(name, value);
    this.#keep();
  }

  /** The model's own numbers and size; words, seed and count stay. */
  useDefaults() {
    this.filled = this.model;
    const { defaults } = this.model;
    this.#fillSizes();
    this.#fillSamplers();
    this.loras.offer(this.model.loras);
    for (const name of OWN) if (defaults[name] !== undefined) this.#setNumber(name, defaults[name]);
    if (!this.fields.count.value) this.#setNumber("count", defaults.count ?? 1);
    this.#setSize(defaults.width, defaults.height);
    this.#keep();
  }

  /** Take over settings: remembered ones, a work's, or those of an earlier generation. Unknown models keep the present. */
  use({ model, prompt, negative_prompt: negative, width, height, seed, locked, sampler, loras, ...numbers }) {
    const known = this.config.models.find((each) => each.name === model);
    if (known && known !== this.model) {
      this.fields.model.value = model;
      this.useDefaults();
    }
    if (prompt !== undefined) this.fields.prompt.value = prompt;
    if (negative !== undefined) this.fields.negative_prompt.value = negative;
    if (negative) this.fields.negative_prompt.closest("details").open = true;
    for (const name of NUMBERS) if (numbers[name] != null) this.#setNumber(name, numbers[name]);
    if (sampler !== undefined) this.#setSampler(sampler);
    if (loras !== undefined) this.loras.use(loras);
    if (width && height && Math.max(width, height) <= (this.model?.maxSide ?? 0)) this.#setSize(width, height);
    if (seed != null) this.fields.seed.value = seed;
    if (locked !== undefined) this.#lock(locked);
    this.#keep();
  }

  /** Make the picture's proportions those of a board, as large as the model likes: {width, height} in any unit. */
  fit(board) {
    const { defaults, maxSide } = this.model ?? {};
    const { width, height } = this.size;
    if (!defaults || Math.abs(width / height - board.width / board.height) < 0.02) return;
    const scale = Math.min(maxSide, Math.max(defaults.width, defaults.height)) / Math.max(board.width, board.height);
    const side = (value) => Math.max(64, Math.round((value * scale) / 8) * 8);
    this.#setSize(side(board.width), side(board.height));
  }

  /** The parameters as the protocol wants them; a fresh seed unless it is locked. Null when a number is missing. */
  read({ drawn }) {
    this.clearErrors();
    const missing = this.#missing(drawn);
    if (missing.length) {
      this.showErrors(Object.fromEntries(missing.map((name) => [name, { message: _("This must be a number.") }])));
      return null;
    }
    if (!this.locked) this.fields.seed.value = freshSeed();
    const params = this.peek({ drawn });
    this.#keep();
    return params;
  }

  /** The parameters as they stand, the seed as well; null when a number is missing. Says nothing about errors. */
  peek({ drawn }) {
    if (this.#missing(drawn).length) return null;
    if (this.fields.seed.value === "") this.fields.seed.value = freshSeed();
    const numbers = this.#numbers(drawn).map((name) => [name, this.fields[name].valueAsNumber]);
    const words = {
      prompt: this.fields.prompt.value.trim(),
      negative_prompt: this.fields.negative_prompt.value.trim(),
    };
    return {
      ...styled(words, this.styles.style),
      ...Object.fromEntries(numbers),
      sampler: this.fields.sampler.value,
      loras: this.loras.read(),
      seed: this.fields.seed.valueAsNumber,
      ...this.size,
    };
  }

  #numbers(drawn) {
    return NUMBERS.filter((name) => name !== "strength" || drawn);
  }

  #missing(drawn) {
    return this.#numbers(drawn).filter((name) => !Number.isFinite(this.fields[name].valueAsNumber));
  }

  /** Put each message at its field and go to the first. `fields`: name -> {message}. Returns those without a field. */
  showErrors(fields) {
    this.clearErrors();
    const homeless = [];
    for (const [name, error] of Object.entries(fields)) {
      const box = find(`[data-field~="${CSS.escape(name)}"]`, this.form);
      const text = error.message || _("Please check this.");
      if (box) this.#mark(box, name, text);
      else homeless.push(text);
    }
    find("[aria-invalid]", this.form)?.focus();
    return homeless;
  }

  clearErrors() {
    for (const note of findAll(".field-error", this.form)) note.remove();
    for (const input of findAll("[aria-invalid]", this.form)) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }

  #mark(box, name, text) {
    const id = `error-${name}`;
    const input = find("textarea, select, input:not([type=range])", box);
    box.append(el("p", { class: "field-error", id }, text));
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
    const fold = box.closest("details");
    if (fold) fold.open = true;
  }

  // ------------------------------------------------------------------------------------------------------------------

  #fillModels() {
    const options = this.config.models.map((model) => el("option", { value: model.name }, model.title));
    this.fields.model.replaceChildren(...options);
    this.fields.model.disabled = options.length < 1;
  }

  #fillSizes() {
    const { defaults, maxSide } = this.model;
    this.fields.size.replaceChildren();
    for (const size of sizesFor(defaults, maxSide)) this.#addSize(size);
  }

  #fillSamplers() {
    const { samplers, defaults } = this.model;
    const names = ["", ...samplers];
    const options = names.map((name) => el("option", { value: name }, name || _("The model's own")));
    this.fields.sampler.replaceChildren(...options);
    find("#sampler-field").hidden = samplers.length === 0;
    this.#setSampler(defaults.sampler ?? "");
  }

  /** One that this model cannot run becomes the model's own. */
  #setSampler(name) {
    this.fields.sampler.value = this.model?.samplers.includes(name) ? name : "";
  }

  #addSize({ width, height, shape = shapeOf(width, height) }) {
    const text = fill("%(shape)s · %(width)s × %(height)s", { shape: SHAPES()[shape], width, height });
    this.fields.size.append(el("option", { value: `${width}x${height}` }, text));
  }

  #setSize(width, height) {
    const value = `${width}x${height}`;
    if (![...this.fields.size.options].some((option) => option.value === value)) this.#addSize({ width, height });
    this.fields.size.value = value;
    this.#announceSize();
  }

  #announceSize() {
    this.dispatchEvent(new CustomEvent("size", { detail: this.size }));
  }

  #bindSlider(name) {
    const number = this.fields[name];
    const slider = find(`[data-slider="${name}"]`, this.form);
    const limits = this.config.fields[name] ?? {};
    for (const input of [number, slider]) {
      input.min = limits.min ?? 0;
      input.max = limits.max ?? 100;
      input.step = input === slider ? STEP[name] : "any";
    }
    slider.addEventListener("input", () => (number.value = slider.value));
    number.addEventListener("input", () => (slider.value = number.value));
  }

  #setNumber(name, value) {
    this.fields[name].value = value;
    find(`[data-slider="${name}"]`, this.form).value = value;
  }

  #bindSeed() {
    find("#dice").addEventListener("click", () => {
      this.fields.seed.value = freshSeed();
      this.#keep();
    });
    find("#lock").addEventListener("click", () => this.#lock(!this.locked));
    this.fields.seed.addEventListener("input", () => this.#lock(this.fields.seed.value !== ""));
    this.#lock(false);
  }

  #lock(locked) {
    this.locked = locked;
    find("#lock").setAttribute("aria-pressed", String(locked));
    find("#seed-hint").textContent = locked ? _("The same seed gives the same picture.") : _("A new seed each time.");
    this.#keep();
  }

  #changed(target) {
    const box = target.closest("[data-field]");
    if (box) {
      find(".field-error", box)?.remove();
      find("[aria-invalid]", box)?.removeAttribute("aria-invalid");
    }
    this.#keep();
    this.dispatchEvent(new Event("edit"));
  }

  #keep() {
    const { model, prompt, negative_prompt: negative, sampler, seed } = this.fields;
    const values = { model: model.value, prompt: prompt.value, negative_prompt: negative.value, ...this.size };
    values.sampler = sampler.value;
    values.loras = this.loras.read();
    for (const name of NUMBERS) values[name] = this.fields[name].value;
    remember(this.keepAs, { ...values, seed: seed.value, locked: this.locked });
    this.dispatchEvent(new Event("values"));
  }
}
