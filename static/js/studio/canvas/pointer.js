// Mouse, pen and fingers over the board, told apart: drawing, moving the view, taps. Knows pointers, not paint.

import { turns } from "#studio/canvas/view";

// A hand that rests beside the pen is no brush.
const PALM_AFTER_PEN = 1500;
// Fingers that touch and leave again this quickly, without moving, are a tap.
const [TAP, TAP_REACH] = [320, 14];
// A second finger turns a stroke into a gesture only while the stroke is this young; later it is a palm.
const STROKE_SETTLED = 350;
const LONG_PRESS = 550;
const PEN_ERASER = 32;

export class Pointer {
  /**
   * @param {HTMLElement} space @param {import("./view.js").View} view
   * @param {object} hooks `begin(event, {eraser}) -> boolean`, `extend(events, expected)`, `finish(event)`, `abandon()`,
   *   `tap(fingers)`, `press(event)` (held still), `moving() -> boolean` whether a drag moves the view
   */
  constructor(space, view, hooks) {
    Object.assign(this, { space, view, hooks, fingers: new Map(), active: null, panning: null, penAt: -Infinity });
    space.addEventListener("pointerdown", (event) => this.#down(event));
    space.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      space.addEventListener(kind, (event) => this.#up(event));
    }
    space.addEventListener("contextmenu", (event) => event.preventDefault());
    space.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  get drawing() {
    return this.active !== null;
  }

  /** Stop what is being drawn, e.g. because Escape was pressed. */
  stop() {
    if (this.active === null) return;
    this.#forget();
    this.hooks.abandon();
  }

  #down(event) {
    if (event.target.closest?.("button, input")) return;
    if (event.pointerType === "touch") return this.#finger(event);
    if (event.pointerType === "pen") {
      this.penAt = event.timeStamp;
      this.fingers.clear();
      this.pinching = null;
      if (this.touching) this.stop();
    }
    if (this.active !== null || this.panning !== null) return undefined;
    if (event.button === 1 || (event.button === 0 && this.hooks.moving())) return this.#grab(event);
    const eraser = (event.buttons & PEN_ERASER) !== 0;
    if (event.button === 0 || eraser) this.#begin(event, eraser);
    return undefined;
  }

  #finger(event) {
    const penIsNear = event.timeStamp - this.penAt < PALM_AFTER_PEN;
    if (penIsNear || (this.active !== null && !this.touching)) return;
    if (this.active !== null && event.timeStamp - this.since > STROKE_SETTLED) return;
    const place = this.view.fromMiddle(event);
    this.fingers.set(event.pointerId, { start: place, now: place });
    if (this.fingers.size === 1) {
      this.tap = { since: event.timeStamp, most: 1, still: true };
      if (this.hooks.moving()) this.#grab(event);
      else this.#begin(event, false);
    } else {
      this.stop();
      this.panning = null;
      this.tap.most = this.fingers.size;
      this.space.setPointerCapture(event.pointerId);
      this.#startPinch();
    }
  }

  #startPinch() {
    const [a, b] = [...this.fingers.values()];
    this.pinching = b ? { look: this.view.look, from: [a.now, b.now], turn: false } : null;
  }

  #begin(event, eraser) {
    event.preventDefault();
    this.space.querySelector("[tabindex]")?.focus({ preventScroll: true, focusVisible: false });
    if (!this.hooks.begin(event, { eraser })) return;
    this.space.setPointerCapture(event.pointerId);
    Object.assign(this, { active: event.pointerId, since: event.timeStamp, touching: event.pointerType === "touch" });
    if (!this.touching) return;
    this.held = setTimeout(() => {
      if (!this.tap?.still || !this.touching) return;
      this.stop();
      this.fingers.clear();
      this.hooks.press(event);
    }, LONG_PRESS);
  }

  #grab(event) {
    event.preventDefault();
    this.space.setPointerCapture(event.pointerId);
    this.panning = event.pointerId;
    this.last = { x: event.clientX, y: event.clientY };
    this.space.dataset.grabbing = "";
  }

  #move(event) {
    if (event.pointerType === "pen") this.penAt = event.timeStamp;
    if (event.pointerType === "touch") this.#fingerMoves(event);
    if (event.pointerId === this.panning) {
      this.view.pan(event.clientX - this.last.x, event.clientY - this.last.y);
      this.last = { x: event.clientX, y: event.clientY };
    }
    if (event.pointerId !== this.active) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    this.hooks.extend(passed.length ? passed : [event], event.getPredictedEvents?.() ?? []);
  }

  #fingerMoves(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    finger.now = this.view.fromMiddle(event);
    if (Math.hypot(finger.now.x - finger.start.x, finger.now.y - finger.start.y) > TAP_REACH) this.tap.still = false;
    if (!this.pinching || this.tap.still) return;
    const now = [...this.fingers.values()].slice(0, 2).map((each) => each.now);
    this.pinching.turn ||= turns(this.pinching.from, now);
    this.view.pinch(this.pinching.look, this.pinching.from, now, this.pinching.turn);
  }

  #up(event) {
    this.#fingerGone(event);
    if (event.pointerId === this.panning) {
      this.panning = null;
      delete this.space.dataset.grabbing;
    }
    if (event.pointerId !== this.active) return;
    this.#forget();
    if (event.type === "pointercancel") this.hooks.abandon();
    else this.hooks.finish(event);
  }

  #fingerGone(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    if (this.pinching) this.#startPinch();
    if (this.fingers.size > 0) return;
    if (this.tap.most > 1) this.view.settle();
    const quick = event.type === "pointerup" && event.timeStamp - this.tap.since < TAP;
    if (quick && this.tap.still && this.tap.most > 1) this.hooks.tap(this.tap.most);
  }

  #forget() {
    clearTimeout(this.held);
    this.active = null;
    this.touching = false;
  }

  #wheel(event) {
    if (this.active !== null) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 18 : 1;
    if (event.shiftKey) this.view.pan(-(event.deltaX + event.deltaY) * lines, 0);
    else this.view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), this.view.fromMiddle(event));
  }
}
