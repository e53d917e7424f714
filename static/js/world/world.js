// The world that the page shows: its document with its history, and what of it is chosen. A board to those who keep boards.

import { freshId } from "#lib/ids";
import { Cloud } from "#studio/canvas/cloud";
import { Keeper } from "#studio/canvas/keeper";
import { newThing, newWorld, thingOf } from "#world/document";
import { WorldHistory } from "#world/history";

/**
 * Events: "change" (the document; detail.own: by this page), "choice" (another thing, or none). What the keeping of boards
 * (studio/canvas/keeper.js, cloud.js) asks of a board it answers as well, in their words: the document is its "drawing".
 */
export class World extends EventTarget {
  constructor() {
    super();
    this.kind = "world";
    this.history = new WorldHistory(newWorld());
    this.changes = 0;
    /** The id of the thing that is chosen, or null. */
    this.chosen = null;
    /** Whether the person has something in the hand: nothing from outside takes it away meanwhile. */
    this.pointer = { drawing: false };
    this.pictures = { blobs: new Map(), want: async () => undefined };
    /** A small picture of the world, from whoever can draw it. @type {() => Promise<Blob|null>} */
    this.picture = async () => null;
  }

  get drawing() {
    return this.history.drawing;
  }

  get things() {
    return this.drawing.things;
  }

  get thing() {
    return thingOf(this.drawing, this.chosen);
  }

  /** Whether nothing stands in it. */
  get blank() {
    return this.things.length === 0;
  }

  get canUndo() {
    return this.history.canUndo;
  }

  get canRedo() {
    return this.history.canRedo;
  }

  /** What keeps such boards in the browser. @param {string} place person and board */
  keeperAt(place) {
    return new Keeper(this, place);
  }

  /** What keeps such boards on the server. */
  cloudFor(keeper, id) {
    return new Cloud(this, keeper, id);
  }

  historyOf(...parts) {
    return new WorldHistory(...parts);
  }

  picturesIn() {
    return new Set();
  }

  thumbnail() {
    return this.blank ? null : this.picture();
  }

  /** Show another world with its history. */
  async open(history) {
    this.history = history;
    this.#changed({ own: false });
  }

  /** An empty world becomes what the server has; not to be undone. */
  begin(world) {
    return this.open(this.historyOf(world));
  }

  /** Do an operation (document.js). @returns {boolean} whether anything changed */
  do(operation) {
    if (!this.history.do(operation)) return false;
    this.#changed();
    return true;
  }

  undo() {
    if (!this.pointer.drawing && this.history.undo()) this.#changed();
  }

  redo() {
    if (!this.pointer.drawing && this.history.redo()) this.#changed();
  }

  /** @param {string|null} id */
  choose(id) {
    if (this.chosen === id) return;
    this.chosen = id;
    this.dispatchEvent(new Event("choice"));
  }

  /** Place a model, and choose it. @returns {boolean} false: nothing more has room */
  place(more) {
    const thing = newThing(more);
    if (!this.do({ do: "add", thing })) return false;
    this.choose(thing.id);
    return true;
  }

  /** @param {Partial<import("./document.js").Thing>} change */
  set(change, id = this.chosen) {
    return this.do({ do: "set", thing: id, change });
  }

  remove() {
    const at = this.things.findIndex(({ id }) => id === this.chosen);
    if (at < 0 || !this.do({ do: "remove", thing: this.chosen })) return;
    // The next one, so that the keyboard goes on from here.
    this.choose(this.things[Math.min(at, this.things.length - 1)]?.id ?? null);
  }

  /** The chosen one once more, a step beside it. @returns {boolean} */
  duplicate() {
    const { thing } = this;
    if (!thing) return false;
    const [x, y, z] = thing.position;
    return this.place({ ...thing, id: freshId(), position: [x + 0.5, y, z + 0.5] });
  }

  #changed({ own = true } = {}) {
    this.changes += 1;
    if (this.chosen && !this.thing) this.choose(null);
    this.dispatchEvent(new CustomEvent("change", { detail: { own } }));
  }
}
