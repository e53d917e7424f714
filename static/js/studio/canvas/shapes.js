// Matrices, boxes and outlines of regions in board units. Pure.

/** Affine matrices as [a, b, c, d, e, f], as canvas and CSS write them. */
export const IDENTITY = [1, 0, 0, 1, 0, 0];

/** `m` after `n`: what `n` does first, then `m`. */
export function multiply(m, n) {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

export function invert([a, b, c, d, e, f]) {
  const k = a * d - b * c;
  return [d / k, -b / k, -c / k, a / k, (c * f - d * e) / k, (b * e - a * f) / k];
}

export const at = (m, { x, y }) => ({ x: m[0] * x + m[2] * y + m[4], y: m[1] * x + m[3] * y + m[5] });

export const translation = (x, y) => [1, 0, 0, 1, x, y];

/** Turn by `angle` (radians) and scale by `sx`, `sy` around `centre`. */
export function around(centre, angle, sx, sy = sx) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turn = [cos * sx, sin * sx, -sin * sy, cos * sy, 0, 0];
  return multiply(translation(centre.x, centre.y), multiply(turn, translation(-centre.x, -centre.y)));
}

/** The box around flat outlines (x, y, x, y, ...): {x, y, width, height}. */
export function boxOf(loops) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const loop of loops) {
    for (let i = 0; i < loop.length; i += 2) {
      left = Math.min(left, loop[i]);
      right = Math.max(right, loop[i]);
      top = Math.min(top, loop[i + 1]);
      bottom = Math.max(bottom, loop[i + 1]);
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Whether a point lies in a region (even-odd). */
export function inside(loops, { x, y }) {
  let within = false;
  for (const loop of loops) {
    for (let i = 0, j = loop.length - 2; i < loop.length; j = i, i += 2) {
      const [x1, y1, x2, y2] = [loop[i], loop[i + 1], loop[j], loop[j + 1]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
    }
  }
  return within;
}

/** A flat outline with the points left out that lie within `tolerance` of a straight line (Douglas and Peucker 1973). */
export function simplify(loop, tolerance) {
  const count = loop.length / 2;
  const keep = new Uint8Array(count);
  keep[0] = keep[count - 1] = 1;
  const open = [[0, count - 1]];
  while (open.length) {
    const [first, last] = open.pop();
    let [far, farthest] = [0, tolerance];
    for (let i = first + 1; i < last; i += 1) {
      const distance = toLine(loop, i, first, last);
      if (distance > farthest) [far, farthest] = [i, distance];
    }
    if (far) {
      keep[far] = 1;
      open.push([first, far], [far, last]);
    }
  }
  return loop.filter((_unused, n) => keep[n >> 1]);
}

function toLine(loop, i, first, last) {
  const [x, y, x1, y1] = [loop[2 * i], loop[2 * i + 1], loop[2 * first], loop[2 * first + 1]];
  const [dx, dy] = [loop[2 * last] - x1, loop[2 * last + 1] - y1];
  const length = Math.hypot(dx, dy);
  return length ? Math.abs(dx * (y1 - y) - dy * (x1 - x)) / length : Math.hypot(x - x1, y - y1);
}

/** Where a shape dragged to `to` ends when it must be regular: a square, a circle, a line in steps of 15 degrees. */
export function regular(kind, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (kind === "line") {
    const angle = (Math.round(Math.atan2(dy, dx) / (Math.PI / 12)) * Math.PI) / 12;
    const length = Math.hypot(dx, dy);
    return { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
  }
  const side = Math.max(Math.abs(dx), Math.abs(dy));
  return { x: from.x + Math.sign(dx || 1) * side, y: from.y + Math.sign(dy || 1) * side };
}
