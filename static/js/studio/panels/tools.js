// Which tool is used: the one chosen, else the one that the board's state leads to. Knows no tool by name.

import { el, find, icon } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { _ } from "#lib/words";
import { hintsOf } from "#studio/canvas/drawing";
import { gathered, missing, unhinted } from "#studio/panels/inputs";

export class ToolPanel {
  /** @param {{config: object, form: import("./form.js").SettingsForm, board: import("../canvas/board.js").Board}} parts */
  constructor({ config, form, board }) {
    Object.assign(this, { config, form, board });
    this.keepAs = `brushwire.tool.${config.user}`;
    this.select = find("#field-tool");
    this.model = null;
    /** The photo on the board, fetched when there may be one. @type {(() => Promise<import("./photo.js").Photo>)|null} */
    this.photo = null;
    this.select.addEventListener("change", () => {
      remember(this.keepAs, this.select.value);
      this.#lead(this.select.value);
      this.update();
    });
    form.addEventListener("model", () => this.update());
    this.#fillTools(recall(this.keepAs, ""));
    this.update();
  }

  /** The tool's name. */
  get name() {
    return this.select.value || this.#byBoard(this.board.hasMask);
  }

  /** What the person chose; "" leaves it to the board. */
  get chosen() {
    return this.select.value;
  }

  /** Choose a tool by name. One that the board's state leads to is left to the board; one that no model has, too. */
  choose(name) {
    this.select.value = this.of(name)?.when || !this.#models(name).length ? "" : name;
    this.#lead(this.select.value);
    this.update();
  }

  /** The tool that follows the board while it is drawn live: a mask is no matter there. */
  get live() {
    return this.#byBoard(false);
  }

  /** Whether such a tool can be drawn live at all. @param {string} name */
  leadsLive(name) {
    return name === "" || ["empty", "drawn"].includes(this.of(name)?.when);
  }

  /** What the page knows of a tool; undefined: there is none of that name. */
  of(name) {
    return this.config.tools.find((tool) => tool.name === name);
  }

  /** The board or the model has changed. */
  update() {
    if (this.model !== this.form.model) this.#fillTools(this.select.value);
    const { name } = this;
    const { icon: picture = "brush", hint = "", title = name } = this.of(name) ?? {};
    const mode = find("#mode");
    if (mode.dataset.tool !== name) {
      mode.replaceChildren(icon(picture), el("span", {}, hint || title));
      mode.dataset.tool = name;
    }
    this.form.show(name);
    const note = this.form.model?.notes?.[name] ?? "";
    find("#model-note").textContent = note;
    find("#model-note").hidden = !note;
    this.#drawPhoto();
  }

  /** Whether the present tool works on a photo as it was taken. */
  get onPhoto() {
    return Object.values(this.of(this.name)?.inputs ?? {}).includes("photo");
  }

  /** Whether the present tool makes something of a picture and asks for no words. */
  get wordless() {
    const { inputs = {} } = this.of(this.name) ?? {};
    return Object.keys(inputs).length > 0 && !this.form.shown.fields.some(({ name }) => name === "prompt");
  }

  /** Why it cannot be made now, or null. */
  cannot() {
    const { model } = this.form;
    if (this.board.closed) return _("Pictures of this board are made by those who may draw on it.");
    if (!model) return _("There is no model to draw with yet. An administrator can add one.");
    const { inputs = {} } = this.of(this.name) ?? {};
    if (!model.tools.includes(this.name)) {
      return Object.keys(inputs).length ? _("This model cannot follow a drawing. Clear the board or choose another model.") : _("This model needs a drawing.");
    }
    return missing({ ...inputs, ...this.#asked() }, this.board) ?? (model.asks[this.name]?.includes("hints") ? unhinted(this.board) : null);
  }

  /** What the tool needs of the board: {attached, inputs} for `actions.generate`. @throws {Error} when it cannot be sent */
  gather() {
    return gathered(this.of(this.name), { board: this.board, size: this.form.size, photo: this.photo });
  }

  /** Nothing of it is seen before there can be a photo. */
  #drawPhoto() {
    const { photo } = this;
    if (photo?.now) photo.now.draw();
    else if (photo && (this.onPhoto || this.wordless || hintsOf(this.board.drawing))) photo.soon();
  }

  /** What of the board the present model cannot do without, of what the tool may be given: role -> source. */
  #asked() {
    const { takes = {} } = this.of(this.name) ?? {};
    return Object.fromEntries((this.form.model?.asks[this.name] ?? []).filter((role) => takes[role] === "drawing").map((role) => [role, takes[role]]));
  }

  #byBoard(masked) {
    const state = this.board.empty ? "empty" : "drawn";
    const led = (when) => this.config.tools.find((tool) => tool.when === when)?.name;
    const special = masked && !this.board.empty ? led("masked") : undefined;
    return special && this.form.model?.tools.includes(special) ? special : (led(state) ?? "");
  }

  /** The models that have a tool; with "" those that follow the board. */
  #models(name) {
    const led = (model) => model.tools.some((each) => this.of(each)?.when);
    return this.config.models.filter((model) => (name ? model.tools.includes(name) : led(model)));
  }

  /** Take a model that has the tool, where the present one has it not. */
  #lead(name) {
    const able = this.#models(name);
    if (able.length && !able.includes(this.form.model)) this.form.use({ model: able[0].name });
  }

  /** Every tool that some model has. One that the present model lacks brings a model along when it is chosen. */
  #fillTools(wanted) {
    this.model = this.form.model;
    const names = this.config.tools.map((tool) => tool.name).filter((name) => this.#models(name).length);
    const options = names.map((name) => el("option", { value: name }, this.of(name).title));
    this.select.replaceChildren(el("option", { value: "" }, _("As the board says")), ...options);
    const able = this.#models(wanted).includes(this.model) || (!wanted && !this.model);
    // A model that follows no board does the first thing that it can.
    this.select.value = able ? wanted : this.#models("").includes(this.model) ? "" : (this.model?.tools[0] ?? "");
  }
}
