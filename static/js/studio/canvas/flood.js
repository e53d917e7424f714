// The fill bucket's arithmetic: which pixels belong together, and the outline around them. Pure.

import { simplify } from "#studio/canvas/shapes";

/**
 * The pixels around (x, y) whose colour is like its own, as ones in a Uint8Array.
 * `data` is RGBA, `tolerance` how far each channel may be off (0..255).
 */
export function flood(data, width, height, x, y, tolerance) {
  const found = new Uint8Array(width * height);
  const seed = (y * width + x) * 4;
  const [r, g, b, a] = data.slice(seed, seed + 4);
  const alike = (pixel) => {
    const i = pixel * 4;
    return (
      Math.abs(data[i] - r) <= tolerance &&
      Math.abs(data[i + 1] - g) <= tolerance &&
      Math.abs(data[i + 2] - b) <= tolerance &&
      Math.abs(data[i + 3] - a) <= tolerance
    );
  };
  // Whole rows at a time: from each start to both sides, leaving one start for each piece above and below.
  const starts = [y * width + x];
  while (starts.length) {
    const start = starts.pop();
    if (found[start]) continue;
    const row = start - (start % width);
    let [left, right] = [start, start];
    while (left > row && !found[left - 1] && alike(left - 1)) left -= 1;
    while (right < row + width - 1 && !found[right + 1] && alike(right + 1)) right += 1;
    found.fill(1, left, right + 1);
    if (row > 0) addStarts(left - width, right - width);
    if (row + width < width * height) addStarts(left + width, right + width);
  }
  return found;

  function addStarts(from, to) {
    for (let pixel = from, inside = false; pixel <= to; pixel += 1) {
      const wanted = !found[pixel] && alike(pixel);
      if (wanted && !inside) starts.push(pixel);
      inside = wanted;
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
      if (region[i] && !walked[i] && !at(x - 1, y)) loops.push(walk(x, y + 1));
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
