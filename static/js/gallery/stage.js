// Before and after on the page of a work: what it began with over the picture, with an edge that is moved.
// Without scripts both stand beside each other.

import { el, find } from "#lib/dom";

/** @param {HTMLElement} stage `[data-stage]` */
export function bindStage(stage) {
  const button = find("[data-compares]", stage);
  if (!button) return;
  const picture = find(".stage-picture", stage);
  const before = find(".stage-before", stage);
  const slider = el("input", { class: "stage-slider", type: "range", min: 0, max: 100, step: "any", value: 50, "aria-label": button.textContent.trim() });
  const edge = el("span", { class: "stage-edge", "aria-hidden": "true" });
  // Over the picture itself, whatever room there is around it. The caption is not part of it.
  const space = el("div", { class: "stage-space" });
  const shown = find(".picture", picture);
  shown.before(space);
  space.append(shown);
  const move = () => stage.style.setProperty("--edge", `${slider.value}%`);
  slider.addEventListener("input", move);
  slider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2 }[event.key];
    if (!step) return;
    event.preventDefault();
    slider.value = Number(slider.value) + (event.shiftKey ? 5 * step : step);
    move();
  });
  button.addEventListener("click", () => {
    const on = stage.classList.toggle("is-sliding");
    button.setAttribute("aria-pressed", String(on));
    if (on) {
      space.append(before, slider, edge);
      move();
      slider.focus();
      return;
    }
    slider.remove();
    edge.remove();
    stage.insertBefore(before, button);
  });
  button.hidden = false;
}
