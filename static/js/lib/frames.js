// Binary frames: a 4-byte big-endian header length, the JSON header, and bytes. Pure.

const HEADER_MAX = 64 * 1024;

/** @param {object} header @param {Uint8Array} bytes @returns {Uint8Array} */
export function encodeFrame(header, bytes) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const frame = new Uint8Array(4 + text.length + bytes.length);
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, 4);
  frame.set(bytes, 4 + text.length);
  return frame;
}

/** @param {ArrayBuffer} buffer @returns {{header: object, bytes: Uint8Array}} @throws {RangeError|SyntaxError} */
export function decodeFrame(buffer) {
  if (buffer.byteLength < 4) throw new RangeError("frame without a header length");
  const length = new DataView(buffer).getUint32(0);
  if (length > HEADER_MAX || buffer.byteLength < 4 + length) throw new RangeError("frame shorter than its header");
  const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 4, length));
  return { header: JSON.parse(text), bytes: new Uint8Array(buffer, 4 + length) };
}

/** The size in bytes that a text message has on the wire. */
export function textSize(text) {
  return new TextEncoder().encode(text).length;
}
