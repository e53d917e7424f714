// The LoRAs a model may use: a check mark and a weight each. Hidden where there are none.

import { el, find } from "#lib/dom";
import { _, fill } from "#lib/words";

const MOST_WEIGHT = 2;

export class LoraList {
  /** @param {Element} box `#lora-field`, whose `.choices` is filled */
  constructor(box) {
    this.box = box;
    this.rows = new Map();
  }

  /** Show those of `model` (see studio/views/pages.py); choices that it has as well stay. */
  offer(loras) {
    const chosen = this.read();
    this.rows = new Map(loras.map((lora) => [lora.name, this.#row(lora)]));
    find(".choices", this.box).replaceChildren(...[...this.rows.values()].map(({ row }) => row));
    this.box.hidden = loras.length === 0;
    this.use(chosen);
  }

  /** Choose exactly these, as far as they are offered. `chosen`: [{name, weight}] */
  use(chosen) {
    for (const { check } of this.rows.values()) check.checked = false;
    for (const { name, weight } of chosen) {
      const row = this.rows.get(name);
      if (!row) continue;
      row.check.checked = true;
      row.number.value = weight;
    }
    for (const { check, number } of this.rows.values()) number.disabled = !check.checked;
    if (this.read().length > 0) this.box.open = true;
  }

  /** What is chosen, as the protocol wants it. */
  read() {
    return [...this.rows]
      .filter(([, { check }]) => check.checked)
      .map(([name, { number, own }]) => ({ name, weight: Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : own }));
  }

  #row({ name, title, words, weight }) {
    const check = el("input", { type: "checkbox", id: `lora-${name}` });
    const number = el("input", {
      class: "slider-number",
      type: "number",
      min: -MOST_WEIGHT,
      max: MOST_WEIGHT,
      step: 0.05,
      value: weight,
      disabled: true,
      "aria-label": fill(_("Weight of %(title)s"), { title }),
    });
    check.addEventListener("change", () => (number.disabled = !check.checked));
    const label = el("label", { for: `lora-${name}`, class: "lora-name" }, title);
    const hint = words && el("span", { class: "hint", title: words }, words);
    return { row: el("div", { class: "lora" }, check, label, hint, number), check, number, own: weight };
  }
}
