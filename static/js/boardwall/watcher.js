// Asks one address again and again what is new, with the ETag of the last answer: the usual answer is "nothing".

import { delay } from "#lib/backoff";

const EVERY = 2000;

/** `onState(values)` for each new answer, `onTrouble("online"|"offline"|"out"|"gone")` when that changes. */
export class Watcher {
  /** @param {string} path @param {{onState: Function, onTrouble?: Function, every?: number}} how `every`: milliseconds */
  constructor(path, { onState, onTrouble = () => undefined, every = EVERY }) {
    Object.assign(this, { path, onState, onTrouble, every, etag: null, state: "online", tries: 0, timer: null });
    document.addEventListener("visibilitychange", () => !document.hidden && this.look());
    window.addEventListener("online", () => this.look());
  }

  start() {
    this.#again(this.every);
  }

  /** Ask now: something has surely happened. */
  async look() {
    if (this.state === "gone" || this.state === "out") return;
    clearTimeout(this.timer);
    this.asked = (this.asked ?? 0) + 1;
    const { asked } = this;
    const answer = await this.#ask();
    if (asked !== this.asked) return; // a newer question is on its way
    this.#hear(answer);
    this.#again(this.state === "offline" ? 1000 * delay((this.tries += 1)) : this.every);
  }

  /** What came by another way is newer than what was asked for: an answer still on its way is not heard. */
  forget() {
    this.etag = null;
    this.asked = (this.asked ?? 0) + 1;
    this.#again(this.every);
  }

  async #ask() {
    const headers = this.etag ? { "If-None-Match": this.etag } : {};
    try {
      const answer = await fetch(this.path, { headers, cache: "no-store", redirect: "manual" });
      const values = answer.status === 200 ? await answer.json() : null;
      return { status: answer.type === "opaqueredirect" ? 302 : answer.status, etag: answer.headers.get("ETag"), values };
    } catch {
      return { status: 0 };
    }
  }

  #hear({ status, etag, values }) {
    if (status === 200) {
      this.etag = etag;
      this.onState(values);
    }
    if (status === 200 || status === 304) {
      this.tries = 0;
      this.#set("online");
    } else this.#set(status === 302 ? "out" : status === 403 || status === 404 ? "gone" : "offline");
  }

  #set(state) {
    if (state === this.state) return;
    this.state = state;
    this.onTrouble(state);
  }

  #again(milliseconds) {
    clearTimeout(this.timer);
    // Out of sight it asks as well, only less: a second screen is no hidden page, and this one is not looked at.
    this.timer = setTimeout(() => this.look(), document.hidden ? 5 * milliseconds : milliseconds);
  }
}
