// The fill bucket's arithmetic: which pixels belong together, and the outline around them. Pure.

import { simplify } from "#studio/canvas/shapes";

/**
 * Which pixels have a colour like that of pixel `seed`, as ones. A drawing has few colours in long runs, so pixels are
 * compared as words of 32 bits, and only a colour other than the last one is looked at more closely.
 */
function alike(data, seed, tolerance) {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const like = new Uint8Array(words.length);
  const [r, g, b, a] = data.subarray(seed * 4, seed * 4 + 4);
  const off = (value, own) => value - own > tolerance || own - value > tolerance;
  let [last, answer] = [words[seed], 1];
  for (let pixel = 0; pixel < words.length; pixel += 1) {
    if (words[pixel] !== last) {
      last = words[pixel];
      const i = pixel * 4;
      answer = off(data[i], r) || off(data[i + 1], g) || off(data[i + 2], b) || off(data[i + 3], a) ? 0 : 1;
    }
    like[pixel] = answer;
  }
  return like;
}

/**
 * The pixels around (x, y) whose colour is like its own, as ones in a Uint8Array.
 * `data` is RGBA (a Uint8ClampedArray that begins at a multiple of four bytes), `tolerance` how far each channel may be
 * off (0..255).
 */
export function flood(data, width, height, x, y, tolerance) {
  const free = alike(data, y * width + x, tolerance); // what is found is taken out
  const found = new Uint8Array(width * height);
  // Whole rows at a time: from each start to both sides, leaving one start for each piece above and below.
  const starts = [y * width + x];
  while (starts.length) {
    const start = starts.pop();
    if (!free[start]) continue;
    const row = start - (start % width);
    const end = row + width - 1;
    let [left, right] = [start, start];
    while (left > row && free[left - 1]) left -= 1;
    while (right < end && free[right + 1]) right += 1;
    found.fill(1, left, right + 1);
    free.fill(0, left, right + 1);
    if (row > 0) addStarts(left - width, right - width);
    if (end + 1 < found.length) addStarts(left + width, right + width);
  }
  return found;

  function addStarts(from, to) {
    for (let pixel = from, before = 0; pixel <= to; pixel += 1) {
      if (free[pixel] && !before) starts.push(pixel);
      before = free[pixel];
    }
  }
}

/** The region and every pixel that touches it: so that a fill reaches under the soft edge of the line around it. */
export function grown(region, width, height) {
  const grown = region.slice();
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, i = y * width; x < width; x += 1, i += 1) {
      if (region[i]) continue;
      if ((x > 0 && region[i - 1]) || (x < width - 1 && region[i + 1]) || (y > 0 && region[i - width]) || (y < height - 1 && region[i + width])) grown[i] = 1;
    }
  }
  return grown;
}

// Steps to the right, down, left, up; and the pixels that lie ahead on the left and on the right of each.
const STEP = [[1, 0], [0, 1], [-1, 0], [0, -1]];
const LEFT = [[0, -1], [0, 0], [-1, 0], [-1, -1]];
const RIGHT = [[0, 0], [-1, 0], [-1, -1], [0, -1]];
const UP = 3;

/** The outlines of a region, holes too, as flat lists of pixel corners; straight within `tolerance` pixels. */
export function outlines(region, width, height, tolerance) {
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && region[y * width + x] === 1;
  const walked = new Uint8Array(width * height); // left edges that an outline has passed
  const loops = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      if (region[i] && (x === 0 || !region[i - 1]) && !walked[i]) loops.push(walk(x, y + 1));
    }
  }
  return loops.map((loop) => simplify([...loop, loop[0], loop[1]], tolerance).slice(0, -2)).filter((loop) => loop.length >= 6);

  // Along the cracks between pixels with the region on the right hand.
  function walk(startX, startY) {
    const loop = [startX, startY];
    let [x, y, way] = [startX, startY, UP];
    do {
      if (way === UP) walked[(y - 1) * width + x] = 1;
      x += STEP[way][0];
      y += STEP[way][1];
      const before = way;
      if (at(x + LEFT[way][0], y + LEFT[way][1])) way = (way + 3) % 4;
      else if (!at(x + RIGHT[way][0], y + RIGHT[way][1])) way = (way + 1) % 4;
      if (way !== before) loop.push(x, y);
    } while (x !== startX || y !== startY || way !== UP);
    // The start may lie within an edge; the point after it is always a corner.
    return [...loop.slice(2), startX, startY];
  }
}
