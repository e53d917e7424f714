// The files that a drawing becomes: the sketch for the studio. Needs the painted layers, sends nothing.

import { chooseExport } from "#lib/exports";
import { makeCanvas } from "#studio/canvas/paint";

// What a drawing may weigh; the rest of the message's 512 kB is its header, prompt and room to spare.
const LIMIT = 400 * 1024;

/** The visible layers, transparent where nothing is drawn, at most 512 px. @throws {Error} "too_large" */
export function sketchOf(stack, drawing) {
  return chooseExport(async ({ type, quality, scale }) => {
    const pixels = { width: Math.round(drawing.width * scale), height: Math.round(drawing.height * scale) };
    return encode(stack.flat(drawing, pixels, type === "image/jpeg" ? "#ffffff" : null), type, quality);
  }, LIMIT);
}

export function encode(canvas, type, quality) {
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}
