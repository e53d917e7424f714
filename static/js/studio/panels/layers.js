// The layers as a list, the highest first: choose, show, lock, name, order, merge, delete.

import { el, find, icon } from "#lib/dom";
import { shortId } from "#lib/ids";
import { _, fill } from "#lib/words";
import { MAX_LAYERS, newLayer } from "#studio/canvas/drawing";
import { dragByGrip } from "#studio/panels/dragging";

export class Layers {
  /** @param {import("../canvas/board.js").Board} board */
  constructor(board) {
    this.board = board;
    this.panel = find("#layers");
    this.list = find("#layer-list");
    this.opacity = find("#layer-opacity");
    const opener = find("#layers-button");
    opener.addEventListener("click", () => this.toggle());
    find("#layers-close").addEventListener("click", () => this.toggle(false));
    this.opacity.addEventListener("input", () => this.#fade());
    for (const kind of ["pointerup", "change", "blur"]) this.opacity.addEventListener(kind, () => (this.sliding = false));
    this.opacity.addEventListener("change", () => this.#set({ opacity: this.opacity.value / 100 }));
    for (const button of this.panel.querySelectorAll("[data-layer-action]")) {
      button.addEventListener("click", () => this[button.dataset.layerAction]());
    }
    board.addEventListener("change", () => this.draw());
    board.addEventListener("choice", () => this.draw());
    this.draw();
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    find("#layers-button").setAttribute("aria-expanded", String(open));
    this.draw();
    if (open) find("[aria-current=true]", this.list)?.focus();
  }

  add() {
    const { drawing, layer } = this.board;
    const fresh = newLayer({ name: fill(_("Layer %(n)s"), { n: drawing.layers.filter((each) => each.kind === "paint").length + 1 }) });
    if (this.board.do({ do: "add", layer: fresh, at: drawing.layers.indexOf(layer) + 1 })) this.board.activate(fresh.id);
  }

  copy() {
    const { drawing, layer } = this.board;
    const fresh = { ...layer, id: shortId(), name: fill(_("%(name)s, copy"), { name: nameOf(layer) }).slice(0, 80) };
    if (this.board.do({ do: "add", layer: fresh, at: drawing.layers.indexOf(layer) + 1 })) this.board.activate(fresh.id);
  }

  up() {
    this.#move(1);
  }

  down() {
    this.#move(-1);
  }

  merge() {
    const into = shortId();
    if (this.board.do({ do: "merge", layer: this.board.layer.id, into })) this.board.activate(into);
  }

  clear() {
    if (!this.board.layer.locked) this.board.do({ do: "clear", layer: this.board.layer.id });
  }

  remove() {
    const { layer, drawing } = this.board;
    const next = this.#below ?? drawing.layers.find((each) => each !== layer && each.kind === "paint");
    if (this.board.do({ do: "remove", layer: layer.id }) && next) this.board.activate(next.id);
  }

  rename() {
    const { layer } = this.board;
    const row = find(`[data-layer="${layer.id}"]`, this.list);
    const input = el("input", { class: "input layer-input", value: nameOf(layer), maxlength: 80, "aria-label": _("Name of the layer") });
    find(".layer-name", row).replaceWith(input);
    input.select();
    let over = false;
    const done = (keep) => {
      if (over || !input.isConnected) return;
      over = true; // the browser tells of the blur while the field is taken away, too
      const name = input.value.trim();
      input.remove();
      this.shown = null;
      if (!keep || !name || !this.#set({ name })) this.draw();
    };
    input.addEventListener("blur", () => done(true));
    input.addEventListener("keydown", (event) => ["Enter", "Escape"].includes(event.key) && (event.preventDefault(), done(event.key === "Enter")));
  }

  draw() {
    if (this.panel.hidden) return;
    const { drawing, layer } = this.board;
    const look = JSON.stringify([layer.id, drawing.layers.map(({ marks, ...rest }) => rest)]);
    // What is in the hand stays there, whatever others do to the layers: a name that is typed, a row that is dragged, the slider.
    if (look !== this.shown && !this.list.querySelector(".layer-input, .is-held")) {
      this.shown = look;
      const focused = document.activeElement?.closest("[data-layer]")?.dataset.layer;
      const part = document.activeElement?.dataset?.part;
      this.list.replaceChildren(...drawing.layers.map((each) => this.#row(each, each === layer)).reverse());
      find(`[data-layer="${focused}"] [data-part="${part}"]`, this.list)?.focus();
    }
    if (this.sliding) this.#fade();
    else this.opacity.value = Math.round(layer.opacity * 100);
    this.opacity.disabled = layer.kind === "mask";
    const at = drawing.layers.indexOf(layer);
    const below = this.#below;
    const off = {
      add: drawing.layers.length >= MAX_LAYERS,
      copy: drawing.layers.length >= MAX_LAYERS || layer.kind !== "paint",
      up: at === drawing.layers.length - 1,
      down: at === 0,
      merge: !below || below.kind !== layer.kind || !layer.visible || !below.visible || below.locked,
      clear: layer.locked || layer.marks.length === 0,
      remove: layer.locked || (layer.kind === "paint" && drawing.layers.filter((each) => each.kind === "paint").length === 1),
    };
    for (const [name, disabled] of Object.entries(off)) find(`[data-layer-action="${name}"]`, this.panel).disabled = disabled;
  }

  get #below() {
    const { drawing, layer } = this.board;
    return drawing.layers[drawing.layers.indexOf(layer) - 1] ?? null;
  }

  /** The layer as the slider says, while it is being moved. */
  #fade() {
    this.sliding = true;
    this.board.stack.surfaceOf(this.board.layer.id).canvas.style.opacity = this.opacity.value / 100;
  }

  #set(change, layer = this.board.layer) {
    return this.board.do({ do: "set", layer: layer.id, change });
  }

  #move(by) {
    const { drawing, layer } = this.board;
    this.board.do({ do: "move", layer: layer.id, to: drawing.layers.indexOf(layer) + by });
  }

  #row(layer, active) {
    const name = nameOf(layer);
    const toggle = (what, on, icons, text) =>
      el("button", { type: "button", class: "layer-toggle", "data-part": what, "aria-pressed": String(on), "aria-label": text, title: text, onclick: () => this.#set({ [what]: !layer[what] }, layer) }, icon(icons[on ? 0 : 1]));
    const choose = el("button", { type: "button", class: "layer-name", "data-part": "name", "aria-current": String(active), onclick: () => this.board.activate(layer.id), ondblclick: () => this.rename() }, layer.kind === "mask" ? icon("venetian-mask") : layer.kind === "hints" ? icon("palette") : null, name);
    const grip = el("span", { class: "layer-grip", title: _("Drag to another place"), "aria-hidden": "true" }, icon("grip-vertical"));
    const row = el(
      "li",
      { "data-layer": layer.id, class: [active ? "is-active" : "", layer.visible ? "" : "is-hidden"].join(" ") },
      grip,
      toggle("visible", layer.visible, ["eye", "eye-off"], fill(_("Show %(name)s"), { name })),
      choose,
      toggle("locked", layer.locked, ["lock", "lock-open"], fill(_("Lock %(name)s"), { name })),
    );
    dragByGrip(this.list, row, grip, (place) => {
      this.shown = null; // the list was changed by hand
      if (!this.board.do({ do: "move", layer: layer.id, to: this.board.drawing.layers.length - 1 - place })) this.draw();
    });
    return row;
  }
}

export function nameOf(layer) {
  return layer.name || (layer.kind === "mask" ? _("Mask") : layer.kind === "hints" ? _("Colour hints") : fill(_("Layer %(n)s"), { n: 1 }));
}
