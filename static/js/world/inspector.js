// The thing that is chosen, in numbers: where it stands, how it is turned, how large it is.

import { find, findAll } from "#lib/dom";
import { placeOfScale, scaleOfPlace } from "#world/motion";

// Fields of three numbers: data-field "position.0" is the first of `position`.
const part = (thing, field) => field.split(".").reduce((value, key) => value?.[key], thing);

function changed(thing, field, value) {
  const [name, at] = field.split(".");
  return { [name]: at === undefined ? value : thing[name].map((each, n) => (n === Number(at) ? value : each)) };
}

export class Inspector {
  /**
   * @param {import("./world.js").World} world
   * @param {{preview: (thing: object) => void, ground: () => void, focus: () => void, duplicate: () => void, remove: () => void}} act
   */
  constructor(world, act) {
    Object.assign(this, { world, act });
    this.root = find("#inspector");
    this.root.addEventListener("submit", (event) => event.preventDefault()); // Enter in a field
    this.name = find("#thing-name");
    this.name.addEventListener("change", () => world.set({ name: this.name.value.trim() }));
    for (const input of findAll("[data-field]", this.root)) this.#bind(input);
    this.size = find("#thing-size");
    this.size.addEventListener("input", () => this.#try(changed(world.thing, "scale", scaleOfPlace(Number(this.size.value)))));
    this.size.addEventListener("change", () => world.set({ scale: scaleOfPlace(Number(this.size.value)) }));
    for (const button of findAll("[data-thing-act]", this.root)) button.addEventListener("click", () => act[button.dataset.thingAct]());
    world.addEventListener("change", () => this.draw());
    world.addEventListener("choice", () => this.draw());
    this.draw();
  }

  /** @param {object|null} thing as it is shown just now: while a hand moves it, that is not yet what is kept */
  draw(thing = this.world.thing) {
    this.root.hidden = !thing;
    if (!thing) return;
    if (document.activeElement !== this.name) this.name.value = thing.name;
    for (const input of findAll("[data-field]", this.root)) {
      // What is being typed stays as it is typed.
      if (document.activeElement === input && input.type === "number") continue;
      input.value = Number(part(thing, input.dataset.field).toFixed(2));
    }
    this.size.value = placeOfScale(thing.scale);
  }

  #bind(input) {
    const value = () => (input.value === "" ? NaN : Number(input.value));
    const change = () => changed(this.world.thing, input.dataset.field, value());
    input.addEventListener("input", () => Number.isFinite(value()) && this.#try(change()));
    input.addEventListener("change", () => {
      if (Number.isFinite(value())) this.world.set(change());
      // As it is kept: within its limits, or as it was before.
      input.value = Number(part(this.world.thing, input.dataset.field).toFixed(2));
    });
  }

  /** Shown at once; kept, as one step to undo, when the slider is let go. */
  #try(change) {
    const thing = { ...this.world.thing, ...change };
    this.act.preview(thing);
    for (const input of findAll("[data-field]", this.root)) {
      if (document.activeElement !== input) input.value = Number(part(thing, input.dataset.field).toFixed(2));
    }
    if (document.activeElement !== this.size) this.size.value = placeOfScale(thing.scale);
  }
}
