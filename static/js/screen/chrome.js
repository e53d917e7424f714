// What is around the picture: keys, the buttons that hide while nobody moves, full screen, light, and staying awake.

import { find, isTyping } from "#lib/dom";
import { _ } from "#lib/words";

// How long (ms) the pointer may rest before the buttons hide.
const RESTS = 3000;
export const VIEWS = ["both", "result", "drawing"];

/** Event "change": how the board shall be shown is another. */
export class Chrome extends EventTarget {
  /** @param {{kept?: string, join?: boolean}} how under which name the choices are kept; whether the code is shown at first */
  constructor({ kept: place = "brushwire.screen", join = true } = {}) {
    super();
    this.place = place;
    this.choice = { view: "both", join, light: false, ...kept(place) };
    const acts = { d: () => this.#set({ view: VIEWS[(VIEWS.indexOf(this.choice.view) + 1) % VIEWS.length] }), q: () => this.#set({ join: !this.choice.join }), l: () => this.#set({ light: !this.choice.light }), f: () => this.#full() };
    for (const [key, id] of Object.entries({ d: "#tool-view", q: "#tool-join", l: "#tool-light", f: "#tool-full" })) find(id).addEventListener("click", acts[key]);
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      acts[event.key.toLowerCase()]?.();
    });
    for (const name of ["pointermove", "pointerdown", "keydown", "focusin"]) document.addEventListener(name, () => this.#stir());
    document.addEventListener("fullscreenchange", () => this.#show());
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    find("#tool-full").hidden = !document.fullscreenEnabled;
    this.#show();
    this.#stir();
    this.#stayAwake();
  }

  #set(choice) {
    Object.assign(this.choice, choice);
    try {
      localStorage.setItem(this.place, JSON.stringify(this.choice));
    } catch {
      // storage can be switched off: the choice then lasts for this page
    }
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    document.documentElement.dataset.theme = this.choice.light ? "light" : "dark";
    find("#tool-join").setAttribute("aria-pressed", String(this.choice.join));
    const full = Boolean(document.fullscreenElement);
    find("#tool-full").setAttribute("aria-pressed", String(full));
    find("#tool-full use").setAttribute("href", `${document.documentElement.dataset.icons}#${full ? "minimize" : "maximize"}`);
    const words = { both: _("Picture and drawing"), result: _("The picture alone"), drawing: _("The drawing alone") };
    find("#tool-view").title = `${words[this.choice.view]} (D)`;
  }

  async #full() {
    try {
      await (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
    } catch {
      // a browser may say no; the page is as good without
    }
  }

  #stir() {
    document.body.classList.remove("is-resting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => document.body.classList.add("is-resting"), RESTS);
  }

  /** A projector must not go dark; the browser takes this back whenever the page is out of sight. */
  async #stayAwake() {
    if (document.hidden) return;
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

function kept(place) {
  try {
    const found = JSON.parse(localStorage.getItem(place) ?? "{}");
    return { ...found, view: VIEWS.includes(found.view) ? found.view : "both" };
  } catch {
    return {};
  }
}
