// The editor of a finished picture: a dialog with a preview that follows every control. Loaded on demand.

import { openDialog } from "#lib/dialog";
import { el, icon, oncePerFrame } from "#lib/dom";
import { ask } from "#lib/server";
import { _ } from "#lib/words";
import { controls } from "#studio/editing/controls";
import { Frame } from "#studio/editing/frame";
import { centred } from "#studio/editing/geometry";
import { Preview } from "#studio/editing/preview";
import { operationsOf, stateOf, untouched } from "#studio/editing/recipe";

const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
const PAUSE = 250; // ms without a key before a caption is asked for

/**
 * Edit one's own work. `stay`: the editor stays open after saving and says where the new work is. `opener`: where the
 * focus goes back to.
 * @returns {Promise<object|null>} the new work (the last one), or null when the person left without one
 */
export function openEditor(work, { stay = false, opener = document.activeElement } = {}) {
  return new Promise((resolve) => new Editor(work, resolve, stay).open(opener));
}

class Editor {
  constructor(work, done, stay) {
    this.path = `/api/v1/works/${work}/edit`;
    this.done = done;
    this.stay = stay;
    this.made = null;
    this.state = untouched();
    this.words = null; // the caption's layer, and for what it was made
    this.wordsFor = "";
    this.aspect = "free";
    this.redraw = oncePerFrame(() => this.#draw());
  }

  async open(opener) {
    this.#build();
    document.body.append(this.dialog);
    openDialog(this.dialog, opener);
    try {
      const { image, operations, constants } = await ask("GET", this.path);
      const picture = el("img", { src: image, alt: "" });
      await picture.decode();
      this.preview = new Preview(this.canvas, picture, constants);
      this.#panel(constants.maxCaption);
      this.change(stateOf(operations));
      this.save.disabled = this.reset.disabled = false;
    } catch (error) {
      this.#say(error.message && error.code ? error.message : _("The picture could not be loaded."));
    }
    this.space.removeAttribute("aria-busy");
  }

  change(state) {
    // A quarter of a turn makes 16 : 9 into 9 : 16.
    if ((state.quarters - this.state.quarters) % 2) this.aspect = this.aspect.split(":").reverse().join(":");
    this.state = state;
    this.panel.refresh();
    this.told.replaceChildren();
    this.redraw();
  }

  #build() {
    this.canvas = el("canvas", { role: "img", "aria-label": _("Preview") });
    this.frame = new Frame(
      (crop) => this.change({ ...this.state, crop: crop.width > 0.995 && crop.height > 0.995 ? null : crop }),
      () => this.#ratio(),
    );
    this.sheet = el("div", { class: "editing-sheet" }, this.canvas, this.frame.node);
    this.space = el("div", { class: "editing-space", "aria-busy": "true" }, this.sheet);
    this.tabs = el("div", { class: "editing-tabs", role: "group", "aria-label": _("What to change") });
    this.groups = el("div", { class: "editing-groups" });
    this.fault = el("p", { class: "field-error", role: "alert" });
    this.told = el("p", { class: "editing-told", role: "status" });
    const button = (name, text, act, more = {}) => el("button", { class: `button ${name}`, type: "button", onclick: act, ...more }, text);
    this.reset = button("button-quiet", _("Undo all"), () => this.#reset(), { disabled: true });
    this.save = button("button-primary", _("Save as new"), () => this.#save(), { disabled: true });
    const buttons = el("div", { class: "button-row editing-buttons" }, this.reset, button("", this.stay ? _("Close") : _("Cancel"), () => this.dialog.close()), this.save);
    const side = el("div", { class: "editing-side" }, this.tabs, this.groups, this.fault, this.told, buttons);
    this.dialog = el("dialog", { class: "editing", "aria-labelledby": "editing-title" }, el("h2", { id: "editing-title", class: "visually-hidden" }, _("Edit the picture")), this.space, side);
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the board's keys rest meanwhile
    this.dialog.addEventListener("close", () => {
      clearTimeout(this.timer);
      this.dialog.remove();
      this.done(this.made);
    });
  }

  #panel(maxCaption) {
    this.panel = controls({ now: () => this.state, change: (state) => this.change(state), aspect: (name) => this.#proportions(name), proportions: () => this.aspect, maxCaption });
    for (const [name, { title, node }] of Object.entries(this.panel.groups)) {
      this.tabs.append(el("button", { class: "button button-small", type: "button", "data-tab": name, onclick: () => this.#show(name) }, title));
      this.groups.append(node);
    }
    this.#show("crop");
  }

  #show(name) {
    this.tab = name;
    for (const tab of this.tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.tab === name));
    for (const [each, { node }] of Object.entries(this.panel.groups)) node.hidden = each !== name;
    this.redraw();
  }

  #reset() {
    this.aspect = "free"; // reads the same turned back
    this.change(untouched());
  }

  /** Width over height that the crop holds, in shares of the picture; null: any. */
  #ratio() {
    if (this.aspect === "free") return null;
    if (this.aspect === "original") return 1;
    const [width, height] = this.aspect.split(":").map(Number);
    return ((width / height) * this.preview.whole.height) / this.preview.whole.width;
  }

  #proportions(name) {
    this.aspect = name;
    if (name === "free") return;
    const { width, height } = this.preview.whole;
    const crop = centred((this.#ratio() * width) / height, this.preview.whole);
    this.change({ ...this.state, crop: crop.width > 0.995 && crop.height > 0.995 ? null : crop });
  }

  #draw() {
    const uncropped = this.tab === "crop";
    this.preview.draw(this.state, { uncropped, words: this.words });
    this.sheet.style.setProperty("--w", this.canvas.width);
    this.sheet.style.setProperty("--h", this.canvas.height);
    this.frame.node.hidden = !uncropped;
    this.frame.draw(this.state.crop ?? WHOLE);
    if (!uncropped) this.#caption();
  }

  /** The server writes captions: only so is the preview's font the font of the picture. */
  #caption() {
    const caption = operationsOf(this.state).find(({ kind }) => kind === "caption");
    const { width, height } = this.canvas;
    const wanted = caption ? JSON.stringify({ caption, width, height }) : "";
    if (wanted === this.wordsFor) return;
    this.wordsFor = wanted;
    clearTimeout(this.timer);
    if (!caption) {
      this.words = null;
      this.#say("");
      this.redraw();
      return;
    }
    this.timer = setTimeout(() => this.#write(wanted), PAUSE);
  }

  async #write(wanted) {
    try {
      const layer = await createImageBitmap(await ask("POST", `${this.path}/caption`, JSON.parse(wanted), { want: "blob" }));
      if (wanted !== this.wordsFor) return; // typed on meanwhile
      this.words = layer;
      this.#say("");
      this.redraw();
    } catch (error) {
      if (wanted === this.wordsFor) this.#say(error.message || _("The caption could not be shown."));
    }
  }

  async #save() {
    const operations = operationsOf(this.state);
    if (!operations.length) return this.#say(_("Nothing has been changed yet."));
    this.save.disabled = true;
    this.#say("");
    this.space.setAttribute("aria-busy", "true");
    try {
      this.made = await ask("POST", this.path, { operations });
      if (this.stay) this.told.replaceChildren(icon("check"), el("span", {}, _("Saved as a new work."), " ", el("a", { href: this.made.page }, _("Open in the gallery"))));
      else this.dialog.close();
    } catch (error) {
      this.#say(error.message || _("The studio cannot be reached. Please try again."));
    }
    this.save.disabled = false;
    this.space.removeAttribute("aria-busy");
    return undefined;
  }

  #say(text) {
    this.fault.textContent = text;
  }
}
