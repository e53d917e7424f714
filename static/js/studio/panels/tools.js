// What is to be made: the tool, its own parameters, and the inputs that it takes from the board.

import { el, find, icon } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { ask } from "#lib/server";
import { _ } from "#lib/words";
import { Extras } from "#studio/panels/extras";

// How each tool uses the board, in words beside an icon.
const MODES = () => ({
  text_to_image: ["type", _("Words only: the board is empty")],
  sketch_to_image: ["pencil", _("Your drawing leads the picture")],
  image_to_image: ["image", _("The board's picture is painted over")],
  inpaint: ["brush", _("Only what the mask marks is made anew")],
  outpaint: ["maximize", _("What is empty on the board is filled")],
  upscale: ["zoom-in", _("The board's picture is made twice as large")],
});

export class ToolPanel {
  /** @param {{config: object, form: import("./form.js").SettingsForm, board: import("../canvas/board.js").Board}} parts */
  constructor({ config, form, board }) {
    Object.assign(this, { config, form, board });
    this.keepAs = `brushwire.tool.${config.user}`;
    this.select = find("#field-tool");
    this.extras = new Extras(find("#extras"));
    this.values = {};
    this.model = null;
    this.shown = null;
    this.select.addEventListener("change", () => {
      this.update();
      this.#keep();
    });
    find("#extras").addEventListener("change", () => this.#keep());
    form.fields.model.addEventListener("change", () => this.update());
    find("#reset").addEventListener("click", () => this.#reset());
    const kept = recall(this.keepAs, {});
    this.update();
    this.use(kept.values ?? {}, kept.tool ?? "");
  }

  /** The tool's name: the one chosen, else what the board says. */
  get name() {
    if (this.select.value) return this.select.value;
    if (this.board.empty) return "text_to_image";
    return this.board.hasMask && this.form.model?.tools.includes("inpaint") ? "inpaint" : "sketch_to_image";
  }

  /** What the person chose; "" leaves it to the board. */
  get chosen() {
    return this.select.value;
  }

  get #panel() {
    return this.form.model?.panels[this.name] ?? { strength: null, fields: [] };
  }

  get hasStrength() {
    return this.#panel.strength !== null;
  }

  /** The board or the model has changed. */
  update() {
    if (this.model !== this.form.model) this.#fillTools();
    const shown = `${this.form.model?.name} ${this.name}`;
    if (this.shown !== shown) this.#show(shown);
    const [name, text] = MODES()[this.name] ?? ["brush", this.#title(this.name)];
    find("#mode").replaceChildren(icon(name), el("span", {}, text));
    find("#mode").dataset.tool = this.name;
    find("#strength-field").hidden = !this.hasStrength;
  }

  /** The tool's own parameters. */
  read() {
    this.values = { ...this.values, ...this.extras.read() };
    return this.extras.read();
  }

  /** Take over parameters, and a tool by name ("" leaves it to the board). */
  use(params, tool = this.select.value) {
    this.values = { ...this.values, ...params };
    if ([...this.select.options].some((option) => option.value === tool)) this.select.value = tool;
    this.update();
    this.extras.use(params);
  }

  /** Why it cannot be made now, or null. */
  cannot() {
    const { model } = this.form;
    if (!model) return _("There is no model to draw with yet. An administrator can add one.");
    const needs = this.config.tools.find((tool) => tool.name === this.name)?.needs ?? [];
    if (!model.tools.includes(this.name)) {
      return this.name === "sketch_to_image" ? _("This model cannot follow a drawing. Clear the board or choose another model.") : _("This model needs a drawing.");
    }
    if (needs.length && this.board.empty) return needs.includes("sketch") ? _("Draw something first.") : _("Put a picture on the board first.");
    if (needs.includes("mask") && !this.board.hasMask) return _("Mark what should change with the mask brush first.");
    return null;
  }

  /** What the tool needs of the board: {attached, inputs} for `actions.generate`. @throws {Error} when it cannot be sent */
  async gather() {
    if (this.name === "sketch_to_image") return { attached: { role: "sketch", bytes: await bytesOf(await this.board.export()) } };
    if (this.name === "text_to_image") return {};
    const inputs = { image: await upload(await this.#picture()) };
    if (this.name === "inpaint") inputs.mask = await upload(await this.board.mask());
    return { inputs };
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** Outpaint fills what is transparent; everything else sees the board on its paper. */
  #picture() {
    if (this.name !== "outpaint") return this.board.image();
    const { width, height } = this.form.size;
    return this.board.toBlob({ width: width * 2, height: height * 2, type: "image/png" });
  }

  #fillTools() {
    this.model = this.form.model;
    const names = this.model?.tools ?? [];
    const options = names.map((name) => el("option", { value: name }, this.#title(name)));
    const before = this.select.value;
    this.select.replaceChildren(el("option", { value: "" }, _("As the board says")), ...options);
    this.select.value = names.includes(before) ? before : "";
  }

  #show(shown) {
    const { strength, fields } = this.#panel;
    // Tools differ in how much of a picture they keep: the first one shown leaves what was remembered.
    if (this.shown !== null && strength !== null) this.form.use({ strength });
    this.shown = shown;
    this.extras.offer(fields, this.values);
  }

  #title(name) {
    return this.config.tools.find((tool) => tool.name === name)?.title ?? name;
  }

  #reset() {
    this.values = {};
    this.extras.offer(this.#panel.fields);
    if (this.hasStrength) this.form.use({ strength: this.#panel.strength });
    this.#keep();
  }

  #keep() {
    this.read();
    remember(this.keepAs, { tool: this.select.value, values: this.values });
  }
}

/** Hand a picture to the server. @returns {Promise<string>} its id */
export async function upload(blob) {
  const body = new FormData();
  body.append("file", blob, "picture");
  const kept = await ask("POST", "/api/v1/inputs", body);
  return kept.id;
}

async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}
