// What a person can do, as plain functions over the store and the socket. Panels and canvas call these, nothing else.

import { freshId } from "#lib/ids";
import { _, fill } from "#lib/words";
import { Socket, TooLarge, encode } from "#studio/socket";

export class Actions {
  /** @param {import("./store.js").Store} store @param {string} url the socket's address */
  constructor(store, url) {
    this.store = store;
    /** Command id -> [command, bytes]: kept while the page is open, to send again and to try again. */
    this.sent = new Map();
    this.seenFrames = 0;
    /** Commands that were taken back before the server had answered them: it may have got them all the same. */
    this.withdrawn = new Set();
    /** Hears frames and refusals of live boards: (event, bytes). */
    this.onLive = null;
    /** Hears notices, which are about the person and not about the studio: (event). */
    this.onNotice = null;
    this.socket = new Socket(url, {
      onEvent: (event, bytes) => this.#take(event, bytes),
      onState: (state) => this.#state(state),
      lastSeq: () => store.seq,
      pending: () => [...store.outbox.keys()].map((id) => this.sent.get(id)).filter(Boolean),
    });
  }

  connect() {
    this.socket.connect();
  }

  /** The works that what is made here is made from, for the credit: [{work, kind}]. */
  parents = () => [];

  /**
   * Ask for pictures. `attached` is {role, bytes} of the input that goes along, `inputs` uploaded ones by role.
   * @returns {string|null} the command's id; null when it is too large to send (the store then holds the rejection)
   */
  generate({ tool, model, params, attached = null, inputs = {}, parents = this.parents() }) {
    const id = freshId();
    const command = { type: "submit", id, tool, model, params, inputs, board: this.store.board };
    if (attached) command.attached = attached.role;
    if (parents.length) command.parents = parents;
    return this.#submit(command, attached?.bytes ?? null);
  }

  /**
   * Ask for pictures before one's own others of this board that wait: those are cancelled, and asked for again behind
   * them. @param {(before: string, after: string) => void} moved hears under which command each is asked for now
   */
  generateFirst(request, moved) {
    const online = this.store.connection.state === "online";
    const waiting = online ? [...this.store.generations.values()].filter(({ state, board }) => state === "queued" && board === this.store.board) : [];
    for (const entry of waiting) this.cancel(entry.id);
    const command = this.generate(request);
    for (const entry of waiting) moved(entry.command, this.repeat(entry));
    return command;
  }

  /**
   * The same again with other parameters, if any: as this page has sent it, or from the inputs that the server has kept.
   * @param {import("./store.js").Entry} entry
   */
  repeat(entry, change = {}) {
    const { tool, model, params, inputs, parents = [] } = entry;
    const [command, bytes] = this.sent.get(entry.command) ?? [{ type: "submit", tool, model, params, inputs, parents }, null];
    const here = command.type === "pin" ? { on_board: this.store.board } : { board: this.store.board };
    return this.#submit({ ...command, ...here, id: freshId(), params: { ...command.params, ...change } }, bytes);
  }

  /** Whether this page has sent it. */
  canRepeat(commandId) {
    return this.sent.has(commandId);
  }

  /** Send a live board as it is. False: it is too large to send. Nothing is kept: it is sent again when no frame comes. */
  draw(command, bytes) {
    try {
      this.socket.send({ type: "draw", ...command }, bytes);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      return false;
    }
    return true;
  }

  /** The board is no longer live. */
  leave(board) {
    this.socket.send({ type: "leave", board });
  }

  /** Keep the picture of a live frame: what was drawn for it, in full quality. @returns {string|null} the command's id */
  pin(command, bytes) {
    return this.#submit({ type: "pin", id: freshId(), on_board: this.store.board, ...command }, bytes);
  }

  cancel(generation) {
    this.socket.send({ type: "cancel", generation });
  }

  /** Take back a submit that the server has not answered; if it had got it, it is cancelled as soon as it says so. */
  withdraw(commandId) {
    this.withdrawn.add(commandId);
    this.sent.delete(commandId);
    this.store.dropped(commandId);
  }

  /** Stop what has not ended. @param {import("./store.js").Entry} entry of the store, or a submit that is on its way */
  stop({ state, command, id }) {
    if (state === "sending") this.withdraw(command);
    else this.cancel(id);
  }

  /** Ask once more for what an earlier page had asked for, as soon as there is a connection. */
  resume(command, bytes) {
    this.sent.set(command.id, [command, bytes]);
    this.store.submitted(command.id, { tool: command.tool, model: command.model, params: command.params });
  }

  /** Tell the server that everything received so far has been shown: it may send more previews. */
  shown() {
    const frames = this.store.frames - this.seenFrames;
    if (frames <= 0) return;
    if (this.socket.send({ type: "seen", frames: Math.min(frames, 100) })) this.seenFrames = this.store.frames;
  }

  #submit(command, bytes) {
    try {
      encode(command, bytes);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      this.store.apply({ type: "rejected", id: command.id, code: "too_large", message: tooLarge(error), fields: {} });
      return null;
    }
    this.resume(command, bytes);
    this.socket.send(command, bytes);
    return command.id;
  }

  #take(event, bytes) {
    if (event.type === "frame") this.store.frames += 1;
    if (event.board) return this.onLive?.(event, bytes);
    if (event.type === "notice") return this.onNotice?.(event);
    if (event.type === "rejected" && event.code === "unsupported_version") this.#state("outdated");
    if (this.store.apply(event, bytes) === "sync") this.socket.send({ type: "sync", last_seq: this.store.seq ?? 0 });
    if (event.type === "queued") this.#cancelWithdrawn([event.generation]);
    if (event.type === "snapshot") this.#cancelWithdrawn(event.generations);
    return undefined;
  }

  #cancelWithdrawn(views) {
    for (const { id, command } of views) if (this.withdrawn.delete(command)) this.cancel(id);
  }

  #state(state) {
    if (state === "online") this.seenFrames = 0;
    this.store.setConnection(state);
  }
}

function tooLarge(error) {
  return fill(_("This drawing is too large to send (%(size)s kB, at most %(limit)s kB)."), {
    size: Math.ceil(error.size / 1024),
    limit: error.limit / 1024,
  });
}
