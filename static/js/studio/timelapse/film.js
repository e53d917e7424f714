// A time-lapse as MP4, made by the browser's own encoder (WebCodecs). The container is mediabunny's.

import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from "mediabunny";

// In the order of what plays where: H.264 everywhere, VP9 nearly everywhere, AV1 on newer devices. Levels for 2048 × 1024.
const CODECS = [
  { short: "avc", name: "H.264", codec: "avc1.640028", avc: { format: "avc" } },
  { short: "avc", name: "H.264", codec: "avc1.420028", avc: { format: "avc" } },
  { short: "vp9", name: "VP9", codec: "vp09.00.40.08" },
  { short: "av1", name: "AV1", codec: "av01.0.08M.08" },
];
const BITS_PER_PIXEL = 4; // a second: drawings change little from picture to picture
const [WAITING, KEY_EVERY] = [4, 2_000_000]; // pictures in the encoder at once; microseconds between whole pictures

/** What this browser says it can encode at this size, the best first. @returns {Promise<object[]>} */
export async function codecsFor({ width, height }, rate) {
  if (typeof VideoEncoder === "undefined") return [];
  const settings = CODECS.map(({ codec, avc }) => ({ codec, ...(avc ? { avc } : {}), width, height, framerate: rate, bitrate: width * height * BITS_PER_PIXEL }));
  const can = await Promise.all(settings.map((each) => VideoEncoder.isConfigSupported(each).then(({ supported }) => supported, () => false)));
  return CODECS.map((codec, n) => ({ ...codec, settings: settings[n] })).filter((_, n) => can[n]);
}

/**
 * Encode the shots one after the other.
 * @param {object} codec of `codecsFor` @param {(shot) => Promise<HTMLCanvasElement>} paint
 * @param {{signal: AbortSignal, progress: (share: number) => void}} how
 * @returns {Promise<Blob>} @throws {Error} what the encoder could not do @throws {DOMException} AbortError
 */
export async function film(codec, shots, paint, { signal, progress }) {
  const source = new EncodedVideoPacketSource(codec.short);
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target: new BufferTarget() });
  output.addVideoTrack(source);
  await output.start();
  let [failed, written] = [null, Promise.resolve()];
  const encoder = new VideoEncoder({
    output: (chunk, meta) => (written = written.then(() => source.add(EncodedPacket.fromEncodedChunk(chunk), meta))),
    error: (error) => (failed = error),
  });
  try {
    encoder.configure(codec.settings);
    let key = -Infinity;
    for (const [n, shot] of shots.entries()) {
      const canvas = await paint(shot);
      while (encoder.encodeQueueSize > WAITING && !failed) await new Promise((resolve) => setTimeout(resolve, 4));
      if (failed) throw failed;
      signal.throwIfAborted();
      const timestamp = shot.at * 1000;
      const keyFrame = timestamp - key >= KEY_EVERY;
      if (keyFrame) key = timestamp;
      const frame = new VideoFrame(canvas, { timestamp, duration: shot.lasts * 1000 });
      encoder.encode(frame, { keyFrame });
      frame.close();
      progress((n + 1) / shots.length);
    }
    await encoder.flush();
    if (failed) throw failed;
    await written;
    await output.finalize();
  } finally {
    if (encoder.state !== "closed") encoder.close();
  }
  return new Blob([output.target.buffer], { type: "video/mp4" });
}
