// What a tool takes from the board, by the names of studio/tools/base.py `sources`. Knows no tool by name.

import { ask } from "#lib/server";
import { _ } from "#lib/words";

/** What of the board each source is, and what is said when it is not there. @typedef {import("../canvas/board.js").Board} Board */
const SOURCES = {
  drawing: { take: (board) => board.export(), attached: true },
  picture: { take: (board) => board.image() },
  // Empty parts stay transparent.
  cutout: { take: (board, { width, height }) => board.toBlob({ width: width * 2, height: height * 2, type: "image/png" }) },
  mask: { take: (board) => board.mask() },
};

/** Why the board does not have these inputs yet, in words; null: it does. @param {Record<string, string>} inputs role -> source */
export function missing(inputs, board) {
  const sources = Object.values(inputs);
  if (sources.length && board.empty) return sources.includes("drawing") ? _("Draw something first.") : _("Put a picture on the board first.");
  if (sources.includes("cutout") && board.full) return _("Leave room around the picture first: make it smaller, or choose another size.");
  return sources.includes("mask") && !board.hasMask ? _("Mark what should change with the mask brush first.") : null;
}

/**
 * The inputs taken from the board: {attached, inputs} for `actions.generate`. One goes along with the message, the
 * others are uploaded. @throws {Error} when one cannot be sent
 */
export async function gathered(inputs, board, size) {
  let attached = null;
  const uploaded = {};
  for (const [role, source] of Object.entries(inputs)) {
    const blob = await SOURCES[source].take(board, size);
    if (SOURCES[source].attached && !attached) attached = { role, bytes: new Uint8Array(await blob.arrayBuffer()) };
    else uploaded[role] = await upload(blob);
  }
  return { attached, inputs: uploaded };
}

/** Hand a picture to the server. @returns {Promise<string>} its id */
export async function upload(blob) {
  const body = new FormData();
  body.append("file", blob, "picture");
  const kept = await ask("POST", "/api/v1/inputs", body);
  return kept.id;
}
