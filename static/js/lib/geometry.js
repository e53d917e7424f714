// Sizes, points and boxes of the board. Pure. Board units: the longest side is 512, the origin is the middle.

export const BOARD = 512;

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The board's size in board units for a picture of `width` x `height` pixels: {width, height}, longest side 512. */
export function boardSize(width, height) {
  const scale = BOARD / Math.max(width, height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** The largest box with the proportions of `inner` inside `outer`: {x, y, width, height}. */
export function contain(inner, outer) {
  const scale = Math.min(outer.width / inner.width, outer.height / inner.height);
  const width = inner.width * scale;
  const height = inner.height * scale;
  return { x: (outer.width - width) / 2, y: (outer.height - height) / 2, width, height };
}

/**
 * What of a board's `pixels` lies over a `box` in its middle: the sides of the cut, and where the board's corner lies in it.
 * @param {{width: number, height: number}} pixels @param {{width: number, height: number}} board in units, as `box`
 */
export function middleOf(pixels, board, box) {
  const scale = pixels.width / board.width;
  const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  return { width, height, x: Math.round((width - pixels.width) / 2), y: Math.round((height - pixels.height) / 2) };
}

/** Whether point `b` is far enough from `a` to be worth keeping. */
export function moved(a, b, least = 0.6) {
  return Math.hypot(a.x - b.x, a.y - b.y) >= least;
}

export const tidy = (value) => Math.round(value * 10) / 10;

/** The next brush size up or down: steps grow with the size, so that `[` and `]` always feel alike. */
export function nextSize(size, direction, low = 1, high = 96) {
  const step = Math.max(1, Math.round(size * 0.18));
  return clamp(size + direction * step, low, high);
}
