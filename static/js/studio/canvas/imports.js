// Pictures from outside for the board: files, pasted, dropped, or fetched from the gallery. Scaled here, in the browser.

import { encode } from "#studio/canvas/files";
import { makeCanvas } from "#studio/canvas/paint";

/** The longest side that is kept, in pixels: four times what the sketch has. */
export const LONGEST = 2048;
const MAX_BYTES = 120 * 2 ** 20;

/**
 * A file as a picture that the board can keep.
 * @returns {Promise<{blob: Blob, from: {width, height}, to: {width, height}}>} `to` is smaller where it was too large
 * @throws {Error} "unsupported_image_type" (no picture the browser knows, or damaged) or "too_large"
 */
export async function readPicture(file) {
  if (file.size > MAX_BYTES) throw new Error("too_large");
  if (file.type && !file.type.startsWith("image/")) throw new Error("unsupported_image_type");
  const whole = await decoded(file);
  const from = { width: whole.width, height: whole.height };
  const scale = Math.min(1, LONGEST / Math.max(from.width, from.height));
  const to = { width: Math.max(1, Math.round(from.width * scale)), height: Math.max(1, Math.round(from.height * scale)) };
  // Resized off the main thread: 40 million pixels in one drawImage would hold up the hand.
  const small = scale < 1 ? await createImageBitmap(whole, { resizeWidth: to.width, resizeHeight: to.height, resizeQuality: "high" }) : whole;
  const canvas = makeCanvas(to);
  canvas.getContext("2d").drawImage(small, 0, 0);
  whole.close();
  small.close();
  const blob = await encode(canvas, "image/webp", 0.92);
  if (!blob) throw new Error("unsupported_image_type");
  return { blob, from, to };
}

async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error("unsupported_image_type");
  }
}

/** The pictures somebody drops or pastes: files, or the address of one of our own pages' pictures. */
export function picturesIn(transfer) {
  const files = [...(transfer?.files ?? [])];
  if (files.length) return { files, address: null };
  const address = transfer?.getData("text/uri-list")?.split("\n")[0] ?? "";
  return { files, address: URL.canParse(address) && new URL(address).origin === location.origin ? address : null };
}
