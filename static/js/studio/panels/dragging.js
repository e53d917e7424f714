// Moves a row of a list by its grip, with mouse, pen or finger. The list's owner is told where it was put.

import { findAll } from "#lib/dom";

/**
 * @param {HTMLElement} list whose children are the rows @param {HTMLElement} grip inside `row`
 * @param {(place: number) => void} put where the row lies now, counted from above; not called when it is where it was
 */
export function dragByGrip(list, row, grip, put) {
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    const from = [...list.children].indexOf(row);
    row.classList.add("is-held");
    const move = ({ clientY }) => {
      const others = findAll(":scope > *", list).filter((each) => each !== row);
      const next = others.find((each) => {
        const { top, height } = each.getBoundingClientRect();
        return clientY < top + height / 2;
      });
      if (row.nextElementSibling !== (next ?? null)) list.insertBefore(row, next ?? null);
    };
    const end = (last) => {
      grip.removeEventListener("pointermove", move);
      for (const kind of ["pointerup", "pointercancel"]) grip.removeEventListener(kind, end);
      row.classList.remove("is-held");
      const place = [...list.children].indexOf(row);
      if (last.type === "pointerup" && place !== from) put(place);
      else list.insertBefore(row, list.children[place < from ? from + 1 : from] ?? null);
    };
    grip.addEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) grip.addEventListener(kind, end);
  });
}
