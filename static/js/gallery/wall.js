// Lays the cards of a list out in justified rows (rows.js). Without it the stylesheet does nearly the same by itself.
import { heightFor, rows } from "#gallery/rows";

const NARROWEST = 0.4;
const WIDEST = 3;

function ratioOf(card) {
  const picture = card.querySelector(".picture-image");
  return Math.min(WIDEST, Math.max(NARROWEST, picture.getAttribute("width") / picture.getAttribute("height")));
}

/** Give every card of `wall` its width and its picture its height. Cheap enough for a thousand cards. */
export function layOut(wall) {
  const width = wall.clientWidth;
  const cards = [...wall.querySelectorAll(":scope > .work")];
  if (!width || !cards.length) return;
  const gap = Number.parseFloat(getComputedStyle(wall).columnGap) || 0;
  for (const row of rows(cards.map(ratioOf), { width, height: heightFor(width), gap })) {
    row.widths.forEach((own, index) => {
      const { style } = cards[row.from + index];
      style.setProperty("--w", `${own}px`);
      style.setProperty("--h", `${row.height}px`);
    });
  }
  wall.classList.add("is-laid");
}

const walls = () => document.querySelectorAll(".works");
export const layOutAll = () => walls().forEach(layOut);

let known = 0;
new ResizeObserver(() => {
  const width = document.querySelector(".works")?.clientWidth ?? 0;
  if (width === known) return;
  known = width;
  layOutAll();
}).observe(document.querySelector("main"));
layOutAll();
