// Sizes and rectangles of an edit: the formulas of gallery/pixels/rendering.py, and the crop frame under the hand. Pure.

const SMALLEST = 0.05;
const whole = (value) => Math.floor(value + 0.5);

/** The largest picture of the same proportions that stays when {width, height} is turned by `degrees`. */
export function straightened({ width, height }, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.abs(Math.sin(angle));
  const share = Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
  return { width: Math.max(1, whole(width * share)), height: Math.max(1, whole(height * share)) };
}

/** A crop in whole pixels. */
export function box(crop, { width, height }) {
  const x = Math.min(whole(crop.x * width), width - 1);
  const y = Math.min(whole(crop.y * height), height - 1);
  const right = Math.min(width, Math.max(x + 1, whole((crop.x + crop.width) * width)));
  const bottom = Math.min(height, Math.max(y + 1, whole((crop.y + crop.height) * height)));
  return { x, y, width: right - x, height: bottom - y };
}

/** The largest crop of proportions `aspect` (width : height, of the result) in the middle of a picture of that size. */
export function centred(aspect, size) {
  const ratio = (aspect * size.height) / size.width;
  const width = Math.min(1, ratio);
  const height = Math.min(1, 1 / ratio);
  return { x: (1 - width) / 2, y: (1 - height) / 2, width, height };
}

/** `crop` moved by (dx, dy) shares, as far as the picture goes. */
export function moved(crop, dx, dy) {
  const within = (value, room) => Math.min(Math.max(value, 0), room);
  return { ...crop, x: within(crop.x + dx, 1 - crop.width), y: within(crop.y + dy, 1 - crop.height) };
}

/**
 * `crop` with one corner ("nw", "ne", "sw", "se") dragged by (dx, dy) shares; the opposite corner stays.
 * `ratio`: width over height in shares to hold, or null.
 */
export function resized(crop, corner, dx, dy, ratio) {
  const west = corner.includes("w");
  const north = corner.includes("n");
  const fixed = { x: west ? crop.x + crop.width : crop.x, y: north ? crop.y + crop.height : crop.y };
  const room = { width: west ? fixed.x : 1 - fixed.x, height: north ? fixed.y : 1 - fixed.y };
  let width = Math.min(Math.max(crop.width + (west ? -dx : dx), SMALLEST), room.width);
  let height = Math.min(Math.max(crop.height + (north ? -dy : dy), SMALLEST), room.height);
  if (ratio) {
    width = Math.min(Math.max(width, height * ratio), room.width, room.height * ratio);
    height = width / ratio;
  }
  return { x: west ? fixed.x - width : fixed.x, y: north ? fixed.y - height : fixed.y, width, height };
}
