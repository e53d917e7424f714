// A scene's code in the sandboxed frame, watched from outside: it is ended when it shows no sign of life.

import { _ } from "#lib/words";

export const MOST = 200_000;
const BEAT = 1000;
// Beats without an answer: of a scene, and of what has to be there before it (three.js, the graphics device).
const SILENT = 5;
const SLOW = 40;
// Messages in one beat; beyond, the frame only means to be a nuisance.
const FLOOD = 300;
const LONGEST = 1000;

/** Fires "change" with detail {state, message}: loading, running, failed, ended. */
export class SceneStage extends EventTarget {
  /** @param {Element} place where the frame goes @param {string} address of the frame (`/sandbox/`) */
  constructor(place, address) {
    super();
    Object.assign(this, { place, address });
    this.frame = null;
    this.state = "ended";
    window.addEventListener("message", (event) => this.#hear(event));
  }

  /** Run `code`, in a fresh frame. */
  run(code) {
    this.end();
    const refused = refusal(code);
    if (refused) return this.#turn("failed", refused);
    this.code = code;
    this.frame = document.createElement("iframe");
    this.frame.className = "scene-frame";
    this.frame.title = _("3D scene");
    this.frame.setAttribute("sandbox", "allow-scripts");
    this.frame.setAttribute("allow", "");
    this.frame.referrerPolicy = "no-referrer";
    this.frame.src = this.address;
    Object.assign(this, { silent: 0, said: 0, beats: 0, loaded: false });
    this.place.append(this.frame);
    this.timer = setInterval(() => this.#beat(), BEAT);
    return this.#turn("loading");
  }

  /** Take the frame away, and with it all that runs in it. */
  end() {
    clearInterval(this.timer);
    this.frame?.remove();
    this.frame = null;
    if (this.state === "loading" || this.state === "running") this.#turn("ended");
  }

  #beat() {
    this.said = 0;
    this.silent += 1;
    if (this.loaded && this.silent > SILENT) return this.#fail(_("It gave no sign of life for five seconds and was ended."));
    if (this.state === "loading" && this.beats > SLOW) return this.#fail(this.loaded ? _("It did not get ready.") : _("It could not be started here."));
    this.beats += 1;
    return this.#say({ type: "ping", n: this.beats });
  }

  // The frame has no origin that could be named here; what it is sent is no secret.
  #say(message) {
    this.frame?.contentWindow?.postMessage(message, "*");
  }

  #hear(event) {
    if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== "null") return;
    this.said += 1;
    if (this.said > FLOOD) return void this.#fail(_("It sent too many messages and was ended."));
    const { scene, type, n, message } = Object(event.data);
    if (scene !== true) return;
    if (type === "ready") this.#say({ type: "run", code: this.code });
    else if (type === "pong" && n <= this.beats && n > this.beats - SILENT) this.silent = 0;
    else if (type === "loaded") Object.assign(this, { loaded: true, silent: 0 });
    else if (type === "running" && this.state === "loading") this.#turn("running");
    else if (type === "error" && typeof message === "string") this.#fail(message.slice(0, LONGEST));
  }

  #fail(message) {
    if (this.state === "failed") return;
    this.end();
    this.#turn("failed", message);
  }

  #turn(state, message = "") {
    this.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: { state, message } }));
  }
}

/** Why `code` cannot even be tried, in words; "" where it can. */
export function refusal(code) {
  if (code.length > MOST) return _("The code is too long.");
  const foreign = imports(code).find((name) => name !== "three");
  return foreign === undefined ? "" : `import "${foreign.slice(0, 100)}": only "three" can be imported.`;
}

/** The modules that `code` names, as far as its text shows it. What runs decides for itself: this gives better words. */
export function imports(code) {
  const plain = code.replace(/\/\*[\s\S]*?\*\/|(^|[^:"'`])\/\/.*$/gm, "$1");
  const named = /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*(["'])([^"'\n]*)\1|^\s*import\s*(["'])([^"'\n]*)\3/gm;
  return [...plain.matchAll(named)].map((match) => match[2] ?? match[4]);
}
