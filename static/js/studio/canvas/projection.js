// The document as a plain drawing, kept up with every change: what has not changed stays the very same object, so that
// the canvas sees at once what is new. Only reads the document. studio/rooms/document.py tells the same of the same bytes.

import { Array as Sequence, Map as Table } from "#vendor/yjs";
import { unpackMark } from "#studio/canvas/packing";

// A merged layer holds what it was merged from; deeper than this nobody merges by hand.
export const MAX_DEPTH = 32;
const SIZE = 512;
const FIELDS = { kind: null, name: "", visible: true, locked: false, opacity: 1, at: "", inside: null };
/** What stands where a document has no layer to draw on. */
export const GROUND = "ground";

export class Projection {
  #drawing = null;

  /** @param {import("#vendor/yjs").Doc} doc still empty: everything comes as a change */
  constructor(doc) {
    [this.board, this.rows, this.gone] = ["board", "layers", "gone"].map((name) => doc.getMap(name));
    /** @type {Map<string, {fields: object, marks: object[], own: object[]|null, all: object[]|null, group: object|null}>} by layer */
    this.layers = new Map();
    /** In which layer a mark lies. @type {Map<string, string>} */
    this.homes = new Map();
    /** What came since it was last asked for. */
    this.added = [];
    this.entries = new Map();
    this.dead = new Map();
    this.twins = false;
    this.board.observe(() => (this.#drawing = null));
    this.rows.observeDeep((events) => this.#rowsChanged(events));
    this.gone.observe(({ keysChanged }) => keysChanged.forEach((key) => this.#entryChanged(key)));
  }

  /** @returns {import("./drawing.js").Drawing} the same object as long as nothing changes */
  get drawing() {
    this.#drawing ??= this.#project();
    return this.#drawing;
  }

  /** Whether nothing says that this mark or layer is gone. */
  lives(id) {
    return !this.dead.has(id);
  }

  /** The layer of the drawing in which a layer is to be seen, after all merges; null where it is gone. */
  topOf(id) {
    for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
      const layer = this.layers.get(id);
      if (!layer || !this.lives(id)) return null;
      if (!this.layers.has(layer.fields.inside)) return id;
      id = layer.fields.inside;
    }
    return null;
  }

  #rowsChanged(events) {
    this.#drawing = null;
    const fresh = new Set();
    for (const event of events) {
      const [id, part] = event.path;
      if (event.target === this.rows) for (const key of event.keysChanged) fresh.add(key) && this.#readLayer(key);
      else if (fresh.has(id)) continue;
      else if (part === "marks" && event.path.length === 2) this.#marksChanged(id, event.changes.delta);
      else if (event.keysChanged?.has("marks")) fresh.add(id) && this.#readLayer(id);
      else if (!part && this.layers.has(id)) this.layers.get(id).fields = fieldsOf(this.rows.get(id));
    }
  }

  #readLayer(id) {
    this.layers.delete(id);
    const row = this.rows.get(id);
    if (!(row instanceof Table)) return;
    this.layers.set(id, { fields: fieldsOf(row), marks: [], own: null, all: null, group: null });
    const marks = row.get("marks");
    if (marks instanceof Sequence) this.#insert(id, 0, marks.toArray());
  }

  #marksChanged(id, delta) {
    let at = 0;
    for (const { retain = 0, insert = [], delete: lost = 0 } of delta) {
      at += retain;
      if (lost) {
        const layer = this.layers.get(id);
        layer.marks.splice(at, lost);
        layer.own = null;
      }
      this.#insert(id, at, insert);
      at += insert.length;
    }
  }

  #insert(id, at, packed) {
    if (!packed.length) return;
    const layer = this.layers.get(id);
    const marks = packed.map(unpackMark);
    for (const mark of marks) {
      this.twins ||= this.homes.has(mark.id);
      this.homes.set(mark.id, id);
    }
    this.added.push(...marks);
    // The usual stroke goes on top, where nothing needs to be looked through.
    if (at < layer.marks.length) layer.own = null;
    else if (layer.own) layer.own = layer.own.concat(marks.filter((mark) => this.lives(mark.id)));
    if (at < layer.marks.length) layer.marks.splice(at, 0, ...marks);
    else for (const mark of marks) layer.marks.push(mark);
  }

  #entryChanged(key) {
    this.#drawing = null;
    const [before, now] = [this.entries.get(key) ?? [], this.gone.get(key) ?? []];
    for (const id of now) this.dead.set(id, (this.dead.get(id) ?? 0) + 1);
    for (const id of before) {
      if (this.dead.get(id) > 1) this.dead.set(id, this.dead.get(id) - 1);
      else this.dead.delete(id);
    }
    if (now.length) this.entries.set(key, now);
    else this.entries.delete(key);
    for (const id of [...before, ...now]) {
      const layer = this.layers.get(this.homes.get(id));
      if (layer) layer.own = null;
    }
    // The same id in two layers is nothing that this page makes, but it may be sent to us.
    if (this.twins) for (const layer of this.layers.values()) layer.own = null;
  }

  #project() {
    const tops = [];
    const children = new Map();
    for (const [id, { fields }] of this.layers) {
      if (!this.lives(id) || !fields.kind) continue; // without a kind: the rest of it is still on its way
      if (!this.layers.has(fields.inside)) tops.push(id);
      else children.set(fields.inside, [...(children.get(fields.inside) ?? []), id]);
    }
    const [width, height] = ["width", "height"].map((name) => this.board.get(name) ?? SIZE);
    const layers = this.#sorted(tops).map((id) => {
      const { kind, name, visible, locked, opacity } = this.layers.get(id).fields;
      return { id, kind, name, visible, locked, opacity, marks: this.#marksOf(id, children, 0) };
    });
    if (!layers.some(({ kind }) => kind === "paint")) layers.unshift({ id: GROUND, kind: "paint", name: "", visible: true, locked: false, opacity: 1, marks: [] });
    return { version: 1, width, height, layers };
  }

  /** A layer's marks: first what it was merged from, each part as a group, then what was drawn on it since. */
  #marksOf(id, children, depth) {
    const layer = this.layers.get(id);
    layer.own ??= layer.marks.filter((mark) => this.lives(mark.id));
    if (!children.has(id) || depth === MAX_DEPTH) return layer.own;
    const groups = this.#sorted(children.get(id)).map((child) => this.#groupOf(child, children, depth + 1)).filter(Boolean);
    const marks = [...groups, ...layer.own];
    if (!layer.all || !alike(layer.all, marks)) layer.all = marks;
    return layer.all;
  }

  #groupOf(id, children, depth) {
    const layer = this.layers.get(id);
    const { opacity } = layer.fields;
    const marks = this.#marksOf(id, children, depth);
    if (!marks.length) return null;
    if (layer.group?.marks !== marks || layer.group.opacity !== opacity) layer.group = { id, kind: "group", opacity, marks };
    return layer.group;
  }

  #sorted(ids) {
    const place = (id) => this.layers.get(id).fields.at;
    return ids.sort((a, b) => (place(a) === place(b) ? (a < b ? -1 : 1) : place(a) < place(b) ? -1 : 1));
  }
}

function fieldsOf(row) {
  return Object.fromEntries(Object.entries(FIELDS).map(([name, usual]) => [name, row.get(name) ?? usual]));
}

/** Whether two lists hold the same objects. */
const alike = (a, b) => a.length === b.length && a.every((each, n) => each === b[n]);

/** Whether two drawings of one projection look the same. */
export function sameDrawing(a, b) {
  const fields = ({ width, height, layers }) => JSON.stringify([width, height, layers.map(({ marks, ...rest }) => rest)]);
  return a === b || (fields(a) === fields(b) && a.layers.every((layer, n) => alike(layer.marks, b.layers[n].marks)));
}
