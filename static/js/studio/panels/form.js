// The settings: the model, and the values of the fields that it has with a tool; remembers them. Knows no field's kind.

import { el, find } from "#lib/dom";
import { freshSeed } from "#lib/ids";
import { recall, remember } from "#lib/keep";
import { _ } from "#lib/words";
import { Fields } from "#studio/panels/fields";
import { Prompts, Styles, styled } from "#studio/panels/styles";
import { fitting, paramsOf, sized, travelled } from "#studio/panels/values";
import { weighted } from "#studio/panels/weights";

export class SettingsForm extends EventTarget {
  /** @param {object} config from the page (studio/views/pages.py) */
  constructor(config) {
    super();
    this.config = config;
    this.keepAs = `brushwire.settings.${config.user}`;
    this.form = find("#settings");
    this.select = find("#field-model");
    const { model, locked = false, byTool = {}, ...values } = recall(this.keepAs, {});
    /** Values by the fields' names, of those too that the present tool does not have. */
    this.values = values;
    /** Of each tool, what was set with it last. */
    this.byTool = byTool;
    this.locked = locked;
    /** Whether what happens now is this person's doing, and not the board's or somebody else's on it. */
    this.own = true;
    this.shown = { tool: null, model: null, fields: [] };
    this.fields = new Fields(this.form, { set: (name, value) => this.#set(name, value), lock: (on = !this.locked) => this.#lock(on) });
    this.styles = new Styles(this, `brushwire.style.${config.user}`);
    this.prompts = new Prompts(this);
    this.#fillModels(model);
    this.select.addEventListener("change", () => this.dispatchEvent(new Event("model")));
    find("#reset").addEventListener("click", () => this.#useDefaults());
    for (const kind of ["input", "change"]) this.form.addEventListener(kind, (event) => this.#edited(event.target));
  }

  get model() {
    return this.config.models.find((model) => model.name === this.select.value) ?? null;
  }

  /** The picture's size in pixels; empty without a model. */
  get size() {
    return this.values.size ?? {};
  }

  /** The fields that the present model has with `tool`. */
  panel(tool) {
    return this.model?.panels[tool] ?? [];
  }

  /** Show the fields of `tool` with the present model. */
  show(tool) {
    const { model } = this;
    const before = this.shown;
    if (before.tool === tool && before.model === model) return;
    const fields = this.panel(tool);
    if (before.tool) this.byTool[before.tool] = Object.fromEntries(before.fields.filter((field) => !field.personal).map(({ name }) => [name, this.values[name]]));
    const other = before.model !== model;
    this.#take(travelled(before.fields, fields, this.values, this.byTool[tool] ?? {}, other));
    this.shown = { tool, model, fields };
    this.fields.offer(fields);
    for (const { name } of fields) this.fields.write(name, this.values[name]);
    this.fields.writeLock(this.locked);
    this.#keep();
  }

  /** Take over settings: a work's, a style's, or those of an earlier generation. Unknown models keep the present. */
  use({ model, locked, width, height, ...values }) {
    if (this.config.models.some((each) => each.name === model) && model !== this.select.value) {
      this.select.value = model;
      this.dispatchEvent(new Event("model"));
    }
    const size = width && height ? { size: { width, height } } : {};
    const known = Object.entries({ ...values, ...size }).filter(([name, value]) => value != null && this.#takes(name, value));
    this.#take(Object.fromEntries(known));
    for (const [name] of known) this.fields.write(name, this.values[name]);
    if (locked !== undefined) this.#lock(locked);
    this.#keep();
  }

  /** Do something to the form that is not this person's doing: nobody is asked because of it, and none of it is remembered as theirs. */
  quietly(act) {
    this.own = false;
    try {
      act();
    } finally {
      this.own = true;
    }
  }

  /** Make the picture's proportions those of a board, as large as the model likes: {width, height} in any unit. */
  fit(board) {
    const field = this.shown.fields.find((each) => each.kind === "size");
    const { width, height } = this.size;
    if (field && Math.abs(width / height - board.width / board.height) >= 0.02) this.use(sized(field, board));
  }

  /** The parameters as the protocol wants them; a fresh seed unless it is locked. Null when a number is missing. */
  read() {
    this.fields.clearErrors();
    const missing = this.shown.fields.filter((field) => field.kind === "number" && !Number.isFinite(this.values[field.name]));
    if (missing.length) {
      this.fields.showErrors(Object.fromEntries(missing.map(({ name }) => [name, { message: _("This must be a number.") }])));
      return null;
    }
    if (!this.locked) this.#set("seed", freshSeed(), true);
    return this.peek(this.shown.tool);
  }

  /** The parameters for a tool as they stand, the seed as well; null when a number is missing. Says nothing of errors. */
  peek(tool) {
    if (this.values.seed == null) this.#set("seed", freshSeed(), true);
    const fields = this.panel(tool);
    const values = tool === this.shown.tool ? this.values : travelled(this.shown.fields, fields, this.values, this.byTool[tool] ?? {}, false);
    const params = paramsOf(fields, values);
    return params && "prompt" in params ? { ...params, ...styled(params, this.styles.style) } : params;
  }

  /** More (`direction` 1) or less (-1) weight for what is selected in a text field, or the word at the caret. */
  weigh(area, direction) {
    const changed = weighted({ text: area.value, start: area.selectionStart, end: area.selectionEnd }, direction);
    if (!changed) return;
    area.value = changed.text;
    area.setSelectionRange(changed.start, changed.end);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  showErrors(fields) {
    return this.fields.showErrors(fields);
  }

  /** Something that counts for what is made was chosen elsewhere: a style. */
  changed() {
    this.#keep();
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** The model's own numbers and size; words, seed and count stay. */
  #useDefaults() {
    this.byTool = {};
    const own = this.shown.fields.filter((field) => !field.personal);
    this.#take(Object.fromEntries(own.map(({ name, value }) => [name, value])));
    for (const { name, value } of own) this.fields.write(name, value);
    this.#keep();
  }

  /** Whether any tool of any model has such a field; one that is shown must be able to take the value. */
  #takes(name, value) {
    const shown = this.shown.fields.find((field) => field.name === name);
    if (shown) return fitting(shown, value) !== undefined;
    return this.config.models.some((model) => Object.values(model.panels).flat().some((field) => field.name === name));
  }

  #take(values) {
    const { size } = this;
    Object.assign(this.values, values);
    if (size.width !== this.size.width || size.height !== this.size.height) this.dispatchEvent(new CustomEvent("size", { detail: this.size }));
  }

  #set(name, value, write = false) {
    this.#take({ [name]: value });
    if (write) this.fields.write(name, value);
    this.#keep();
  }

  #lock(locked) {
    this.locked = locked;
    this.fields.writeLock(locked);
    this.#keep();
  }

  #fillModels(wanted) {
    const options = this.config.models.map((model) => el("option", { value: model.name }, model.title));
    this.select.replaceChildren(...options);
    this.select.disabled = options.length < 1;
    if (this.config.models.some((model) => model.name === wanted)) this.select.value = wanted;
  }

  #edited(target) {
    const box = target.closest("[data-field]");
    if (box) this.fields.clearErrors(box);
    this.dispatchEvent(new Event("edit"));
  }

  #keep() {
    if (this.own) remember(this.keepAs, { ...this.values, model: this.select.value, locked: this.locked, byTool: this.byTool });
    this.dispatchEvent(new CustomEvent("values", { detail: { own: this.own } }));
  }
}
