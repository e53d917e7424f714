// A time-lapse as animated WebP: the page paints the pictures, the server puts them together.

import { ask } from "#lib/server";
import { encode } from "#studio/canvas/files";

const ADDRESS = "/api/v1/timelapses";
const QUALITY = 0.88;
// What the page paints is most of the wait; the rest is the server's.
const PAINTING = 0.9;

/**
 * @param {(shot) => Promise<HTMLCanvasElement>} paint @param {{signal: AbortSignal, progress: (share: number|null) => void}} how
 *   `progress(null)`: the server is at work @returns {Promise<Blob>} @throws {NoAnswer} @throws {DOMException} AbortError
 */
export async function reel(shots, paint, { signal, progress }) {
  const [frames, plan] = [[], []];
  for (const [n, shot] of shots.entries()) {
    const canvas = await paint(shot);
    const blob = await picture(canvas);
    signal.throwIfAborted();
    frames.push(blob);
    plan.push([blob.size, shot.lasts]);
    progress((PAINTING * (n + 1)) / shots.length);
  }
  progress(null);
  const form = new FormData();
  form.append("plan", JSON.stringify(plan));
  form.append("frames", new Blob(frames));
  return ask("POST", ADDRESS, form, { want: "blob", signal });
}

/** Where a browser cannot write WebP it hands over a PNG, which would be many times as large. */
async function picture(canvas) {
  const webp = await encode(canvas, "image/webp", QUALITY);
  return webp?.type === "image/webp" ? webp : encode(canvas, "image/jpeg", QUALITY);
}
