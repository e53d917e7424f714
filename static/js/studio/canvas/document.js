// A drawing as a document that several people may change at once: what each of them did is kept and comes together the
// same everywhere, whatever came first (a CRDT: Yjs). docs/rooms.md says what lies where in it. Knows no page, no network.

import { Doc, applyUpdate, decodeStateVector, encodeStateAsUpdate, encodeStateVector, mergeUpdates } from "#vendor/yjs";
import { shortId } from "#lib/ids";
import { Acts } from "#studio/canvas/acts";
import { Projection, sameDrawing } from "#studio/canvas/projection";
import { OPERATIONS, takeStep } from "#studio/canvas/steps";

// Every document begins with the same bytes, written by nobody (client 1): one layer to draw on. Were it made by whoever
// comes first, two who came at once would have made two, and the strokes on one of them would be lost.
const SEED = "AQgBACcBBmxheWVycwVmaXJzdAEoAAEABGtpbmQBdwVwYWludCgAAQAEbmFtZQF3ACgAAQAHdmlzaWJsZQF4KAABAAZsb2NrZWQBeSgAAQAHb3BhY2l0eQF9ASgAAQACYXQBdwFWJwABAAVtYXJrcwAA";
export const seed = () => Uint8Array.from(atob(SEED), (sign) => sign.charCodeAt(0));

/**
 * Events: "change" (the drawing is another one; detail: {own, added}: whether by this page, and the marks that came),
 * "update" (detail: {update, from}: bytes to be kept and told to others, and where they are from: "here", "window",
 * "room" or "kept"), "acts" (one's own acts are others than before).
 */
export class Document extends EventTarget {
  /** @param {{author: number, clock?: () => number, acts?: Acts}} by whose page this is; now, in ms since 1970 */
  constructor({ author, clock = Date.now, acts = new Acts() } = {}) {
    super();
    Object.assign(this, { author, clock, acts, y: new Doc() });
    [this.board, this.layers, this.gone, this.settings] = ["board", "layers", "gone", "settings"].map((name) => this.y.getMap(name));
    [this.prompt, this.negativePrompt] = ["prompt", "negative_prompt"].map((name) => this.y.getText(name));
    this.projection = new Projection(this.y);
    applyUpdate(this.y, seed());
    this.y.on("update", (update, from) => this.dispatchEvent(new CustomEvent("update", { detail: { update, from } })));
    this.shown = this.drawing;
    this.projection.added = [];
  }

  /** @returns {import("./drawing.js").Drawing} marks are the same objects as long as they are the same marks */
  get drawing() {
    return this.projection.drawing;
  }

  /** How Yjs knows what this page writes. */
  get client() {
    return this.y.clientID;
  }

  get canUndo() {
    return this.acts.cursor > 0;
  }

  get canRedo() {
    return this.acts.cursor < this.acts.list.length;
  }

  // Changing -----------------------------------------------------------------------------------------------------------

  /**
   * Do an operation (`{do: name, ...}`, steps.js). @param {{undoable?: boolean}} how `undoable: false`: nobody's act, e.g. what was found
   *   on the server
   * @returns {boolean} whether anything changed @throws {RangeError} unknown operation
   */
  act(operation, { undoable = true } = {}) {
    if (!Object.hasOwn(OPERATIONS, operation.do)) throw new RangeError(`unknown operation ${operation.do}`);
    const steps = OPERATIONS[operation.do](this, operation);
    if (!steps) return false;
    if (undoable && steps.length) {
      this.acts.push({ id: shortId(), steps });
      this.dispatchEvent(new Event("acts"));
    }
    this.#tell(undoable);
    return true;
  }

  /** Take back one's own last act that can be seen. @returns {boolean} whether there was one */
  undo() {
    return this.#walk(() => this.canUndo && this.acts.list[(this.acts.cursor -= 1)].steps.toReversed(), false);
  }

  /** @returns {boolean} whether anything was done again */
  redo() {
    return this.#walk(() => this.canRedo && this.acts.list[(this.acts.cursor += 1) - 1].steps, true);
  }

  // What somebody else has undone or wiped away in the meantime is passed over: each press is to be seen.
  #walk(next, again) {
    const before = this.drawing;
    const { cursor } = this.acts;
    let steps = null;
    while (sameDrawing(before, this.drawing) && (steps = next())) this.change(() => steps.forEach((step) => takeStep(this, step, again)));
    if (this.acts.cursor === cursor) return false;
    this.dispatchEvent(new Event("acts"));
    return this.#tell(true);
  }

  /** Several writes as one; others and the drawing hear of them together. */
  change(write) {
    return this.y.transact(write, "here");
  }

  /** Everything that a drawing shows, in a document of its own. @param {import("./drawing.js").Drawing} drawing */
  static fromDrawing(drawing, options) {
    const document = new Document(options);
    document.act({ do: "replace", drawing }, { undoable: false });
    return document;
  }

  /** The layer of the drawing in which a layer is to be seen, after all merges; null where it is gone. */
  topOf(id) {
    return this.projection.topOf(id);
  }

  // Coming together ----------------------------------------------------------------------------------------------------

  /** Take in what another window, the room or the browser's memory has. @param {"window"|"room"|"kept"} from */
  apply(update, from = "room") {
    this.applyAll([update], from);
  }

  applyAll(updates, from) {
    this.y.transact(() => updates.forEach((update) => applyUpdate(this.y, update)), from);
    this.#tell(false);
  }

  receive(update) {
    this.apply(update, "room");
  }

  /** What this document knows, in few bytes. */
  vector() {
    return encodeStateVector(this.y);
  }

  /** Everything that somebody lacks who knows so much; all of it where no vector is given. */
  since(vector) {
    return encodeStateAsUpdate(this.y, vector);
  }

  /** Whether there is something here that somebody lacks who knows so much. Of what was taken away it cannot tell. */
  ahead(vector) {
    const theirs = decodeStateVector(vector);
    return [...decodeStateVector(this.vector())].some(([client, clock]) => clock > (theirs.get(client) ?? 0));
  }

  /** Many updates as one. */
  merged(updates) {
    return mergeUpdates(updates);
  }

  // ----------------------------------------------------------------------------------------------------------------------

  #tell(own) {
    const [before, added] = [this.shown, this.projection.added];
    this.shown = this.drawing;
    this.projection.added = [];
    const changed = !sameDrawing(before, this.shown);
    if (changed || own) this.dispatchEvent(new CustomEvent("change", { detail: { own, added } }));
    return changed;
  }
}
