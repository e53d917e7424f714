// What is painted on a photo as hints of its colours: whether there is any, and its picture.

import { hintsOf, isBlank } from "#studio/canvas/drawing";
import { encode, layerOver } from "#studio/canvas/files";

/** What is painted as hints, transparent elsewhere (PNG), or null where nothing is. `box`: see files.js layerOver. */
export async function hintsOn(board, box) {
  const layer = hintsOf(board.drawing);
  await board.stack.whenDone();
  return layer && layer.visible && !isBlank(layer) ? encode(layerOver(board.stack, layer, box), "image/png") : null;
}

/** Whether something is painted as hints. */
export function hinted(board) {
  const layer = hintsOf(board.drawing);
  return Boolean(layer && layer.visible && !isBlank(layer));
}
