// A photo on the board that is to get colours: it lies on a locked layer, and above it the layer of colour hints.

import { boardSize } from "#lib/geometry";
import { coloured, greyed } from "#lib/grey";
import { hintsOf, photoDrawing } from "#studio/canvas/drawing";
import { encode } from "#studio/canvas/files";
import { LONGEST } from "#studio/canvas/imports";
import { makeCanvas } from "#studio/canvas/paint";

const SAMPLE = 256;
// What the server asks of a photo: studio/tools/colorize.py, settings INPUT_*.
export const LEAST_SIDE = 32;
export const LONGEST_SHAPE = 25;
export const MOST_BYTES = 20 * 2 ** 20;
const TYPES = ["image/png", "image/jpeg", "image/webp"];

/**
 * A photo's file as the board shows it, no larger than it needs to be. `grey`: without the colours that it has.
 * @returns {Promise<{blob: Blob, width: number, height: number, coloured: boolean}>} sides are the photo's own
 * @throws {Error} "unsupported_image_type", "too_large", "moving", "image_too_small" or "image_too_long"
 */
export async function readPhoto(file, { grey = true } = {}) {
  if (file.size > MOST_BYTES) throw new Error("too_large");
  if (file.type && !TYPES.includes(file.type)) throw new Error("unsupported_image_type");
  if (await moves(file)) throw new Error("moving");
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new Error("unsupported_image_type");
  });
  const { width, height } = whole;
  try {
    if (Math.min(width, height) < LEAST_SIDE) throw new Error("image_too_small");
    if (Math.max(width, height) > LONGEST_SHAPE * Math.min(width, height)) throw new Error("image_too_long");
    const sample = pixels(whole, SAMPLE);
    const shown = pixels(whole, LONGEST);
    if (grey) shown.context.putImageData(new ImageData(greyed(shown.data.data), shown.canvas.width), 0, 0);
    return { blob: await encode(shown.canvas, "image/webp", 0.92), width, height, coloured: coloured(sample.data.data) };
  } finally {
    whole.close();
  }
}

/** Whether a WebP file is an animation: the flag in its first chunk (RFC 9649 §2.7). PNG and JPEG are told by the server. */
async function moves(file) {
  const head = new Uint8Array(await file.slice(0, 21).arrayBuffer());
  const text = String.fromCharCode(...head.slice(8, 16));
  return text === "WEBPVP8X" && (head[20] & 2) !== 0;
}

function pixels(bitmap, longest) {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = makeCanvas({ width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return { canvas, context, data: context.getImageData(0, 0, canvas.width, canvas.height) };
}

/**
 * Start the board over from a photo. Undo brings back what was there.
 * @param {import("./board.js").Board} board @param {Blob} blob as readPhoto gives it @param {string} name of its layer
 * @param {Blob|null} hints what was painted on it before
 * @returns {Promise<string>} the picture's id on the board
 */
export async function startPhoto(board, blob, name, hints = null) {
  const bitmap = await createImageBitmap(blob);
  const size = boardSize(bitmap.width, bitmap.height);
  bitmap.close();
  const photo = await board.pictures.take(blob, size);
  const drawing = photoDrawing(photo, size, { name, hints: hints && (await board.pictures.take(hints, size)) });
  board.do({ do: "replace", drawing });
  board.choose({ tool: "brush" });
  board.activate(hintsOf(drawing).id);
  return photo.picture;
}
