// A tool's own parameters in the panel, made from its form (studio/views/panel.py). Knows no tool by name.

import { el, find } from "#lib/dom";

export class Extras {
  /** @param {HTMLElement} box `#extras`, whose `.extras-fields` is filled */
  constructor(box) {
    this.box = box;
    this.fields = [];
  }

  /** Show these fields; `values` by name stand instead of their own defaults where they fit. */
  offer(fields, values = {}) {
    this.fields = fields.map((field) => ({ ...field, ...MAKE[field.kind](field) }));
    find(".extras-fields", this.box).replaceChildren(...this.fields.map((field) => field.row));
    this.box.hidden = fields.length === 0;
    for (const field of this.fields) field.write(field.value);
    this.use(values);
  }

  /** Take over values by name, as far as there are such fields. */
  use(values) {
    for (const field of this.fields) if (values[field.name] != null) field.write(values[field.name]);
  }

  /** The values by name; what is no number is left to the default. */
  read() {
    const values = this.fields.map((field) => [field.name, field.read()]);
    return Object.fromEntries(values.filter(([, value]) => value !== null));
  }
}

const MAKE = {
  number({ name, label, min, max, step }) {
    const id = `extra-${name}`;
    const limits = { min, max };
    const number = el("input", { class: "slider-number", id, type: "number", inputmode: "decimal", step: "any", ...limits });
    const slider = el("input", { type: "range", step, "aria-label": label, ...limits });
    slider.addEventListener("input", () => (number.value = slider.value));
    number.addEventListener("input", () => (slider.value = number.value));
    const head = el("div", { class: "slider-head" }, el("label", { for: id }, label), number);
    return {
      row: el("div", { class: "field slider", "data-field": name }, head, slider),
      read: () => (Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : null),
      write: (value) => (number.value = slider.value = value),
    };
  },
  switch({ name, label }) {
    const id = `extra-${name}`;
    const check = el("input", { id, type: "checkbox" });
    return {
      row: el("div", { class: "field switch-line", "data-field": name }, check, el("label", { for: id }, label)),
      read: () => check.checked,
      write: (value) => (check.checked = value),
    };
  },
  choice({ name, label, choices }) {
    const id = `extra-${name}`;
    const options = choices.map(([, text], at) => el("option", { value: at }, text));
    const select = el("select", { id }, ...options);
    return {
      row: el("div", { class: "field", "data-field": name }, el("label", { for: id }, label), select),
      read: () => choices[select.value]?.[0] ?? null,
      write: (value) => (select.value = Math.max(0, choices.findIndex(([each]) => each === value))),
    };
  },
};
