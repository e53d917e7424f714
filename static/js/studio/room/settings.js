// The settings of a board are everybody's: tool, model and parameters in the document, and words that two may type at once.

import { find } from "#lib/dom";
import { editOf, moved } from "#studio/room/typing";

const TEXTS = ["prompt", "negative_prompt"];
// Milliseconds after a change until it is written: a slider that is pulled is one change.
const AFTER = 120;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class SharedSettings {
  /**
   * @param {{board: import("../canvas/board.js").Board, form: import("../panels/form.js").SettingsForm, tools: import("../panels/tools.js").ToolPanel}} parts
   * @param {() => boolean} may whether this page may change them
   */
  constructor({ board, form, tools }, may) {
    Object.assign(this, { board, form, tools, may, taking: false, composing: null, base: {} });
    form.addEventListener("values", ({ detail }) => detail?.own !== false && this.#changed());
    find("#field-tool").addEventListener("change", () => this.#changed());
    // What an input method has not finished yet is nobody's text.
    form.form.addEventListener("compositionstart", ({ target }) => this.#compose(target));
    form.form.addEventListener("compositionend", () => this.#composed());
    board.addEventListener("change", ({ detail }) => detail.own && this.#begin());
    this.follow(board.document);
  }

  /** From now on it is this document's. */
  follow(document) {
    if (this.document === document) return;
    this.unfollow?.();
    this.document = document;
    const take = (event, transaction) => !this.#isOwn(transaction) && this.#takeSoon();
    const type = (name) => (event, transaction) => !this.#isOwn(transaction) && this.#type(name, event.delta);
    const typed = Object.fromEntries(TEXTS.map((name) => [name, type(name)]));
    document.settings.observe(take);
    for (const name of TEXTS) this.#text(name).observe(typed[name]);
    this.unfollow = () => {
      document.settings.unobserve(take);
      for (const name of TEXTS) this.#text(name, document).unobserve(typed[name]);
    };
    this.#take();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #isOwn({ origin }) {
    return origin === "here";
  }

  #text(name, document = this.document) {
    return name === "prompt" ? document.prompt : document.negativePrompt;
  }

  /** What is shared, as it stands in the form. How many pictures one asks for is one's own. */
  get #present() {
    const { shown, values, select } = this.form;
    const fields = shown.fields.filter(({ name, kind }) => kind !== "text" && name !== "count" && values[name] !== undefined);
    const own = Object.fromEntries(fields.map(({ name }) => [name, values[name]]));
    return { ...own, tool: this.tools.chosen, model: select.value, style: this.#style, locked: this.form.locked };
  }

  get #style() {
    const { style } = this.form.styles;
    return style ? { id: style.id, name: style.name, prompt: style.prompt, negative_prompt: style.negative_prompt } : null;
  }

  /** The first stroke: what is set goes with it, so that others and other days begin from there. */
  #begin() {
    if (this.document.settings.size === 0) this.#changed();
  }

  #changed() {
    if (this.taking || !this.may() || this.#nothing) return;
    this.#writeWords();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#write(), AFTER);
  }

  /** Nothing is kept of a board on which nothing was drawn: its settings are remembered with the person's own. */
  get #nothing() {
    return this.board.blank && this.document.settings.size === 0;
  }

  /** Words are written with every key, so that what others type meanwhile never takes one of ours. */
  #writeWords() {
    if (this.composing) return;
    for (const name of TEXTS) this.#edit(this.#text(name), editOf(this.#text(name).toString(), this.form.values[name] ?? ""));
  }

  #edit(text, { at, remove, insert }) {
    if (!remove && !insert) return;
    this.document.change(() => {
      if (remove) text.delete(at, remove);
      if (insert) text.insert(at, insert);
    });
  }

  /** What was changed here since the form was last what the board said; all of it where the board says nothing yet. */
  #write() {
    clearTimeout(this.timer);
    this.timer = null;
    const { settings } = this.document;
    const [present, first] = [this.#present, settings.size === 0];
    const news = Object.entries(present).filter(([name, value]) => (first || !same(this.base[name], value)) && !same(settings.get(name) ?? null, value ?? null));
    this.base = present;
    if (news.length) this.document.change(() => news.forEach(([name, value]) => settings.set(name, value ?? null)));
  }

  #takeSoon() {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.#take();
    });
  }

  /** Show what the board says. */
  #take() {
    const { settings } = this.document;
    if (settings.size === 0) return;
    if (this.timer) this.#write();
    const { tool, model, style, ...values } = settings.toJSON();
    const texts = this.composing ? {} : Object.fromEntries(TEXTS.map((name) => [name, this.#text(name).toString()]));
    this.#quietly(() => {
      if (style !== undefined && !same(style, this.#style)) this.form.styles.take(style);
      if (model) this.form.use({ model });
      if (typeof tool === "string" && tool !== this.tools.chosen) this.tools.choose(tool);
      const news = Object.entries({ ...values, ...texts }).filter(([name, value]) => !same(name === "locked" ? this.form.locked : this.form.values[name], value));
      if (news.length) this.#keepingCarets(() => this.form.use(Object.fromEntries(news)));
    });
    this.base = this.#present;
  }

  /** Somebody else types in the same words: the caret stays where it is meant. */
  #type(name, delta) {
    const { composing } = this;
    if (composing) return composing.name === name && composing.deltas.push(delta);
    const area = find(`#field-${name}`);
    const typing = area && document.activeElement === area;
    const places = typing ? [area.selectionStart, area.selectionEnd].map((place) => moved(place, delta)) : null;
    this.#quietly(() => this.form.use({ [name]: this.#text(name).toString() }));
    if (places) area.setSelectionRange(...places);
    return undefined;
  }

  #compose({ name }) {
    if (TEXTS.includes(name)) this.composing = { name, before: this.#text(name).toString(), deltas: [] };
  }

  /** What the input method made is put where it belongs after all that others have typed meanwhile. */
  #composed() {
    const { name, before, deltas } = this.composing ?? {};
    this.composing = null;
    if (!name) return;
    const { at, remove, insert } = editOf(before, this.form.values[name] ?? "");
    const [from, to] = [at, at + remove].map((place) => deltas.reduce(moved, place));
    if (this.may() && !this.#nothing) this.#edit(this.#text(name), { at: from, remove: to - from, insert });
    if (deltas.length) this.#take();
  }

  #keepingCarets(act) {
    const area = document.activeElement;
    const places = area?.matches?.("#settings textarea") ? [area.selectionStart, area.selectionEnd] : null;
    act();
    if (places) area.setSelectionRange(...places);
  }

  #quietly(act) {
    this.taking = true;
    this.form.quietly(act);
    this.taking = false;
  }
}
