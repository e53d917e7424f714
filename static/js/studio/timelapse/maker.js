// Makes the file of a time-lapse: MP4 where the browser can encode video, animated WebP by the server where it cannot.

import { makeCanvas } from "#studio/canvas/paint";
import { codecsFor, film } from "#studio/timelapse/film";
import { shotsOf } from "#studio/timelapse/moments";
import { reel } from "#studio/timelapse/reel";
import { sheetOf } from "#studio/timelapse/sheet";

// Pictures a second, and the longest side of a pane in pixels. A picture of an MP4 comes again after half a second: players seek better.
const MP4 = { rate: 30, longest: 500, pane: { one: 960, two: 720 } };
const WEBP = { rate: 8, pane: { one: 560, two: 400 } };

/**
 * @param {{tempo, beats, layout, board, composer}} what the time-lapse, and who paints it
 * @param {{signal: AbortSignal, progress: (stage: "film"|"reel"|"server", share: number|null) => void}} how
 * @returns {Promise<{blob: Blob, format: "mp4"|"webp", codec: string|null, seconds: number, width: number, height: number}>}
 * @throws {NoAnswer} what the server said no to @throws {DOMException} AbortError
 */
export async function make(what, { signal, progress }) {
  const how = plan(what, MP4);
  for (const codec of await codecsFor(how.sheet, MP4.rate)) {
    try {
      const blob = await film(codec, how.shots, how.paint, { signal, progress: (share) => progress("film", share) });
      return { blob, format: "mp4", codec: codec.name, ...how.facts };
    } catch (error) {
      // Some browsers promise what they cannot do: the next codec may, and the server can always.
      if (signal.aborted) throw error;
    }
  }
  const { shots, paint, facts } = plan(what, WEBP);
  const blob = await reel(shots, paint, { signal, progress: (share) => progress(share === null ? "server" : "reel", share) });
  return { blob, format: "webp", codec: null, ...facts };
}

function plan({ tempo, beats, layout, board, composer }, { rate, longest, pane }) {
  const sheet = sheetOf(layout, board, layout === "both" ? pane.two : pane.one);
  const shots = shotsOf(tempo, { rate, longest });
  const canvas = makeCanvas(sheet);
  let shown = null;
  const paint = async ({ beat }) => {
    if (beat !== shown) await composer.paint(canvas, beats[beat], sheet);
    shown = beat;
    return canvas;
  };
  const { at, lasts } = shots.at(-1);
  return { sheet, shots, paint, facts: { seconds: (at + lasts) / 1000, width: sheet.width, height: sheet.height } };
}
