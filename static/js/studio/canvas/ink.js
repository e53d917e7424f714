// How a hand's movement becomes a stroke: smoothed while it is drawn, and its outline. Knows points, not pixels.

import { getStroke } from "perfect-freehand";

// A pen goes from a quarter of the brush's size to the whole; mouse and finger press fully.
const THINNING = 0.6;
const SMOOTHING = 0.5;
// How far each new point follows the hand: less is calmer and lags more.
const FOLLOW = 0.72;

/** The next smoothed point after `last`: a little behind the hand, so that its trembling is not seen. */
export function follow(last, point) {
  const between = (a, b) => a + (b - a) * FOLLOW;
  return { x: between(last.x, point.x), y: between(last.y, point.y), p: between(last.p, point.p) };
}

/** The outline of a stroke as a path in board units. `points` flat: x, y, pressure; from point `first` on. */
export function outline(points, size, first = 0) {
  const list = [];
  for (let i = first * 3; i < points.length; i += 3) list.push([points[i], points[i + 1], points[i + 2]]);
  const edge = getStroke(list, {
    // perfect-freehand's size is the width at half pressure.
    size: size / (1 + THINNING),
    thinning: THINNING,
    smoothing: SMOOTHING,
    streamline: 0,
    simulatePressure: false,
    last: true,
  });
  const path = new Path2D();
  if (edge.length < 3) return dot(path, list[0], size);
  path.moveTo((edge[0][0] + edge[1][0]) / 2, (edge[0][1] + edge[1][1]) / 2);
  for (let i = 1; i <= edge.length; i += 1) {
    const [here, next] = [edge[i % edge.length], edge[(i + 1) % edge.length]];
    path.quadraticCurveTo(here[0], here[1], (here[0] + next[0]) / 2, (here[1] + next[1]) / 2);
  }
  path.closePath();
  return path;
}

function dot(path, [x, y, p], size) {
  path.arc(x, y, (size * (0.5 - THINNING * (0.5 - p))) / (1 + THINNING), 0, 2 * Math.PI);
  return path;
}
