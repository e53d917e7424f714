// What a tool takes from the board, by the names of studio/tools/base.py `sources`. Knows no tool by name.

import { ask } from "#lib/server";
import { _ } from "#lib/words";
import { hinted, hintsOn } from "#studio/canvas/hints";

/** What of the board each source is, and what is said when it is not there. @typedef {import("../canvas/board.js").Board} Board */
const SOURCES = {
  drawing: { take: (board) => board.export(), attached: true },
  picture: { take: (board) => board.image() },
  // Empty parts stay transparent.
  cutout: { take: (board, { width, height }) => board.toBlob({ width: width * 2, height: height * 2, type: "image/png" }) },
  mask: { take: (board, _size, box) => board.mask(box) },
  // As it was sent in, not as the board shows it.
  photo: { id: (photo) => photo.sendable() },
  hints: { take: (board, _size, box) => hintsOn(board, box) },
  // Comes from elsewhere: a picture that was made of the board.
  given: {},
};

/** Why the board does not have these inputs yet, in words; null: it does. @param {Record<string, string>} inputs role -> source */
export function missing(inputs, board) {
  const sources = Object.values(inputs);
  if (sources.includes("photo") && board.empty) return _("Choose a photo first.");
  if (sources.length && board.empty) return sources.includes("drawing") ? _("Draw something first.") : _("Put a picture on the board first.");
  if (sources.includes("cutout") && board.full) return _("Leave room around the picture first: make it smaller, or choose another size.");
  return sources.includes("mask") && !board.hasMask ? _("Mark what should change with the mask brush first.") : null;
}

/** Why a photo cannot get colours yet, where only hints give them. */
export const unhinted = (board) => (hinted(board) ? null : _("Paint a few strokes of colour on the photo first."));

/**
 * The inputs taken from the board: {attached, inputs} for `actions.generate`. One goes along with the message, the
 * others are uploaded. Of `takes` only what is there. @throws {Error} when one cannot be sent
 * @param {{inputs: Record<string, string>, takes?: Record<string, string>}} tool
 * @param {{board: Board, size: object, photo: () => Promise<import("./photo.js").Photo>}} from
 */
export async function gathered({ inputs, takes = {} }, { board, size, photo }) {
  let attached = null;
  const uploaded = {};
  // The board may have another shape by now than the photo: what was painted belongs to the photo.
  const taken = Object.values(inputs).includes("photo") ? await photo() : null;
  const box = taken?.box ?? null;
  for (const [role, source] of [...Object.entries(inputs), ...Object.entries(takes)]) {
    const { take, id, attached: along } = SOURCES[source];
    // What need not be there is no drawing while nothing is drawn.
    if (along && !(role in inputs) && board.empty) continue;
    const blob = take && (await take(board, size, box));
    if (id) uploaded[role] = await id(taken);
    else if (along && !attached) attached = { role, bytes: new Uint8Array(await blob.arrayBuffer()) };
    else if (blob) uploaded[role] = await upload(blob);
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
