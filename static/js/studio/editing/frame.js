// The crop frame over the picture: dragged by its middle or its corners, or moved by the arrow keys.

import { el } from "#lib/dom";
import { _ } from "#lib/words";
import { moved, resized } from "#studio/editing/geometry";

const CORNERS = { nw: _("Top left corner"), ne: _("Top right corner"), sw: _("Bottom left corner"), se: _("Bottom right corner") };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.01;
const LEAP = 0.1;

export class Frame {
  /** @param {(crop: object) => void} change @param {() => number|null} ratio width over height to hold, in shares */
  constructor(change, ratio) {
    this.change = change;
    this.ratio = ratio;
    const middle = this.#grip("frame-middle", _("Crop frame: arrow keys move it"), (crop, dx, dy) => moved(crop, dx, dy));
    const corners = Object.entries(CORNERS).map(([name, label]) =>
      this.#grip(`frame-corner frame-${name}`, label, (crop, dx, dy) => resized(crop, name, dx, dy, this.ratio())),
    );
    this.node = el("div", { class: "editing-frame", hidden: true }, el("div", { class: "frame-shades" }, el("div", { class: "frame-shade" })), middle, ...corners);
  }

  draw(crop) {
    this.crop = crop;
    for (const [name, value] of Object.entries(crop)) this.node.style.setProperty(`--${name}`, `${value * 100}%`);
  }

  #grip(name, label, act) {
    const grip = el("button", { type: "button", class: name, "aria-label": label });
    let last = null;
    grip.addEventListener("pointerdown", (event) => {
      grip.setPointerCapture(event.pointerId);
      last = event;
    });
    grip.addEventListener("pointermove", (event) => {
      if (!last) return;
      const room = this.node.parentElement.getBoundingClientRect();
      const next = act(this.crop, (event.clientX - last.clientX) / room.width, (event.clientY - last.clientY) / room.height);
      last = event;
      this.change(next);
    });
    for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (last = null));
    grip.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way) return;
      event.preventDefault();
      const step = event.shiftKey ? LEAP : STEP;
      this.change(act(this.crop, way[0] * step, way[1] * step));
    });
    return grip;
  }
}
