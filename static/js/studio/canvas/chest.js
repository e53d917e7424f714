// The browser's database of pictures that lie on boards, and of worlds (archive.js). Drawings have one of their own
// (journal.js); what an older Brushwire kept of them lies here until it is taken over (takeover.js).

import { Database, asked } from "#lib/database";

export const database = new Database("brushwire", 2, ["heads", "bases", "entries", "pictures"]);

export const keepPicture = (id, blob) => database.within("readwrite", ({ pictures }) => asked(pictures.put(blob, id)));
export const findPicture = (id) => database.within("readonly", ({ pictures }) => asked(pictures.get(id)));

/** Whether a board lies here. @param {string} place person and board */
export const liesHere = (place) => database.within("readonly", async ({ heads }) => (await asked(heads.count(place))) > 0);
