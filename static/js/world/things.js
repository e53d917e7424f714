// What stands in the world, as a list: to choose from by keyboard, and all there is to see where nothing can be drawn in space.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { MAX_THINGS } from "#world/document";
import { posterOf } from "#world/picker";

export class Things {
  /** @param {import("./world.js").World} world @param {{flat: boolean, stateOf: (work: string) => string, focus: () => void}} about */
  constructor(world, about) {
    Object.assign(this, { world, about });
    this.list = find("#things");
    /** Row of each thing, made once: its id -> node. */
    this.rows = new Map();
    world.addEventListener("change", () => this.draw());
    world.addEventListener("choice", () => this.draw());
    this.draw();
  }

  draw() {
    const { things, chosen } = this.world;
    const there = new Set(things.map(({ id }) => id));
    for (const id of this.rows.keys()) if (!there.has(id)) this.rows.delete(id);
    const nodes = things.map((thing) => this.#row(thing, thing.id === chosen));
    // Only what has changed is put in anew: the focus stays where it is.
    if (nodes.length !== this.list.children.length || nodes.some((node, n) => node !== this.list.children[n])) this.list.replaceChildren(...nodes);
    if (chosen !== this.shown) this.#show(this.rows.get(chosen));
    this.shown = chosen;
    if (this.about.flat) this.#drawFlat();
    find("#things-count").textContent = things.length ? String(things.length) : "";
    find("#things-empty").hidden = things.length > 0;
    find("#things-full").hidden = things.length < MAX_THINGS;
  }

  /** In the place of the picture in space: what stands there, by its pictures. */
  #drawFlat() {
    const { things, chosen } = this.world;
    const cards = things.map(({ id, work, name }) =>
      el("li", {}, el("button", { class: "flat-thing", type: "button", "aria-pressed": String(id === chosen), onclick: () => this.world.choose(id) }, el("img", { src: posterOf(work), alt: "", width: 160, height: 160, loading: "lazy" }), el("span", {}, name || _("Model")))),
    );
    find("#flat-things").replaceChildren(...cards);
  }

  /** Within the list alone: the page itself stays where it is. */
  #show(row) {
    if (!row) return;
    const { top, bottom } = this.list.getBoundingClientRect();
    const { top: above, bottom: below } = row.getBoundingClientRect();
    this.list.scrollTop += Math.min(0, above - top) + Math.max(0, below - bottom);
  }

  #row(thing, chosen) {
    const row = this.rows.get(thing.id) ?? this.#make(thing);
    const [button] = row.children;
    button.setAttribute("aria-pressed", String(chosen));
    const name = thing.name || _("Model");
    const [, words] = button.children;
    const gone = this.about.stateOf(thing.work) === "gone";
    const text = gone ? fill(_("%(name)s (no longer there)"), { name }) : name;
    if (words.textContent !== text) words.textContent = text;
    row.toggleAttribute("data-gone", gone);
    return row;
  }

  #make({ id, work }) {
    const picture = el("img", { src: posterOf(work), alt: "", width: 40, height: 40, loading: "lazy", decoding: "async", onerror: (event) => event.target.replaceWith(el("span", { class: "thing-none" }, icon("triangle-alert"))) });
    const button = el("button", { class: "thing", type: "button", "aria-pressed": "false", onclick: () => this.world.choose(id), ondblclick: () => this.about.focus() }, picture, el("span", { class: "thing-name" }));
    const row = el("li", {}, button);
    this.rows.set(id, row);
    return row;
  }
}
