// How the board is looked at: moved, enlarged, turned, mirrored. The numbers are pure; `View` puts them on the page.

import { clamp } from "#lib/geometry";

/**
 * @typedef {{x: number, y: number, scale: number, angle: number, mirror: boolean}} Look
 *   moved by x, y (CSS pixels), after mirroring, enlarging and turning (radians) around the middle
 */
export const STRAIGHT = Object.freeze({ x: 0, y: 0, scale: 1, angle: 0, mirror: false });
const [SMALLEST, LARGEST] = [0.25, 16];
// Two fingers that only move or pinch turn a little as well; that much is not meant.
const TURN_FROM = Math.PI / 15;
const SNAP = Math.PI / 36;

/** Where a point of the flat board (CSS pixels from the middle) is seen. */
export function seen({ x, y, scale, angle, mirror }, point) {
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const across = mirror ? -point.x : point.x;
  return { x: x + cos * across - sin * point.y, y: y + sin * across + cos * point.y };
}

/** Which point of the flat board is seen there. */
export function unseen({ x, y, scale, angle, mirror }, point) {
  const [dx, dy] = [point.x - x, point.y - y];
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const across = cos * dx + sin * dy;
  return { x: mirror ? -across : across, y: cos * dy - sin * dx };
}

/** `look` after the fingers went from `before` to `after` (two points each): what was under them still is. */
export function pinched(look, before, after, { turn = true } = {}) {
  const between = ([a, b]) => ({ x: b.x - a.x, y: b.y - a.y });
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [v, w] = [between(before), between(after)];
  const scale = clamp(look.scale * (Math.hypot(w.x, w.y) / (Math.hypot(v.x, v.y) || 1)), SMALLEST, LARGEST);
  const turned = Math.atan2(w.y, w.x) - Math.atan2(v.y, v.x);
  return carried(look, middle(before), middle(after), scale, turn ? turned : 0);
}

/** `look` enlarged by `factor` with the point `there` (CSS pixels from the middle) staying where it is. */
export function zoomed(look, there, factor) {
  return carried(look, there, there, clamp(look.scale * factor, SMALLEST, LARGEST), 0);
}

function carried(look, from, to, scale, turned) {
  const k = scale / look.scale;
  const [cos, sin] = [Math.cos(turned) * k, Math.sin(turned) * k];
  const [dx, dy] = [look.x - from.x, look.y - from.y];
  return { ...look, scale, angle: look.angle + turned, x: to.x + cos * dx - sin * dy, y: to.y + sin * dx + cos * dy };
}

/** The angle, or the next quarter turn where it is close. */
export function snapped(angle) {
  const quarter = (Math.round(angle / (Math.PI / 2)) * Math.PI) / 2;
  return Math.abs(angle - quarter) < SNAP ? quarter : angle;
}

/** Whether two fingers have turned so far that it is meant. */
export function turns(before, after) {
  const angle = ([a, b]) => Math.atan2(b.y - a.y, b.x - a.x);
  const turned = Math.abs(angle(after) - angle(before));
  return Math.min(turned, 2 * Math.PI - turned) > TURN_FROM;
}

export class View extends EventTarget {
  /** @param {HTMLElement} space what the board lies in @param {HTMLElement} frame the board itself, in the middle of it */
  constructor(space, frame) {
    super();
    this.space = space;
    this.frame = frame;
    this.look = STRAIGHT;
  }

  /** CSS pixels from the middle of the space. */
  fromMiddle({ clientX, clientY }) {
    const { left, top, width, height } = this.space.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  /** A pointer's place in board units. */
  toBoard(event, board) {
    const point = unseen(this.look, this.fromMiddle(event));
    const fit = board.width / this.frame.offsetWidth;
    return { x: point.x * fit, y: point.y * fit };
  }

  /** CSS pixels of one board unit right now. */
  unit(board) {
    return (this.frame.offsetWidth / board.width) * this.look.scale;
  }

  set(look) {
    const { width, height } = this.space.getBoundingClientRect();
    // Some of the board always stays in sight.
    const reach = (side) => (side / 2) * Math.max(1, look.scale);
    this.look = { ...look, x: clamp(look.x, -reach(width), reach(width)), y: clamp(look.y, -reach(height), reach(height)) };
    const { x, y, scale, angle, mirror } = this.look;
    const plain = x === 0 && y === 0 && scale === 1 && angle === 0 && !mirror;
    this.frame.style.transform = plain ? "" : `translate(${x}px, ${y}px) rotate(${angle}rad) scale(${mirror ? -scale : scale}, ${scale})`;
    this.frame.style.setProperty("--zoom", scale);
    this.dispatchEvent(new Event("change"));
  }

  fit() {
    this.set({ ...STRAIGHT, mirror: this.look.mirror });
  }

  /** One board unit is one CSS pixel: the drawing at the size the studio sends. */
  actual(board) {
    this.set({ ...STRAIGHT, mirror: this.look.mirror, scale: board.width / this.frame.offsetWidth });
  }

  zoom(factor, there = { x: 0, y: 0 }) {
    this.set(zoomed(this.look, there, factor));
  }

  pan(dx, dy) {
    this.set({ ...this.look, x: this.look.x + dx, y: this.look.y + dy });
  }

  mirror() {
    this.set({ ...this.look, mirror: !this.look.mirror, x: -this.look.x, angle: -this.look.angle });
  }

  pinch(from, before, after, turn) {
    this.set(pinched(from, before, after, { turn }));
  }

  settle() {
    this.set({ ...this.look, angle: snapped(this.look.angle) });
  }
}
