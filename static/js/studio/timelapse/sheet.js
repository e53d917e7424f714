// Where drawing and picture stand on the sheet of a time-lapse. Pure; lengths are pixels of the sheet.

import { contain } from "#lib/geometry";

const GAP = 12;
// A board this much wider than high has its picture below, not beside it.
const WIDE = 1.3;

const even = (value) => 2 * Math.max(1, Math.round(value / 2)); // video encoders take nothing else

/**
 * @param {"drawing"|"both"|"picture"} layout @param {{width: number, height: number}} board its proportions
 * @param {number} longest the longest side of each pane
 * @returns {{width: number, height: number, drawing: Box|null, picture: Box|null}} boxes {x, y, width, height}
 */
export function sheetOf(layout, board, longest) {
  const scale = longest / Math.max(board.width, board.height);
  const [width, height] = [even(board.width * scale), even(board.height * scale)];
  const first = { x: 0, y: 0, width, height };
  if (layout === "drawing") return { width, height, drawing: first, picture: null };
  if (layout === "picture") return { width, height, drawing: null, picture: first };
  if (width > WIDE * height) return { width, height: 2 * height + GAP, drawing: first, picture: { ...first, y: height + GAP } };
  return { width: 2 * width + GAP, height, drawing: first, picture: { ...first, x: width + GAP } };
}

/** `inner` as large as it can be in the middle of `box`. */
export function within(inner, box) {
  const placed = contain(inner, box);
  return { ...placed, x: box.x + placed.x, y: box.y + placed.y };
}

/** Boxes for `count` pictures of equal size in `box`, row by row. */
export function tiles(count, box) {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const [width, height] = [box.width / columns, box.height / rows];
  return Array.from({ length: count }, (_, n) => ({ x: box.x + (n % columns) * width, y: box.y + Math.floor(n / columns) * height, width, height }));
}
