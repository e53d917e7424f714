// A change that is too large for one message, in pieces that can be taken one after the other: each builds only on what
// came before it. Yjs's own format (version 1); https://docs.yjs.dev/api/document-updates

import { UpdateEncoderV1, decodeStateVector, decodeUpdate } from "#vendor/yjs";

/**
 * @param {Uint8Array} update everything that somebody lacks who has `vector` @param {number} most bytes of a piece, but for a
 *   single mark that is larger
 * @returns {Uint8Array[]} what was deleted is in the last one
 */
export function piecesOf(update, vector, most) {
  const { structs, ds } = decodeUpdate(update);
  const known = decodeStateVector(vector);
  const queues = [...new Set(structs.map(({ id }) => id.client))].map((client) => structs.filter(({ id }) => id.client === client));
  const pieces = [];
  let [piece, size] = [new Map(), 0];
  const put = (struct, part) => {
    // A quarter of it is room for what stands around the parts.
    if (size && size + part.length > most * 0.75) {
      pieces.push(written(piece));
      [piece, size] = [new Map(), 0];
    }
    const { client } = struct.id;
    if (!piece.has(client)) piece.set(client, { clock: known.get(client) ?? 0, parts: [] });
    piece.get(client).parts.push(part);
    size += part.length;
  };
  for (let queue; (queue = queues.find(([first]) => first && stands(first, known))); ) {
    while (queue.length && stands(queue[0], known)) {
      const struct = queue.shift();
      for (const [part, end] of partsOf(struct, most / 2)) {
        put(struct, part);
        known.set(struct.id.client, end);
      }
    }
  }
  return [...pieces, written(piece, ds)];
}

/** Whether everything that a struct names is there. */
function stands({ origin = null, rightOrigin = null, parent = null }, known) {
  return [origin, rightOrigin, parent].every((id) => id?.clock === undefined || id.clock < (known.get(id.client) ?? 0));
}

/** A struct as bytes; a list of marks in several. @returns {[Uint8Array, number][]} each with the clock after it */
function partsOf(struct, most, from = 0, to = struct.length) {
  const part = bytesOf(struct, from, to);
  if (part.length <= most || to - from < 2 || !struct.content?.arr) return [[part, struct.id.clock + to]];
  const middle = Math.floor((from + to) / 2);
  return [...partsOf(struct, most, from, middle), ...partsOf(struct, most, middle, to)];
}

function bytesOf(struct, from, to) {
  const encoder = new UpdateEncoderV1();
  if (to === struct.length) struct.write(encoder, from);
  else {
    const content = struct.content.copy();
    content.splice(to);
    Object.create(struct, { content: { value: content } }).write(encoder, from);
  }
  return encoder.toUint8Array();
}

/** @param {Map<number, {clock: number, parts: Uint8Array[]}>} piece by client @param {{clients: Map}|null} gone what is deleted */
function written(piece, gone = null) {
  const bytes = [number(piece.size)];
  for (const [client, { clock, parts }] of [...piece].sort(([a], [b]) => b - a)) bytes.push(number(parts.length), number(client), number(clock), ...parts);
  const deleted = [...(gone?.clients ?? [])];
  bytes.push(number(deleted.length));
  for (const [client, items] of deleted) bytes.push(number(client), number(items.length), ...items.flatMap(({ clock, len }) => [number(clock), number(len)]));
  const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  bytes.reduce((at, each) => (whole.set(each, at), at + each.length), 0);
  return whole;
}

/** A whole number of at most 53 bits, seven at a time. */
function number(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
}
