// The state of the connection: a dot with a word, and a banner when the person should know more or do something.

import { el, find } from "#lib/dom";
import { _ } from "#lib/words";

// Shorter breaks mend themselves before anybody could read about them.
const PATIENCE = 10_000;

export class ConnectionPanel {
  /** @param {import("../store.js").Store} store @param {{retry: () => void, takeOver: () => void}} actions */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.line = find("#connection");
    this.banner = find("#banner");
    this.shown = null;
    setInterval(() => this.draw(), 2000);
  }

  draw() {
    const { state } = this.store.connection;
    if (this.line.dataset.state !== state) {
      this.line.dataset.state = state;
      this.line.textContent = connectionInWords(state);
    }
    const message = this.#message();
    if (message === this.shown) return;
    this.shown = message;
    this.banner.hidden = !message;
    this.banner.replaceChildren(...(message ? this.#content(message) : []));
  }

  #message() {
    const { state, since } = this.store.connection;
    if (["signed_out", "forbidden", "elsewhere", "outdated"].includes(state)) return state;
    const waits = ["reconnecting", "offline", "connecting"].includes(state) && Date.now() - since > PATIENCE;
    return waits ? state : null;
  }

  #content(state) {
    const here = encodeURIComponent(location.pathname);
    const button = (text, onclick) => el("button", { class: "button button-small", type: "button", onclick }, text);
    switch (state) {
      case "signed_out":
        return [el("span", {}, _("You have been logged out.")), el("a", { class: "button button-small", href: `/accounts/login/?next=${here}` }, _("Log in again"))];
      case "forbidden":
        return [el("span", {}, _("This account may not use the studio."))];
      case "elsewhere":
        return [el("span", {}, _("The studio is open in too many windows.")), button(_("Use it here"), () => this.actions.takeOver())];
      case "outdated":
        return [el("span", {}, _("This page is out of date.")), button(_("Reload"), () => location.reload())];
      case "offline":
        return [el("span", {}, _("You are offline. Your drawing is safe; the studio goes on when the network is back."))];
      default:
        return [el("span", {}, _("The studio does not answer. Your drawing is safe; it will reconnect by itself.")), button(_("Try now"), () => this.actions.retry())];
    }
  }
}

/** What the line above shows about the connection. */
function connectionInWords(state) {
  const words = {
    connecting: _("Connecting"),
    online: _("Connected"),
    reconnecting: _("Reconnecting"),
    offline: _("Offline"),
    signed_out: _("Logged out"),
    forbidden: _("No access"),
    elsewhere: _("Open elsewhere"),
    outdated: _("Out of date"),
  };
  return words[state] ?? state;
}
