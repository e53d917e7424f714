// The panel's controls: made from descriptions, kept while they stay the same, with the errors at their fields.

import { el, find, findAll } from "#lib/dom";
import { _ } from "#lib/words";
import { KINDS } from "#studio/panels/kinds";

export class Fields {
  /**
   * @param {HTMLFormElement} form with the places `[data-slot]`: words, more-words, plain, advanced
   * @param {{set: (name: string, value: any) => void, lock: (on?: boolean) => void}} hands what using a control does
   */
  constructor(form, { set, lock }) {
    Object.assign(this, { form, set, lock });
    this.controls = new Map();
  }

  /** Show these fields, in this order, each where it belongs. A control whose description is the same stays. */
  offer(descriptions) {
    const before = this.controls;
    this.controls = new Map(descriptions.map((field) => [field.name, this.#control(field, before.get(field.name))]));
    for (const slot of findAll("[data-slot]", this.form)) {
      const wanted = descriptions.filter((field) => slotOf(field) === slot.dataset.slot).map(({ name }) => this.controls.get(name).row);
      // What is moved loses the focus, so nothing is moved without need.
      const same = wanted.length === slot.children.length && wanted.every((row, at) => slot.children[at] === row);
      if (!same) slot.replaceChildren(...wanted);
    }
    for (const fold of findAll("details:has(> [data-slot])", this.form)) fold.hidden = !find("[data-slot]", fold).children.length;
    for (const part of findAll("[data-with]", this.form)) part.hidden = !this.controls.has(part.dataset.with);
  }

  write(name, value) {
    this.controls.get(name)?.write(value);
  }

  writeLock(locked) {
    for (const { lock } of this.controls.values()) lock?.(locked);
  }

  #control(field, before) {
    const { value: _value, ...lasting } = field;
    // A size menu begins with the model's own size.
    const key = JSON.stringify(field.kind === "size" ? field : lasting);
    if (before?.key === key) return before;
    return { key, ...KINDS[field.kind](field, { set: (value) => this.set(field.name, value), lock: this.lock }) };
  }

  // Errors -----------------------------------------------------------------------------------------------------------

  /** Put each message at its field and go to the first. `fields`: name -> {message}. Returns those without a field. */
  showErrors(fields) {
    this.clearErrors();
    const homeless = [];
    for (const [name, error] of Object.entries(fields)) {
      const box = find(`[data-field~="${CSS.escape(name)}"]`, this.form);
      const text = error.message || _("Please check this.");
      if (box) mark(box, name, text);
      else homeless.push(text);
    }
    find("[aria-invalid]", this.form)?.focus();
    return homeless;
  }

  clearErrors(root = this.form) {
    for (const note of findAll(".field-error", root)) note.remove();
    for (const input of findAll("[aria-invalid]", root)) {
      input.removeAttribute("aria-invalid");
      if (input.dataset.hint) input.setAttribute("aria-describedby", input.dataset.hint);
      else input.removeAttribute("aria-describedby");
    }
  }
}

function slotOf({ kind, advanced }) {
  if (kind === "text") return advanced ? "more-words" : "words";
  return advanced ? "advanced" : "plain";
}

function mark(box, name, text) {
  const id = `error-${name}`;
  const input = find("textarea, select, input:not([type=range])", box);
  box.append(el("p", { class: "field-error", id }, text));
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", [id, input.dataset.hint].filter(Boolean).join(" "));
  const fold = box.closest("details");
  if (fold) fold.open = true;
}
