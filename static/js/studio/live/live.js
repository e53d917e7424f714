// Live drawing: sends the board when it changed, as fast as frames come back, and hands the frames to its panel.
// Alone over the studio's socket; on a board that several people draw on through its room (live/room.js), one picture for all.

import { freshId } from "#lib/ids";
import { _ } from "#lib/words";
import { Pacer } from "#studio/live/pacing";

// What the engine sees of a drawing at least and at most (the longest side, px): twice the picture's, as it reads it.
const SKETCH = { least: 256, most: 512 };
// These pass by themselves; whatever else is refused would be refused again until something changes.
const PASSING = ["live_unavailable", "too_many_boards", "too_many_rooms", "rate_limited", "worker_lost", "internal"];
const SLOW = 1500;

export class Live extends EventTarget {
  /**
   * @param {object} parts `board` (empty, toBlob, events "change" and "ink"), `form` (model, size, peek, event "values"),
   *   `tools` (chosen, live, leadsLive, of), `actions`, `store`
   */
  constructor({ board, form, tools, actions, store }) {
    super();
    Object.assign(this, { board, form, tools, actions, store });
    this.id = freshId();
    /** How it reaches the server, and when: over the studio's socket, or through a room. */
    this.alone = this.#alone();
    this.way = this.alone;
    this.pacer = this.way.pacer;
    this.on = false;
    /** What was asked for last: the command without its type, and the drawing's bytes. */
    this.asked = null;
    this.settings = "";
    this.refusal = null;
    this.encoding = false;
    this.timer = null;
    const changed = ({ detail }) => this.#changed(detail?.own !== false);
    board.addEventListener("change", changed);
    board.addEventListener("ink", changed);
    form.addEventListener("values", (event) => this.on && this.settings !== JSON.stringify(this.question()) && changed(event));
    document.addEventListener("visibilitychange", () => this.look());
    store.subscribe(() => this.way.shared || this.#connection());
    actions.onLive = (event, bytes) => (event.board === this.id ? this.take(event, bytes) : actions.shown());
  }

  /** Why there is no live drawing with this model and tool, in words; null: there is. */
  get hindrance() {
    if (!this.form.model?.live) return _("This model is too slow for live drawing.");
    return this.tools.leadsLive(this.tools.chosen) ? null : _("Live drawing makes pictures from words and drawings. Choose another tool.");
  }

  /** The person wants it, or does not want it any more. */
  switch(on) {
    if (on === this.on) return;
    this.way.turn(on);
    if (on) this.pacer.change(performance.now());
    this.set(on);
  }

  /** It is on or off from now on, whoever wanted it. */
  set(on) {
    if (on === this.on) return;
    this.on = on;
    this.refusal = null;
    this.look();
  }

  /** Reach the server by another way from now on; null: over the studio's socket. */
  through(way) {
    this.pacer.stop();
    this.way = way ?? this.alone;
    this.pacer = this.way.pacer;
    this.refusal = null;
    this.look();
  }

  /** Keep the picture as a work, in full quality. @returns {string|null|Promise<string|null>} the command's id */
  pin() {
    return this.way.pin();
  }

  /** Why something was not done, in words. */
  complain(text) {
    this.refusal = text;
    this.dispatchEvent(new Event("status"));
  }

  /** @returns {{state: string, text: string, rate: number, took: number}} for the panel; `text` only where it is words of ours */
  get status() {
    const now = performance.now();
    const numbers = { rate: this.pacer.rate(now), took: this.pacer.took };
    if (!this.way.online) return { state: "offline", text: _("No connection. It goes on by itself."), ...numbers };
    if (this.refusal) return { state: "refused", text: this.refusal, ...numbers };
    const { onItsWay } = this.pacer;
    if (onItsWay && now - onItsWay.heardAt > SLOW) return { state: "slow", text: _("Getting ready …"), ...numbers };
    if (onItsWay?.kind === "refined") return { state: "refining", text: _("Refining …"), ...numbers };
    if (this.pacer.sharp) return { state: "refined", text: _("Full quality"), ...numbers };
    return { state: "draft", text: this.pacer.shown ? _("Draft") : this.way.words, ...numbers };
  }

  /** Go on or stop, as things are now: switched on, in view, connected. */
  look() {
    const may = this.on && document.visibilityState === "visible" && this.way.online && this.way.may;
    if (may) this.pacer.start(performance.now());
    else this.pacer.stop();
    this.#tick();
  }

  // ----------------------------------------------------------------------------------------------------------------

  #alone() {
    const { actions, store, id } = this;
    return {
      shared: false,
      pacer: new Pacer(),
      may: true,
      mayPin: true,
      words: _("Draw, and the picture follows."),
      get online() {
        return store.connection.state === "online";
      },
      turn: (on) => on || actions.leave(id),
      draw: (command, turn, bytes) => actions.draw({ ...command, board: id, ...turn }, bytes),
      pin: () => this.asked && actions.pin({ ...this.asked.command, parents: actions.parents(), board: id, revision: this.pacer.shown }, this.asked.bytes),
      shown: () => actions.shown(),
    };
  }

  /** @param {boolean} own false: somebody else on this board, or another window */
  #changed(own) {
    if (!this.on) return;
    const now = performance.now();
    if (own || !this.way.shared) {
      this.refusal = null;
      this.pacer.change(now);
    } else {
      this.pacer.theirs(now);
    }
    this.#tick();
  }

  #connection() {
    if (this.on && this.way.online !== this.pacer.running) this.look();
  }

  #tick() {
    clearTimeout(this.timer);
    const now = performance.now();
    const kind = this.encoding ? null : this.pacer.wanted(now);
    if (kind) this.#send(kind, now);
    const wait = this.encoding ? Infinity : this.pacer.wakeAt(performance.now()) - performance.now();
    if (wait < Infinity) this.timer = setTimeout(() => this.#tick(), Math.max(1, wait));
    this.dispatchEvent(new Event("status"));
  }

  async #send(kind, now) {
    const turn = this.pacer.send(kind, now);
    const command = this.question();
    this.settings = JSON.stringify(command);
    this.encoding = true;
    try {
      const [role] = Object.keys(this.tools.of(command.tool).inputs);
      const bytes = role ? await this.drawing() : null;
      if (!command.params) return this.#refused(turn.revision, { code: "invalid", message: _("Please check the marked fields.") });
      if (bytes) command.attached = role;
      this.asked = { command, bytes };
      if (!this.way.draw(command, turn, bytes)) {
        this.#refused(turn.revision, { code: "too_large", message: _("This drawing is too large to send.") });
      }
    } finally {
      this.encoding = false;
      this.#tick();
    }
    return undefined;
  }

  /** The board as the model reads it. */
  async drawing() {
    const { width, height } = this.form.size;
    const longest = Math.min(SKETCH.most, Math.max(SKETCH.least, 2 * Math.max(width, height)));
    const scale = longest / Math.max(width, height);
    const blob = await this.board.toBlob({ width: Math.round(width * scale), height: Math.round(height * scale) });
    return new Uint8Array(await blob.arrayBuffer());
  }

  /** What is asked of the model besides the drawing; `params` is null while a number is missing. */
  question() {
    const tool = this.tools.live;
    return { tool, model: this.form.model?.name, params: this.form.peek(tool) };
  }

  /** A frame came, or the news that there is none. */
  take(event, bytes) {
    if (event.type !== "frame") this.#refused(event.revision, event.error ?? event);
    else if (this.on && this.pacer.frame(event, performance.now())) {
      this.refusal = null;
      this.dispatchEvent(new CustomEvent("frame", { detail: { ...event, bytes } }));
    } else this.way.shown();
    return this.#tick();
  }

  #refused(revision, { code, message, fields = {} }) {
    this.refusal = Object.values(fields)[0]?.message ?? message;
    this.pacer.failed(revision, PASSING.includes(code), performance.now());
  }
}
