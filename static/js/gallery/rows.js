// Justified rows: pictures of known shapes in lines that are exactly as wide as the page. Pure.

/**
 * Cuts pictures into rows. Each row is as close to `height` as a break before or after a picture allows, and is then made
 * just high enough to fill `width`. More pictures at the end never move a break before the last row.
 * @param {number[]} ratios width ÷ height of each picture
 * @param {{width: number, height: number, gap: number, most?: number}} room in CSS px; no row is higher than
 *   `most` × `height`, so the last one, or a single narrow picture, may leave room at its end
 * @returns {{from: number, to: number, height: number, widths: number[]}[]} pictures `from` up to, without, `to`
 */
export function rows(ratios, { width, height, gap, most = 1.5 }) {
  const found = [];
  const heightOf = (from, to) => (width - gap * (to - from - 1)) / sum(ratios, from, to);
  for (let from = 0; from < ratios.length; ) {
    let to = from + 1;
    while (to < ratios.length && heightOf(from, to) > height) to += 1;
    // One picture fewer may come closer; "closer" in proportion, so that half and double are equally far.
    if (to - from > 1 && heightOf(from, to - 1) <= most * height && nearer(heightOf(from, to - 1), heightOf(from, to), height)) to -= 1;
    const last = to === ratios.length && heightOf(from, to) > height;
    const exact = last ? height : Math.min(heightOf(from, to), most * height);
    found.push({ from, to, height: Math.round(exact), widths: whole(ratios.slice(from, to), exact, width - gap * (to - from - 1)) });
    from = to;
  }
  return found;
}

/** Widths in whole pixels; those of a full row add up to `room`, so that its end is where the others' is. */
function whole(ratios, height, room) {
  const widths = ratios.map((ratio) => Math.floor(Math.min(ratio * height, room)));
  const left = room - widths.reduce((total, width) => total + width, 0);
  if (left > 0 && left <= widths.length) widths[widths.length - 1] += left;
  return widths;
}

const sum = (values, from, to) => values.slice(from, to).reduce((total, value) => total + value, 0);
const nearer = (one, other, wanted) => Math.abs(Math.log(one / wanted)) < Math.abs(Math.log(other / wanted));

/** How high rows should be on a page of this width: lower on phones, where two pictures should stand side by side. */
export const heightFor = (width) => Math.round(Math.min(260, Math.max(170, width / 5.2)));
