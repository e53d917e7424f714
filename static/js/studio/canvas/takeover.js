// A drawing as a Brushwire before rooms kept it in the browser: a base and operations. It becomes a document, with the way back.

import { shortId } from "#lib/ids";
import { Archive } from "#studio/canvas/archive";

/**
 * @param {string} place person and board @param {import("./document.js").Document} document an empty one
 * @param {import("./shelf.js").Shelf} shelf its time-lapse, which knows operations by their names
 * @returns {Promise<{updates: Uint8Array[], acts: object[], cursor: number, meta: object, done: () => Promise<void>}|null>}
 *   `done` removes what was there
 */
export async function takeOver(place, document, shelf) {
  const archive = new Archive(place);
  const found = await archive.load();
  if (!found) return null;
  const names = retell(document, found);
  for (const moment of await shelf.all()) if (names.has(moment.entry)) await shelf.put({ ...moment, entry: names.get(moment.entry) });
  const { list: acts, cursor } = document.acts;
  // It comes of a drawing that the server has as such, too: the two must not be added to each other (`joined`).
  return { updates: [document.since()], acts, cursor, meta: { ...found.meta, joined: false }, done: () => archive.forget() };
}

/** Do everything again, one after the other. @returns {Map<string|null, string>} after each operation: the newest mark's id */
export function retell(document, { base, entries, cursor }) {
  const done = entries.slice(0, cursor);
  // Nobody noted when it was drawn: a moment apart each, in its order.
  let now = document.clock() - done.length - base.layers.reduce((sum, { marks }) => sum + marks.length, 0);
  document.clock = () => (now += 1);
  let newest = null;
  const layers = new Map(); // what layers of then are called now
  const called = (id) => (layers.has(id) ? called(layers.get(id)) : id);
  const replaced = (drawing) => drawing.layers.forEach(({ id }, n) => id !== document.drawing.layers[n].id && layers.set(id, document.drawing.layers[n].id));
  document.addEventListener("change", ({ detail }) => (newest = detail.added.at(-1)?.id ?? newest));
  document.act({ do: "replace", drawing: stamped(base, document.clock) }, { undoable: false });
  replaced(base);
  const names = new Map([[null, newest]]);
  const again = (operation) => {
    if (operation.do === "all") return { ...operation, operations: operation.operations.map(again) };
    return operation.do === "add" || !operation.layer ? operation : { ...operation, layer: called(operation.layer) };
  };
  for (const { id, operation } of done) {
    const told = again(operation);
    if (told.do === "merge") {
      const below = document.drawing.layers[document.drawing.layers.findIndex((layer) => layer.id === told.layer) - 1];
      told.into = shortId();
      if (document.act(told)) layers.set(below.id, told.into);
    } else if (document.act(told) && told.do === "replace") {
      for (const layer of told.drawing.layers) layers.delete(layer.id);
      replaced(told.drawing);
    }
    names.set(id, newest);
  }
  return names;
}

const stamped = (drawing, clock) => ({ ...drawing, layers: drawing.layers.map((layer) => ({ ...layer, marks: layer.marks.map((mark) => ({ ...mark, t: clock() })) })) });
