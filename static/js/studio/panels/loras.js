// The LoRAs that a model may use, as a control of the panel: a check mark and a weight each.

import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

const MOST_WEIGHT = 2;

/** See kinds.js. The value is a list of {name, weight}. */
export function loras({ name: field, label: title, adapters }, { set }) {
  const rows = new Map(adapters.map((adapter) => [adapter.name, rowOf(adapter, () => set(read()))]));
  const choices = el("div", { class: "choices" }, ...[...rows.values()].map(({ row }) => row));
  const fold = el("details", { class: "fold", "data-field": field }, el("summary", {}, icon("chevron-down"), title), choices);

  function read() {
    const chosen = [...rows].filter(([, { check }]) => check.checked);
    return chosen.map(([name, { number, own }]) => ({ name, weight: Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : own }));
  }

  return {
    row: fold,
    write(chosen) {
      for (const { check } of rows.values()) check.checked = false;
      for (const { name, weight } of chosen) {
        const row = rows.get(name);
        if (!row) continue;
        row.check.checked = true;
        row.number.value = weight ?? row.own;
      }
      for (const { check, number } of rows.values()) number.disabled = !check.checked;
      if (read().length > 0) fold.open = true;
    },
  };
}

function rowOf({ name, title, words, weight }, changed) {
  const check = el("input", { type: "checkbox", id: `lora-${name}` });
  const about = { min: -MOST_WEIGHT, max: MOST_WEIGHT, step: 0.05, value: weight, disabled: true, "aria-label": fill(_("Weight of %(title)s"), { title }) };
  const number = el("input", { class: "slider-number", type: "number", ...about });
  check.addEventListener("change", () => {
    number.disabled = !check.checked;
    changed();
  });
  number.addEventListener("input", changed);
  const label = el("label", { for: `lora-${name}`, class: "lora-name" }, title);
  const hint = words && el("span", { class: "hint", title: words }, words);
  return { row: el("div", { class: "lora" }, check, label, hint, number), check, number, own: weight };
}
