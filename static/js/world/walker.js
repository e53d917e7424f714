// Walking through the world: keys, a drag to look around, and on touch a joystick. Moves the camera, changes nothing.

import { Vector3 } from "three";

import { find, isTyping } from "#lib/dom";
import { EYES, look, stick, walk } from "#world/motion";

// By the key's place on the keyboard: WASD are under the same fingers on every layout.
const KEYS = {
  KeyW: ["forward", 1],
  ArrowUp: ["forward", 1],
  KeyS: ["forward", -1],
  ArrowDown: ["forward", -1],
  KeyD: ["right", 1],
  KeyA: ["right", -1],
  ArrowRight: ["turn", 1],
  ArrowLeft: ["turn", -1],
  KeyE: ["turn", 1],
  KeyQ: ["turn", -1],
};
const REACH = 44;

export class Walker {
  /** @param {import("./stage.js").Stage} stage @param {import("./world.js").World} world */
  constructor(stage, world) {
    Object.assign(this, { stage, world, on: false });
    this.pressed = new Set();
    this.pushed = { forward: 0, right: 0 };
    this.stick = find("#joystick");
    this.knob = find("i", this.stick);
    document.addEventListener("keydown", (event) => this.#key(event, true));
    document.addEventListener("keyup", (event) => this.#key(event, false));
    window.addEventListener("blur", () => this.pressed.clear());
    world.addEventListener("change", () => (this.boxes = null));
    this.#bindLooking();
    this.#bindStick();
  }

  /** Begin or end. */
  turn(on) {
    if (this.on === on) return;
    this.on = on;
    this.pressed.clear();
    this.pushed = { forward: 0, right: 0 };
    this.stage.walked = on;
    const { camera, target } = this.stage;
    if (on) {
      this.before = [camera.position.clone(), target.clone()];
      this.boxes = null;
      this.at = this.#entrance(camera.position, target);
      this.last = performance.now();
      this.frame = requestAnimationFrame((now) => this.#step(now));
    } else {
      cancelAnimationFrame(this.frame);
      // Back to where the world was looked at from.
      camera.position.copy(this.before[0]);
      target.copy(this.before[1]);
      camera.lookAt(target);
    }
    this.stage.surrounds.grid.visible = !on;
    this.stage.sync();
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** Where somebody comes in: from the side that was looked from, at the edge of what stands there, looking inwards. */
  #entrance(eye, target) {
    const way = new Vector3(eye.x - target.x, 0, eye.z - target.z);
    const far = Math.min(Math.max(way.length(), 3), 12);
    const place = way.setLength(far || 6).add(new Vector3(target.x, 0, target.z));
    const inside = place.clampLength(0, Math.max(0, this.world.drawing.ground.radius - 1));
    return { x: inside.x, z: inside.z, yaw: Math.atan2(inside.x - target.x, inside.z - target.z), pitch: -0.05 };
  }

  #step(now) {
    if (!this.on) return;
    this.frame = requestAnimationFrame((next) => this.#step(next));
    const seconds = (now - this.last) / 1000;
    this.last = now;
    const want = this.#want();
    const moved = want.forward || want.right || want.turn;
    if (moved) this.at = walk(this.at, want, seconds, this.#place());
    if (moved || this.looked) this.#show();
    this.looked = false;
  }

  #want() {
    const want = { forward: this.pushed.forward, right: this.pushed.right, turn: 0, run: this.running };
    for (const code of this.pressed) want[KEYS[code][0]] += KEYS[code][1];
    for (const name of ["forward", "right", "turn"]) want[name] = Math.min(1, Math.max(-1, want[name]));
    return want;
  }

  #place() {
    this.boxes ??= this.stage.boxes();
    return { radius: this.world.drawing.ground.radius, boxes: this.boxes };
  }

  #show() {
    const { camera, target } = this.stage;
    const { x, z, yaw, pitch } = this.at;
    camera.position.set(x, EYES, z);
    camera.rotation.set(pitch, yaw, 0, "YXZ");
    target.set(x - Math.sin(yaw) * 6, 0, z - Math.cos(yaw) * 6);
    this.stage.draw();
  }

  #key(event, down) {
    if (!(event.code in KEYS)) return;
    this.running = event.shiftKey;
    if (!down) return this.pressed.delete(event.code);
    const elsewhere = isTyping(event.target) || find("dialog[open], [popover]:popover-open") || event.ctrlKey || event.metaKey || event.altKey;
    if (!this.on || elsewhere || event.target.closest?.("[role=tablist], [role=radiogroup], input")) return;
    event.preventDefault();
    this.pressed.add(event.code);
  }

  #bindLooking() {
    const { canvas } = this.stage;
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.on || from) return;
      from = { id: event.pointerId, x: event.clientX, y: event.clientY };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.on || from?.id !== event.pointerId) return;
      this.at = look(this.at, event.clientX - from.x, event.clientY - from.y);
      Object.assign(from, { x: event.clientX, y: event.clientY });
      this.looked = true;
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => from?.id === event.pointerId && (from = null));
  }

  #bindStick() {
    let id = null;
    const push = ({ clientX, clientY }) => {
      const { left, top, width, height } = this.stick.getBoundingClientRect();
      const [dx, dy] = [clientX - left - width / 2, clientY - top - height / 2];
      this.pushed = stick(dx, dy, REACH);
      const far = Math.min(1, REACH / (Math.hypot(dx, dy) || 1));
      this.knob.style.setProperty("translate", `${dx * far}px ${dy * far}px`);
    };
    const release = () => {
      id = null;
      this.pushed = { forward: 0, right: 0 };
      this.knob.style.removeProperty("translate");
    };
    this.stick.addEventListener("pointerdown", (event) => {
      id = event.pointerId;
      this.stick.setPointerCapture(id);
      push(event);
    });
    this.stick.addEventListener("pointermove", (event) => event.pointerId === id && push(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) this.stick.addEventListener(end, (event) => event.pointerId === id && release());
  }
}
