// What was said at which place of a board, and what of it is new to this person. Pure: no page, no connection.

/**
 * @typedef {{user: number, name: string, colour: string}} Author
 * @typedef {{id: string, thread: string, author: Author, text: string, at: string, edited: boolean, hidden: boolean, reactions: Record<string, number[]>}} Comment
 * @typedef {{id: string, x: number, y: number, at: string, resolved: boolean, resolved_by: string, comments: Comment[]}} Thread
 *   `x`, `y` are board units from its middle
 */

/** Events: "change" (anything), "said" (detail: a Comment of somebody else that is new). */
export class Threads extends EventTarget {
  /** @param {number} me the person's id @param {{since: string, seen: Record<string, string>}|null} known what `memory` was last time */
  constructor(me, known = null) {
    super();
    this.me = me;
    this.known = known;
    /** @type {Map<string, Thread>} */
    this.byId = new Map();
  }

  /** The newest place first. @returns {Thread[]} */
  get all() {
    return [...this.byId.values()].filter(({ comments }) => comments.length).sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  get open() {
    return this.all.filter(({ resolved }) => !resolved);
  }

  get resolved() {
    return this.all.filter(({ resolved }) => resolved);
  }

  get unread() {
    return this.open.filter((thread) => this.isNew(thread));
  }

  /** What to remember until next time. */
  get memory() {
    const seen = Object.fromEntries(Object.entries(this.known?.seen ?? {}).filter(([id]) => this.byId.has(id)));
    return this.known && { since: this.known.since, seen };
  }

  /** All that is there. Whoever has never been here has nothing to catch up on. @param {Thread[]} threads @param {object[]} since what was heard since they were asked for */
  fill(threads, since = []) {
    this.byId = new Map(threads.map((thread) => [thread.id, thread]));
    this.known ??= { since: threads.flatMap(({ comments }) => comments.map(({ at }) => at)).reduce(later, ""), seen: {} };
    for (const news of since) this.#apply(news);
    this.#changed();
  }

  /** News of the room. A message that comes twice, or after `fill` told of it already, changes nothing. */
  take(message) {
    const known = this.byId.get(message.place?.id)?.comments.some(({ id }) => id === message.comment?.id);
    this.#apply(message);
    this.#changed();
    if (message.type === "comment" && !known && message.comment.author.user !== this.me) this.dispatchEvent(new CustomEvent("said", { detail: message.comment }));
  }

  /** Whether somebody else has said something here since one last looked. */
  isNew({ id, comments }) {
    const before = later(this.known?.since ?? "", this.known?.seen[id] ?? "");
    return comments.some(({ at, author }) => at > before && author.user !== this.me);
  }

  /** One has looked at it. */
  look(id) {
    const thread = this.byId.get(id);
    if (!thread || !this.known || !this.isNew(thread)) return;
    this.known.seen[id] = thread.comments.map(({ at }) => at).reduce(later, "");
    this.#changed();
  }

  #apply({ type, place, comment, thread, reactions }) {
    if (type === "comment") this.#said(place, comment);
    else if (type === "thread") this.#placed(place);
    else if (type === "comment_gone") this.#gone(thread, comment);
    else if (type === "reaction") this.#change(thread, comment, { reactions });
  }

  #said(place, comment) {
    const known = this.byId.get(place.id);
    const before = known?.comments.find(({ id }) => id === comment.id);
    // What a moderator has hidden its author can still read.
    const told = comment.hidden && comment.author.user === this.me && before ? { ...comment, text: before.text } : comment;
    const comments = before ? known.comments.map((each) => (each === before ? told : each)) : [...(known?.comments ?? []), told].sort((a, b) => (a.at < b.at ? -1 : 1));
    this.byId.set(place.id, { ...place, comments });
  }

  #placed(place) {
    const known = this.byId.get(place.id);
    if (!known) return;
    this.byId.set(place.id, { ...place, comments: known.comments });
  }

  #gone(thread, id) {
    const known = this.byId.get(thread);
    if (!known) return;
    const comments = known.comments.filter((comment) => comment.id !== id);
    if (comments.length) this.byId.set(thread, { ...known, comments });
    else this.byId.delete(thread);
  }

  #change(thread, id, change) {
    const known = this.byId.get(thread);
    if (!known) return;
    this.byId.set(thread, { ...known, comments: known.comments.map((each) => (each.id === id ? { ...each, ...change } : each)) });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const later = (a, b) => (a > b ? a : b);

/** The name's first sign, as it stands on a pin. */
export const initialOf = (name) => [...name.trim()][0]?.toLocaleUpperCase() ?? "?";

/**
 * Where a place of the board is seen, in CSS pixels from the middle of what it lies in.
 * @param {{x: number, y: number}} place board units @param {number} unit CSS pixels of one unit of the flat board
 * @param {(point: {x: number, y: number}) => {x: number, y: number}} seen `seen` of view.js with the look of now
 */
export const seenAt = (place, unit, seen) => seen({ x: place.x * unit, y: place.y * unit });
