// The pictures of a board's time-lapse in the browser: live frames as small files, works by name. A database of its own, with a limit.

import { Database, asked } from "#lib/database";

/** What all boards may take together, in bytes; then the board that was drawn live longest ago loses its own. */
export const ROOM = 80 * 2 ** 20;

const database = new Database("brushwire.moments", 1, ["moments", "shelves"]);

const allOf = (place) => IDBKeyRange.bound([place, ""], [place, "\uffff"]);
const bytesOf = ({ blob }) => blob?.size ?? 0;

/** One board's pictures. Everything may throw a DOMException where the browser has no room or allows nothing. */
export class Shelf {
  /** @param {string} place person and board */
  constructor(place) {
    this.place = place;
  }

  /** @returns {Promise<object[]>} what is kept, the oldest first */
  async all() {
    const found = await database.within("readonly", ({ moments }) => asked(moments.getAll(allOf(this.place))));
    return found.sort((a, b) => a.at - b.at);
  }

  /** Keep a moment under its id; `drop` names others that go. */
  put(moment, drop = []) {
    return database.within("readwrite", async ({ moments, shelves }) => {
      const shelf = (await asked(shelves.get(this.place))) ?? { bytes: 0 };
      const before = await Promise.all([moment.id, ...drop].map((id) => asked(moments.get([this.place, id]))));
      for (const id of drop) moments.delete([this.place, id]);
      moments.put(moment, [this.place, moment.id]);
      const gone = before.reduce((sum, each) => sum + (each ? bytesOf(each) : 0), 0);
      shelves.put({ bytes: shelf.bytes + bytesOf(moment) - gone, at: Date.now() }, this.place);
      await makeRoom(moments, shelves, this.place);
    });
  }

  forget() {
    return database.within("readwrite", ({ moments, shelves }) => {
      moments.delete(allOf(this.place));
      shelves.delete(this.place);
    });
  }
}

async function makeRoom(moments, shelves, mine) {
  const [places, rows] = await Promise.all([asked(shelves.getAllKeys()), asked(shelves.getAll())]);
  let taken = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  const oldest = rows.map((row, n) => ({ ...row, place: places[n] })).filter(({ place }) => place !== mine).sort((a, b) => a.at - b.at);
  for (const { place, bytes } of oldest) {
    if (taken <= ROOM) return;
    moments.delete(allOf(place));
    shelves.delete(place);
    taken -= bytes;
  }
}
