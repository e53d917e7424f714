// The hand on the world: choosing things, and moving, turning and sizing them by mouse, pen, one finger or two.

import { MOUSE, TOUCH, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

import { pinch, snap } from "#world/motion";

// A press that moves less than this (pixels) chooses, and moves nothing.
const STILL = 5;
// How far a drag turns (degrees a pixel), and how many pixels make something twice as large.
const [TURNED, DOUBLED] = [0.6, 160];
/** What things snap to: metres and degrees. */
export const [GRID, ANGLE] = [0.25, 15];

/** Event "told": while something is moved (detail: the thing as it stands just now). */
export class Builder extends EventTarget {
  /** @param {import("./stage.js").Stage} stage @param {import("./world.js").World} world */
  constructor(stage, world) {
    super();
    Object.assign(this, { stage, world, mode: "move", snapping: false, on: true });
    this.orbit = new OrbitControls(stage.camera, stage.canvas);
    Object.assign(this.orbit, { target: stage.target, maxPolarAngle: Math.PI * 0.495, minDistance: 0.5, maxDistance: 300, zoomToCursor: true });
    this.orbit.touches = { ONE: TOUCH.ROTATE, TWO: TOUCH.DOLLY_PAN };
    this.orbit.mouseButtons = { LEFT: MOUSE.ROTATE, MIDDLE: MOUSE.DOLLY, RIGHT: MOUSE.PAN };
    this.orbit.addEventListener("change", () => stage.draw());
    this.orbit.update();
    /** Fingers and buttons that are down: pointer id -> {x, y}. */
    this.down = new Map();
    this.held = null;
    const { space } = stage;
    // Before the camera's own listeners: what takes hold of a thing does not turn the world.
    space.addEventListener("pointerdown", (event) => this.#press(event), { capture: true });
    space.addEventListener("pointermove", (event) => this.#move(event), { capture: true });
    for (const end of ["pointerup", "pointercancel"]) space.addEventListener(end, (event) => this.#lift(event), { capture: true });
  }

  /** Building or not: while somebody walks, this hand is away. */
  turn(on) {
    this.#drop();
    this.down.clear();
    Object.assign(this, { on });
    this.orbit.enabled = on;
    if (on) this.orbit.update();
  }

  /** Look at the chosen thing, or at the whole. */
  focus() {
    const { stage, world } = this;
    const whole = () => stage.things.children.map((node) => stage.boxOf(node.userData.thing)).reduce((all, box) => (all ? all.union(box) : box), null);
    const box = world.chosen ? stage.boxOf(world.chosen) : whole();
    const around = box && !box.isEmpty() ? box : null;
    const middle = around ? around.getCenter(new Vector3()) : new Vector3(0, 0.8, 0);
    const far = Math.max(world.chosen ? 4 : 7, (around ? around.getSize(new Vector3()).length() : 6) * 1.5);
    const way = stage.camera.position.clone().sub(stage.target).normalize();
    stage.target.copy(middle);
    stage.camera.position.copy(middle).addScaledVector(way, far);
    this.orbit.update();
    stage.draw();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #press(event) {
    if (!this.on || event.target !== this.stage.canvas) return;
    this.down.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.held) return this.#second();
    if (event.button > 0 || this.down.size > 1) return;
    this.pressed = [event.clientX, event.clientY];
    const thing = this.stage.pick(event);
    this.under = thing;
    // On a thing that is chosen the drag is about it; on everything else it turns the view.
    const grabs = thing && (thing === this.world.chosen || event.pointerType === "mouse");
    this.orbit.enabled = !grabs;
    if (!grabs) return;
    this.world.choose(thing);
    const now = this.world.thing;
    this.held = { before: now, now, level: this.stage.levelAt(event, now.position[1]), from: [event.clientX, event.clientY], fingers: null };
    this.world.pointer.drawing = true;
    this.stage.canvas.setPointerCapture(event.pointerId);
  }

  #second() {
    if (this.down.size !== 2) return;
    const { held } = this;
    // From here on two fingers turn and size it; what one has done to it stays.
    Object.assign(held, { before: held.now, fingers: [...this.down.values()].map((place) => [...place]), moved: true, original: held.original ?? held.before });
  }

  #move(event) {
    if (!this.down.has(event.pointerId)) return;
    this.down.set(event.pointerId, [event.clientX, event.clientY]);
    const { held } = this;
    if (!held) return;
    const [x, y] = held.from;
    if (!held.moved && Math.hypot(event.clientX - x, event.clientY - y) < STILL) return;
    held.original ??= held.before;
    held.moved = true;
    held.now = { ...held.before, ...(held.fingers ? this.#byFingers(held) : this.#byDrag(held, event)) };
    this.stage.preview(held.now);
    this.dispatchEvent(new CustomEvent("told", { detail: held.now }));
  }

  #byFingers({ before, fingers }) {
    if (this.down.size < 2) return {};
    const { turned, spread } = pinch(fingers, [...this.down.values()].slice(0, 2));
    const [x, y, z] = before.turn;
    return { turn: [x, snap(y - turned, this.snapping ? ANGLE : 0), z], scale: before.scale * spread };
  }

  #byDrag({ before, level, from }, event) {
    const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
    const [x, y, z] = before.position;
    const snapping = this.snapping !== event.ctrlKey;
    if (this.mode === "turn") return { turn: [before.turn[0], snap(before.turn[1] + dx * TURNED, snapping ? ANGLE : 0), before.turn[2]] };
    if (this.mode === "size") return { scale: before.scale * 2 ** ((dx - dy) / DOUBLED) };
    const step = snapping ? GRID : 0;
    if (event.shiftKey) {
      const metre = this.stage.camera.position.distanceTo(new Vector3(x, y, z)) / this.stage.space.clientHeight;
      return { position: [x, Math.max(snap(y - dy * metre, step), -50), z] };
    }
    const now = this.stage.levelAt(event, y);
    if (!now || !level) return {};
    return { position: [snap(x + now.x - level.x, step), y, snap(z + now.z - level.z, step)] };
  }

  #lift(event) {
    if (!this.down.delete(event.pointerId)) return;
    const { held, pressed } = this;
    if (held && this.down.size) {
      // One of two fingers has gone: the other one goes on from where things are.
      const [left] = [...this.down.values()];
      Object.assign(held, { before: held.now, fingers: null, from: left, level: this.stage.levelAt({ clientX: left[0], clientY: left[1] }, held.now.position[1]) });
      return;
    }
    if (held) return this.#drop();
    const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < STILL;
    if (still && event.type === "pointerup") this.world.choose(this.under ?? null);
    this.orbit.enabled = this.on;
  }

  /** The hand opens: what it has moved stays where it is, as one step to undo. */
  #drop() {
    const { held } = this;
    this.held = null;
    this.pressed = null;
    this.world.pointer.drawing = false;
    this.orbit.enabled = this.on;
    if (!held?.moved) return;
    const { position, turn, scale, id } = held.now;
    if (!this.world.set({ position, turn, scale }, id)) this.stage.sync();
  }
}
