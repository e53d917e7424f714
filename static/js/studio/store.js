// What the studio knows: one `apply(event)`, absolute state, subscribers redraw. No page, no network: tested with Node.

export const ENDED = ["finished", "failed", "cancelled", "expired"];
const KEPT = 40;

/** @typedef {import("./protocol.js").GenerationView & {previews: Map<number, Preview>}} Entry */
/** @typedef {{bytes: Uint8Array, mediaType: string, step: number, total: number}} Preview */

export class Store {
  /** @param {string|null} board the board that the page shows (32 hexadecimal digits) */
  constructor(board = null) {
    this.board = board;
    this.seq = null;
    /** @type {Map<string, Entry>} what the socket told of, oldest first */
    this.generations = new Map();
    /** @type {Map<string, Entry>} finished results of this board that the socket does not tell of any more */
    this.older = new Map();
    /** Submits that the server has not answered: command id -> {tool, model, params}. */
    this.outbox = new Map();
    /** The newest refusal: {id, generation, code, message, fields}, or null. */
    this.rejection = null;
    this.connection = { state: "connecting", since: 0 };
    /** Preview frames received on this connection, for `seen`. */
    this.frames = 0;
    this.listeners = new Set();
  }

  /** Call `listener` after every change; returns the way to stop. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Take an event of the server in. `bytes` belong to a preview.
   * @returns {"applied"|"ignored"|"sync"} "sync": events are missing, ask for everything after `seq`
   */
  apply(event, bytes = null) {
    const verdict = this.#number(event);
    if (verdict !== "applied") return verdict;
    HANDLERS[event.type]?.(this, event, bytes);
    this.changed();
    return verdict;
  }

  #number(event) {
    if (event.type === "snapshot") return "applied";
    if (event.type === "heartbeat") return event.seq > (this.seq ?? 0) ? "sync" : "ignored";
    if (!event.seq) return "applied"; // may be lost, so it has no number
    if (event.seq <= (this.seq ?? 0)) return "ignored";
    if (this.seq !== null && event.seq > this.seq + 1) return "sync";
    this.seq = event.seq;
    return "applied";
  }

  /** Remember a submit until the server has answered it. */
  submitted(command, submission) {
    this.outbox.set(command, submission);
    this.rejection = null;
    this.changed();
  }

  /** Forget a submit that will not be sent any more. */
  dropped(command) {
    if (this.outbox.delete(command)) this.changed();
  }

  /** Ids of the finished results of this board. */
  get finished() {
    const all = [...this.generations.values(), ...this.older.values()];
    return new Set(all.filter((entry) => entry.state === "finished" && entry.board === this.board).map((entry) => entry.id));
  }

  /**
   * Take in a page of this board's results. Of those that were `known` when it was asked for, the ones that are missing
   * from it though they are as new were deleted meanwhile. @param {{known?: Set<string>, whole?: boolean}} about
   *   `known`: only for the first page; `whole`: there is no other page
   */
  results(views, { known = new Set(), whole = false } = {}) {
    const fresh = views.map((view) => entryOf(view));
    for (const entry of fresh) this.older.set(entry.id, entry);
    const here = new Set(fresh.map((entry) => entry.id));
    const since = whole || !fresh.length ? -Infinity : fresh.at(-1).at;
    for (const id of known) {
      if (here.has(id)) continue;
      for (const map of [this.older, this.generations]) if (map.get(id)?.at >= since) map.delete(id);
    }
    this.changed();
  }

  /** A work is a favourite now, or no longer. */
  marked(id, favourite) {
    for (const map of [this.generations, this.older]) {
      for (const [generation, entry] of map) {
        if (!entry.works.some((work) => work.id === id)) continue;
        const works = entry.works.map((work) => (work.id === id ? { ...work, favourite } : work));
        map.set(generation, { ...entry, works });
      }
    }
    this.changed();
  }

  setConnection(state, since = Date.now()) {
    if (this.connection.state === state) return;
    if (state === "online") this.frames = 0;
    this.connection = { state, since };
    this.changed();
  }

  clearRejection() {
    if (!this.rejection) return;
    this.rejection = null;
    this.changed();
  }

  /** Everything that has not ended, oldest first. */
  get active() {
    return [...this.generations.values()].filter((entry) => !ENDED.includes(entry.state));
  }

  changed() {
    for (const listener of this.listeners) listener(this);
  }
}

function entryOf(view, previous) {
  // How many pictures were asked for; an event of a stage that serves them all may speak of one.
  const count = view.params?.count ?? view.count ?? 1;
  // Several pictures of one generation step together: how far each is, by its index.
  const steps = { [view.index ?? 0]: view.step ?? 0 };
  const board = view.board?.replaceAll("-", "") ?? null;
  return { ...view, board, at: Date.parse(view.created_at), count, steps, previews: previous?.previews ?? new Map() };
}

function update(store, id, change) {
  const entry = store.generations.get(id);
  if (entry) store.generations.set(id, { ...entry, ...change });
  return entry;
}

function end(store, id, change) {
  const entry = update(store, id, { position: null, ...change });
  entry?.previews.clear();
  forgetOld(store);
}

function forgetOld(store) {
  const ended = [...store.generations.values()].filter((entry) => ENDED.includes(entry.state));
  for (const entry of ended.slice(0, Math.max(0, store.generations.size - KEPT))) {
    store.generations.delete(entry.id);
    keepOlder(store, entry);
  }
}

function keepOlder(store, entry) {
  if (entry.board !== null && entry.board === store.board && entry.state === "finished") store.older.set(entry.id, entry);
}

const running = (store, id) => store.generations.has(id) && !ENDED.includes(store.generations.get(id).state);

const HANDLERS = {
  snapshot(store, event) {
    const before = store.generations;
    store.seq = event.seq;
    store.generations = new Map(event.generations.map((view) => [view.id, entryOf(view, before.get(view.id))]));
    for (const view of event.generations) {
      store.outbox.delete(view.command);
      if (ENDED.includes(view.state)) store.generations.get(view.id).previews.clear();
    }
    for (const entry of before.values()) if (!store.generations.has(entry.id)) keepOlder(store, entry);
  },
  queued(store, event) {
    store.outbox.delete(event.generation.command);
    if (event.generation.notes?.includes("album")) return; // an album has a page of its own
    store.generations.set(event.generation.id, entryOf(event.generation));
    forgetOld(store);
  },
  requeued(store, event) {
    const entry = update(store, event.generation, { state: "queued", stage: "waiting", step: 0, index: 0, steps: {}, position: null });
    entry?.previews.clear();
  },
  started(store, event) {
    update(store, event.generation, { state: "running", stage: "starting", step: 0, index: 0, steps: {}, share: null, position: null });
  },
  finished(store, event) {
    end(store, event.generation, { state: "finished", works: event.works, seconds: event.seconds });
  },
  failed(store, event) {
    end(store, event.generation, { state: "failed", error: event.error });
  },
  cancelled(store, event) {
    end(store, event.generation, { state: "cancelled" });
  },
  expired(store, event) {
    end(store, event.generation, { state: "expired", error: event.error });
  },
  stage(store, event) {
    if (!running(store, event.generation)) return;
    const waiting = event.stage === "waiting";
    const change = waiting ? { stage: "waiting" } : { stage: event.stage, index: event.index };
    update(store, event.generation, { ...change, position: event.position ?? null, starts_in: event.starts_in ?? null, wait: event.wait ?? null });
  },
  progress(store, event) {
    if (!running(store, event.generation)) return;
    const { stage, step, total, index, share = null } = event;
    const steps = { ...store.generations.get(event.generation).steps, [index]: step };
    update(store, event.generation, { state: "running", stage, step, total, index, steps, share, position: null });
  },
  preview(store, event, bytes) {
    store.frames += 1;
    if (!running(store, event.generation)) return;
    const { index, step, total, media_type: mediaType } = event;
    store.generations.get(event.generation).previews.set(index, { bytes, mediaType, step, total });
  },
  rejected(store, event) {
    if (event.id) store.outbox.delete(event.id);
    store.rejection = event;
  },
};
