// Ground, light and sky in the panel: a time of day with one press, and each of them by itself.

import { find, findAll } from "#lib/dom";
import { MOODS } from "#world/document";

export class Around {
  /** @param {import("./world.js").World} world */
  constructor(world) {
    this.world = world;
    this.inputs = findAll("[data-around]");
    for (const button of findAll("[data-mood]")) {
      button.addEventListener("click", () => world.do({ do: "around", change: MOODS[button.dataset.mood] }));
    }
    for (const input of this.inputs) this.#bind(input);
    world.addEventListener("change", () => this.draw());
    this.draw();
  }

  draw() {
    const { drawing } = this.world;
    for (const input of this.inputs) {
      const [part, name] = input.dataset.around.split(".");
      const value = drawing[part][name];
      if (input.type === "checkbox") input.checked = value;
      else if (document.activeElement !== input || input.type !== "number") input.value = value;
    }
    for (const button of findAll("[data-mood]")) {
      const { sky, light } = MOODS[button.dataset.mood];
      const same = JSON.stringify([sky, light]) === JSON.stringify([drawing.sky, drawing.light]);
      button.setAttribute("aria-pressed", String(same));
    }
    find("#ground-more").hidden = !drawing.ground.shown;
  }

  #bind(input) {
    const [part, name] = input.dataset.around.split(".");
    const read = () => ({ checkbox: () => input.checked, color: () => input.value, range: () => Number(input.value) })[input.type]();
    // Shown while it is dragged, kept when it is let go: one step to undo.
    input.addEventListener("input", () => {
      if (input.type === "checkbox") return;
      const { drawing } = this.world;
      this.preview({ ...drawing, [part]: { ...drawing[part], [name]: read() } });
    });
    input.addEventListener("change", () => this.world.do({ do: "around", change: { [part]: { [name]: read() } } }));
  }

  /** Shows surroundings that are not kept yet, where something can. @type {(world: object) => void} */
  preview = () => undefined;
}
