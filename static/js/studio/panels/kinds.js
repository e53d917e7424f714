// One control for each kind of field, made from its description (studio/views/panel.py). Knows no field by name.

import { el, icon } from "#lib/dom";
import { freshSeed } from "#lib/ids";
import { shapeOf, sizesFor } from "#lib/sizes";
import { _, fill } from "#lib/words";
import { loras } from "#studio/panels/loras";

/**
 * @typedef {object} Control
 * @property {HTMLElement} row what stands in the panel
 * @property {(value: any) => void} write show a value
 * @property {(locked: boolean) => void} [lock] of a seed: whether it stays
 * @typedef {{set: (value: any) => void, lock: (on?: boolean) => void}} Hands what a control does when a person uses it
 */

const SHAPES = () => ({
  square: _("Square"),
  landscape: _("Landscape"),
  portrait: _("Portrait"),
  wide: _("Wide"),
  tall: _("Tall"),
});

const idOf = ({ name }) => `field-${name}`;
const labelOf = (field) => el("label", { for: idOf(field) }, field.label);
const hintOf = (field) => field.help && el("p", { class: "hint", id: `${idOf(field)}-hint` }, field.help);
const told = (field) => (field.help ? { "aria-describedby": `${idOf(field)}-hint`, "data-hint": `${idOf(field)}-hint` } : {});
const sizeOf = ({ width, height }) => `${width}x${height}`;

/** @type {Record<string, (field: object, hands: Hands) => Control>} */
export const KINDS = {
  text(field, { set }) {
    const { name, label, placeholder, advanced } = field;
    const area = el("textarea", { id: idOf(field), name, rows: advanced ? 2 : 4, placeholder, autocomplete: "off", ...told(field) });
    area.addEventListener("input", () => set(area.value));
    const box = el("div", { class: "field", "data-field": name }, labelOf(field), area, hintOf(field));
    if (!advanced) return { row: box, write: (value) => (area.value = value) };
    box.firstChild.className = "visually-hidden"; // the fold has the word already
    const fold = el("details", { class: "fold" }, el("summary", {}, icon("chevron-down"), label), box);
    return {
      row: fold,
      write(value) {
        area.value = value;
        if (value) fold.open = true;
      },
    };
  },

  /** A number as a slider and a number box, one value: the slider moves in steps, the box takes anything. */
  number(field, { set }) {
    const { name, label, min, max, step } = field;
    const box = el("input", { class: "slider-number", id: idOf(field), name, type: "number", inputmode: "decimal", step: "any", min, max, required: true, ...told(field) });
    const slider = el("input", { type: "range", "data-slider": name, "aria-label": label, min, max, step });
    slider.addEventListener("input", () => set(Number((box.value = slider.value))));
    box.addEventListener("input", () => {
      slider.value = box.value;
      set(Number.isFinite(box.valueAsNumber) ? box.valueAsNumber : null);
    });
    const head = el("div", { class: "slider-head" }, labelOf(field), box);
    return {
      row: el("div", { class: "field slider", "data-field": name }, head, slider, hintOf(field)),
      write: (value) => (box.value = slider.value = value ?? ""),
    };
  },

  switch(field, { set }) {
    const check = el("input", { id: idOf(field), name: field.name, type: "checkbox", ...told(field) });
    check.addEventListener("change", () => set(check.checked));
    return {
      row: el("div", { class: "field switch-line", "data-field": field.name }, check, labelOf(field), hintOf(field)),
      write: (value) => (check.checked = value),
    };
  },

  choice(field, { set }) {
    const { name, choices, advanced } = field;
    const options = choices.map(([value, text]) => el("option", { value: String(value) }, text));
    const select = el("select", { id: idOf(field), name, ...told(field) }, ...options);
    select.addEventListener("change", () => set(choices.find(([value]) => String(value) === select.value)[0]));
    return {
      row: el("div", { class: advanced ? "field" : "field field-line", "data-field": name }, labelOf(field), select, hintOf(field)),
      write: (value) => (select.value = String(value)),
    };
  },

  /** A choice whose values are shown: a picture each. */
  pictured(field, { set }) {
    const { name, label, choices } = field;
    const buttons = choices.map(([value, text, picture]) => {
      const radio = el("input", { type: "radio", name, value, class: "visually-hidden" });
      radio.addEventListener("change", () => set(value));
      return el("label", { class: "pictured" }, radio, el("img", { src: picture, alt: "", width: 96, height: 72 }), el("span", {}, text));
    });
    const group = el("fieldset", { class: "field pictured-field", "data-field": name }, el("legend", {}, label), el("div", { class: "pictured-row" }, ...buttons), hintOf(field));
    return { row: group, write: (value) => buttons.forEach(({ firstChild }) => (firstChild.checked = firstChild.value === value)) };
  },

  size(field, { set }) {
    const select = el("select", { id: idOf(field), name: field.name });
    const add = ({ width, height, shape = shapeOf(width, height) }) =>
      select.append(el("option", { value: sizeOf({ width, height }) }, fill("%(shape)s · %(width)s × %(height)s", { shape: SHAPES()[shape], width, height })));
    for (const size of sizesFor(field.value, field.maxSide)) add(size);
    select.addEventListener("change", () => {
      const [width, height] = select.value.split("x").map(Number);
      set({ width, height });
    });
    return {
      row: el("div", { class: "field field-line", "data-field": "width height" }, labelOf(field), select, hintOf(field)),
      write(size) {
        if (![...select.options].some((option) => option.value === sizeOf(size))) add(size);
        select.value = sizeOf(size);
      },
    };
  },

  seed(field, { set, lock }) {
    const number = el("input", { class: "input", id: idOf(field), name: field.name, type: "number", min: field.min, max: field.max, inputmode: "numeric", autocomplete: "off" });
    number.addEventListener("input", () => {
      set(Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : null);
      lock(number.value !== "");
    });
    const button = (id, name, text, onclick, more = {}) => el("button", { class: "button button-icon", type: "button", id, "aria-label": text, title: text, onclick, ...more }, icon(name));
    const dice = button("dice", "dices", _("New random seed"), () => set(Number((number.value = freshSeed()))));
    const keep = button("lock", "lock-open", _("Keep this seed"), () => lock(), { "aria-pressed": "false" });
    const hint = el("p", { class: "hint", id: "seed-hint" });
    return {
      row: el("div", { class: "field", "data-field": field.name }, labelOf(field), el("div", { class: "seed-row" }, number, dice, keep), hint),
      write: (value) => (number.value = value ?? ""),
      lock(locked) {
        keep.setAttribute("aria-pressed", String(locked));
        keep.replaceChildren(icon(locked ? "lock" : "lock-open"));
        hint.textContent = locked ? _("The same seed gives the same picture.") : _("A new seed each time.");
      },
    };
  },

  loras,
};
