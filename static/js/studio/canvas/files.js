// The files that a drawing becomes: sketch, image, mask, thumbnail. Needs the painted layers, sends nothing.

import { chooseExport } from "#lib/exports";
import { middleOf } from "#lib/geometry";
import { MASK_COLOUR, makeCanvas } from "#studio/canvas/paint";

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

/** The visible layers on white paper with imported pictures, up to 1024 px. */
export function imageOf(stack, drawing) {
  return encode(stack.flat(drawing, stack.pixels, "#ffffff"), "image/webp", 0.95);
}

/** A copy of what is on a layer: all of it, or what lies over a `box` {width, height} (board units) in the board's middle. */
export function layerOver(stack, layer, box) {
  const { canvas } = stack.surfaceOf(layer.id);
  const cut = middleOf(canvas, stack.board, box ?? stack.board);
  const sheet = makeCanvas(cut);
  sheet.getContext("2d").drawImage(canvas, cut.x, cut.y);
  return sheet;
}

/** The mask as a picture of the same proportions, or of a `box` as layerOver has it: white is to change, black is to keep. */
export function maskOf(stack, layer, box) {
  const sheet = layerOver(stack, layer, box);
  const context = sheet.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#000000";
  context.fillRect(0, 0, sheet.width, sheet.height);
  return encode(sheet, "image/png");
}

/** The other way: a black and white mask as what the mask's layer has, its colour where it is white. */
export async function maskFrom(blob) {
  const bitmap = await createImageBitmap(blob);
  const sheet = makeCanvas(bitmap);
  const context = sheet.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, sheet.width, sheet.height);
  const colour = [1, 3, 5].map((at) => parseInt(MASK_COLOUR.slice(at, at + 2), 16));
  for (let i = 0; i < pixels.data.length; i += 4) {
    pixels.data[i + 3] = pixels.data[i];
    pixels.data.set(colour, i);
  }
  context.putImageData(pixels, 0, 0);
  return encode(sheet, "image/png");
}

const THUMBNAIL = 320;

/** A small picture of the drawing for the list of boards. */
export function thumbnailOf(stack, drawing) {
  const scale = THUMBNAIL / Math.max(drawing.width, drawing.height);
  const pixels = { width: Math.round(drawing.width * scale), height: Math.round(drawing.height * scale) };
  return encode(stack.flat(drawing, pixels, "#ffffff"), "image/webp", 0.8);
}
