// A model in the page: its picture first, three dimensions when they are wanted, and plain words where there are none.
// three itself is loaded with the first model that is opened, never before.

import { el, findAll, icon } from "#lib/dom";
import { moveOf } from "#lib/viewer/poses";
import { _ } from "#lib/words";

const CALM = "(prefers-reduced-motion: reduce)";
const PRESS = Math.PI / 6; // how far the turntable goes at a press for people who want no movement

/** Whether this browser draws in three dimensions at all. */
export function drawsModels() {
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null;
}

export class ModelViewer {
  #stage = null;
  #leaving = null;
  #parts = {};

  /**
   * @param {HTMLElement} host what the viewer fills; pictures that are in it already are the poster
   * @param {{source: string, poster?: string, label?: string, waits?: boolean, scrolls?: boolean}} options addresses of a GLB
   *   and a picture; `label` says what the model shows; one that `waits` begins with a button; `scrolls`: in a page that does
   */
  constructor(host, { source, poster = "", label = "", waits = false, scrolls = true }) {
    Object.assign(this, { host, source, scrolls, label: label || _("3D model") });
    host.classList.add("model-view");
    if (poster && !host.querySelector("img")) host.append(el("img", { class: "model-poster", src: poster, alt: this.label, decoding: "async" }));
    for (const image of findAll("img", host)) image.classList.add("model-poster");
    this.#build();
    this.#say("poster");
    if (!waits) this.open();
  }

  /** "poster", "loading", "open", "failed" or "without" (no WebGL). */
  get state() {
    return this.host.dataset.state;
  }

  #build() {
    const button = (name, words, act, more = {}) => el("button", { class: "button button-icon", type: "button", "aria-label": words, title: words, onclick: act, ...more }, icon(name));
    const parts = {
      begin: el("button", { class: "button model-begin", type: "button", onclick: () => this.open() }, icon("rotate-3d"), _("Open in 3D")),
      progress: el("progress", { class: "model-progress", max: 1, "aria-label": _("Loading the model") }),
      note: el("p", { class: "model-note", role: "status" }),
      again: el("button", { class: "button model-again", type: "button", onclick: () => this.open() }, icon("refresh-cw"), _("Try again")),
      turns: button("orbit", _("Turntable"), () => this.#turntable(), { "aria-pressed": "false" }),
      wires: button("grid-3x3", _("Wireframe"), () => this.#wireframe(), { "aria-pressed": "false" }),
      reset: button("rotate-ccw", _("Reset the view"), () => this.#reset()),
      full: button("maximize", _("Full screen"), () => this.#fullscreen(), { "aria-pressed": "false" }),
    };
    parts.full.hidden = !document.fullscreenEnabled;
    parts.tools = el("div", { class: "model-tools", role: "group", "aria-label": _("3D view") }, parts.turns, parts.wires, parts.reset, parts.full);
    const message = el("div", { class: "model-message" }, parts.note, parts.again);
    this.host.append(parts.begin, parts.progress, message, parts.tools);
    this.#parts = parts;
  }

  /** Load three and the model, and show it. Never raises: what went wrong is said in the place of the model. */
  async open() {
    if (this.#leaving) return;
    const focused = this.host.contains(document.activeElement);
    const leaving = (this.#leaving = new AbortController());
    const { signal } = leaving;
    try {
      this.#parts.progress.removeAttribute("value");
      this.#say("loading");
      if (!drawsModels()) return this.#end("without");
      const [{ ModelStage }, loading] = await Promise.all([import("#lib/viewer/stage"), import("#lib/viewer/loading")]);
      const bytes = await loading.fetchModel(this.source, { signal, onProgress: (share) => (this.#parts.progress.value = share) });
      const model = await loading.parseModel(bytes);
      if (signal.aborted) return loading.disposeOf(model);
      this.#begin(ModelStage, model);
      if (focused) this.canvas.focus({ preventScroll: true });
    } catch (error) {
      if (signal.aborted) return undefined;
      console.warn("The model cannot be shown:", error);
      this.#end("failed");
    }
    return undefined;
  }

  #begin(ModelStage, model) {
    this.calm = matchMedia(CALM).matches;
    const help = _("Drag or use the arrow keys to turn it, plus and minus to come nearer, 0 for the first view.");
    this.canvas = el("canvas", { class: "model-canvas", tabindex: 0, role: "application", "aria-roledescription": _("3D model"), "aria-label": this.label, "aria-description": help });
    this.host.prepend(this.canvas);
    this.#stage = new ModelStage(this.canvas, { calm: this.calm, onLost: () => this.#end("failed"), onMoved: () => this.canvas?.focus({ preventScroll: true }) });
    this.#stage.show(model);
    for (const change of ["focus", "blur"]) this.canvas.addEventListener(change, () => this.#take());
    this.#take();
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    // What is around (a gallery that swipes, a dialog that steps) must not take it for its own.
    this.canvas.addEventListener("pointerdown", (event) => event.stopPropagation());
    this.whole = () => this.#drawFull();
    this.gone = () => this.close();
    document.addEventListener("fullscreenchange", this.whole);
    addEventListener("pagehide", this.gone);
    this.#say("open");
  }

  #key(event) {
    const move = moveOf(event);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    if (move.reset) this.#reset();
    else if (move.zoom) this.#stage.zoom(move.zoom);
    else this.#stage.turn(move.yaw, move.pitch);
  }

  #turntable() {
    if (this.calm) return this.#stage.turn(PRESS, 0);
    this.#stage.turning = !this.#stage.turning;
    this.#parts.turns.setAttribute("aria-pressed", String(this.#stage.turning));
    return undefined;
  }

  #wireframe() {
    this.#stage.drawWires(this.#stage.wireframe ? null : colourOf(this.canvas));
    this.#parts.wires.setAttribute("aria-pressed", String(this.#stage.wireframe));
  }

  #reset() {
    if (this.#stage.turning) this.#turntable();
    this.#stage.reset();
  }

  /** A page scrolls under a wheel or a finger that only passes by; the wheel of who has taken hold of the model is the model's. */
  #take() {
    const whole = !this.scrolls || this.#isFull();
    this.#stage?.take({ wheel: whole || document.activeElement === this.canvas, finger: whole });
  }

  #isFull() {
    return document.fullscreenElement === this.host;
  }

  async #fullscreen() {
    await (this.#isFull() ? document.exitFullscreen() : this.host.requestFullscreen()).catch(() => undefined);
  }

  #drawFull() {
    this.#parts.full.setAttribute("aria-pressed", String(this.#isFull()));
    this.#take();
  }

  /** Give back everything and show the picture again. */
  close() {
    this.#end("poster");
  }

  #end(state) {
    this.#leaving?.abort();
    this.#leaving = null;
    document.removeEventListener("fullscreenchange", this.whole);
    removeEventListener("pagehide", this.gone);
    if (this.#isFull()) document.exitFullscreen().catch(() => undefined);
    this.#stage?.close();
    this.#stage = null;
    this.canvas?.remove();
    this.canvas = null;
    for (const button of [this.#parts.turns, this.#parts.wires]) button.setAttribute("aria-pressed", "false");
    this.#say(state);
  }

  #say(state) {
    const words = {
      failed: () => _("The model cannot be shown right now."),
      without: () => _("This browser cannot draw in 3D here (WebGL is off or missing), so this is a picture of the model. Its file can be opened in any 3D program."),
    };
    this.host.dataset.state = state;
    this.#parts.note.textContent = words[state]?.() ?? "";
  }
}

/** The CSS colour of a node's text as [r, g, b] from 0 to 1, whatever notation it is written in. */
function colourOf(node) {
  const context = el("canvas", { width: 1, height: 1 }).getContext("2d");
  context.fillStyle = getComputedStyle(node).color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
}

/** Every `[data-model]` below `root` that has no viewer yet: `data-model` and `data-poster` are addresses, `data-label` its words. */
export function bindModels(root = document) {
  return findAll("[data-model]:not([data-state])", root).map((host) => {
    const { model: source, poster, label, waits } = host.dataset;
    return new ModelViewer(host, { source, poster, label, waits: waits !== undefined });
  });
}
