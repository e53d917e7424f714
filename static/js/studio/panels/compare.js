// What a picture was made from, over the picture, with an edge that is moved from side to side.

import { el } from "#lib/dom";
import { _ } from "#lib/words";

export class Compare {
  /** @param {HTMLElement} tile where the picture is shown @param {string} before address of what it was made from */
  constructor(tile, before) {
    const image = el("img", { class: "compare-before", src: before, alt: _("What it was made from") });
    this.slider = el("input", { class: "compare-slider", type: "range", min: 0, max: 100, value: 50, "aria-label": _("Compare with what it was made from") });
    this.node = el("div", { class: "compare" }, image, el("span", { class: "compare-edge", "aria-hidden": "true" }), this.slider);
    this.slider.addEventListener("input", () => this.#move());
    this.#move();
    tile.append(this.node);
    this.slider.focus();
  }

  close() {
    this.node.remove();
  }

  #move() {
    this.node.style.setProperty("--edge", `${this.slider.value}%`);
  }
}
