// Greys of pictures, and whether a picture has colours of its own. Pure: RGBA bytes in, tested with Node.

// As far from the picture's usual tint (in opponent colours, 0..255) counts as a colour, on so much of the picture.
const APART = 14;
const SHARE = 0.02;

/** Whether these pixels have colours; one tint all over (paper gone yellow, a sepia print) is none. @param {Uint8ClampedArray} rgba */
export function coloured(rgba) {
  const red = [];
  const blue = [];
  for (let i = 0; i < rgba.length; i += 4) {
    const light = lightness(rgba, i);
    red.push(rgba[i] - light);
    blue.push(rgba[i + 2] - light);
  }
  const [usualRed, usualBlue] = [median(red), median(blue)];
  const apart = red.filter((value, n) => Math.hypot(value - usualRed, blue[n] - usualBlue) > APART).length;
  return apart > SHARE * red.length;
}

/** Make these pixels grey where they are, by their lightness; how transparent they are stays. @param {Uint8ClampedArray} rgba */
export function greyed(rgba) {
  for (let i = 0; i < rgba.length; i += 4) rgba[i] = rgba[i + 1] = rgba[i + 2] = lightness(rgba, i);
  return rgba;
}

const lightness = (rgba, at) => 0.2126 * rgba[at] + 0.7152 * rgba[at + 1] + 0.0722 * rgba[at + 2];
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
