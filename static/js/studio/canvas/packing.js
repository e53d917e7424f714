// Marks as the document holds them: their many numbers as few bytes. Pure. studio/rooms/document.py reads the same.

// What a board unit and a pressure of 1 are in the bytes: tenths and hundredths are all that the hand gives.
const POINT = [10, 10, 100];
const CORNER = [10, 10];

/**
 * Numbers as zigzag varints of the differences to the same coordinate before.
 * @param {number[]} numbers flat, as many of them a point as there are `scales` @returns {Uint8Array}
 */
export function pack(numbers, scales) {
  const bytes = [];
  const last = scales.map(() => 0);
  numbers.forEach((number, n) => {
    const axis = n % scales.length;
    const value = Math.round(number * scales[axis]);
    let rest = zigzag(value - last[axis]);
    last[axis] = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
  });
  return Uint8Array.from(bytes);
}

/** The other way. Bytes that end in the middle of a number give what came before it. @returns {number[]} */
export function unpack(bytes, scales) {
  const numbers = [];
  const last = scales.map(() => 0);
  for (let at = 0; at < bytes.length; ) {
    let [rest, place, byte] = [0, 1, 0];
    do {
      byte = bytes[at];
      rest += (byte & 127) * place;
      place *= 128;
      at += 1;
    } while (byte > 127 && at < bytes.length);
    if (byte > 127) break;
    const axis = numbers.length % scales.length;
    last[axis] += rest % 2 ? -(rest + 1) / 2 : rest / 2;
    numbers.push(last[axis] / scales[axis]);
  }
  return numbers;
}

const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value);

/** A mark for the document, with who made it (`by`) and when (`t`). @param {import("./drawing.js").Mark} mark */
export function packMark(mark, more = {}) {
  const packed = { ...mark, ...more };
  if (mark.points) packed.points = pack(mark.points, POINT);
  if (mark.loops) packed.loops = mark.loops.map((loop) => pack(loop, CORNER));
  if (mark.marks) packed.marks = mark.marks.map((each) => packMark(each));
  return packed;
}

/** A mark of the document as the canvas paints it. @returns {import("./drawing.js").Mark} */
export function unpackMark(packed) {
  const mark = { ...packed };
  if (packed.points) mark.points = unpack(packed.points, POINT);
  if (packed.loops) mark.loops = packed.loops.map((loop) => unpack(loop, CORNER));
  if (packed.marks) mark.marks = packed.marks.map(unpackMark);
  return mark;
}
