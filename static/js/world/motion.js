// Walking and moving as numbers: steps, walls, snapping, joystick. Pure.

/** How high the eyes are, how wide a walker is (radius), how fast (metres a second), and how much faster somebody runs. */
export const [EYES, BODY, PACE, RUN] = [1.65, 0.3, 2.6, 2.2];
// What is lower is stepped over, what is higher is walked under.
const [KNEE, HEAD] = [0.35, 1.8];
// No step is longer than this (seconds): a page that was away does not jump through walls.
const LONGEST = 0.1;
const STEEPEST = Math.PI * 0.47;

/**
 * A walker one moment later. `yaw` 0 looks towards -z, as three.js's cameras do; radians.
 * @param {{x: number, z: number, yaw: number, pitch: number}} at
 * @param {{forward: number, right: number, turn?: number, run?: boolean}} want each from -1 to 1
 * @param {number} seconds
 * @param {{radius: number, boxes: {min: number[], max: number[]}[]}} place the ground, and the boxes around what stands on it
 */
export function walk(at, want, seconds, { radius, boxes }) {
  const time = Math.min(Math.max(seconds, 0), LONGEST);
  const yaw = at.yaw - (want.turn ?? 0) * 1.9 * time;
  const long = Math.hypot(want.forward, want.right);
  const stride = (PACE * (want.run ? RUN : 1) * time) / Math.max(1, long);
  const [sin, cos] = [Math.sin(yaw), Math.cos(yaw)];
  const dx = (want.right * cos - want.forward * sin) * stride;
  const dz = (-want.right * sin - want.forward * cos) * stride;
  const walls = boxes.filter(({ min, max }) => max[1] > KNEE && min[1] < HEAD);
  const free = ({ x, z }) => !walls.some((box) => touches(box, x, z));
  let next = onGround({ x: at.x + dx, z: at.z + dz }, radius);
  // Whoever stands within something (it was placed there) may always walk out of it.
  if (free(at) && !free(next)) {
    // Along the wall, where one of the two ways is open.
    const slides = [onGround({ x: at.x + dx, z: at.z }, radius), onGround({ x: at.x, z: at.z + dz }, radius)];
    next = slides.filter(free).sort((a, b) => far(b, at) - far(a, at))[0] ?? at;
  }
  return { ...at, ...next, yaw };
}

const far = (a, b) => Math.hypot(a.x - b.x, a.z - b.z);

/** Nobody walks over the edge of the ground. */
function onGround({ x, z }, radius) {
  const [far, most] = [Math.hypot(x, z), Math.max(0, radius - BODY)];
  return far <= most ? { x, z } : { x: (x / far) * most, z: (z / far) * most };
}

/** Whether a walker at (x, z) touches a box. */
function touches({ min, max }, x, z) {
  const [dx, dz] = [x - Math.min(max[0], Math.max(min[0], x)), z - Math.min(max[2], Math.max(min[2], z))];
  return Math.hypot(dx, dz) < BODY;
}

/** The look turned by a drag (pixels). */
export function look(at, dx, dy) {
  const pitch = Math.min(STEEPEST, Math.max(-STEEPEST, at.pitch - dy * 0.0042));
  return { ...at, yaw: at.yaw - dx * 0.0042, pitch };
}

/** What a joystick wants, pushed (dx, dy) pixels of at most `reach`: nothing near its middle. */
export function stick(dx, dy, reach) {
  const far = Math.hypot(dx, dy);
  if (far < reach * 0.16) return { forward: 0, right: 0 };
  const part = Math.min(1, far / reach) / far;
  return { forward: -dy * part || 0, right: dx * part || 0 };
}

/** The nearest multiple of `step`; any value where it is 0. */
export const snap = (value, step) => (step ? Math.round(value / step) * step : value);

/** What two fingers have done from `before` to `after` ([[x, y], [x, y]]): turned (degrees, clockwise is positive), and spread. */
export function pinch(before, after) {
  const angle = ([[ax, ay], [bx, by]]) => Math.atan2(by - ay, bx - ax);
  const width = ([[ax, ay], [bx, by]]) => Math.hypot(bx - ax, by - ay);
  const turned = ((angle(after) - angle(before)) * 180) / Math.PI;
  return { turned: turned - 360 * Math.round(turned / 360), spread: width(after) / Math.max(1, width(before)) };
}

/** A slider's place (0 to 1) for a size, and back: as far from half to one as from one to two. */
const [LEAST, MOST] = [0.05, 20];
export const placeOfScale = (scale) => Math.log(Math.min(MOST, Math.max(LEAST, scale)) / LEAST) / Math.log(MOST / LEAST);
export const scaleOfPlace = (place) => LEAST * (MOST / LEAST) ** place;
