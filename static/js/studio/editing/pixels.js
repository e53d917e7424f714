// Colours of an edit on raw pixels (RGBA, 8 bits): the formulas of gallery/pixels/rendering.py, as Pillow computes them. Pure.

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
const level = (value) => Math.max(0, Math.min(255, Math.floor(value + 0.5)));

/** Change `picture` ({data, width, height}) in place. `numbers` are gallery/pixels/editing.py's constants. */
export function colour(picture, operation, numbers) {
  if (operation.kind === "adjust") adjust(picture.data, operation, numbers.looks.mono);
  else if (operation.kind === "filter") filter(picture, operation, numbers);
}

function adjust(data, { brightness, contrast, saturation, temperature }, mono) {
  const tint = 0.2 * temperature;
  const tables = [1 + tint, 1, 1 - tint].map((channel) =>
    Uint8Array.from({ length: 256 }, (_unused, value) => level((value * 2 ** brightness * channel - 128) * (1 + contrast) + 128)),
  );
  for (let at = 0; at < data.length; at += 4) for (let c = 0; c < 3; c++) data[at + c] = tables[c][data[at + c]];
  mix(data, mono, -saturation);
}

function filter(picture, { name, amount }, numbers) {
  const shorter = Math.min(picture.width, picture.height);
  if (name in numbers.looks) return mix(picture.data, numbers.looks[name], amount);
  if (name === "blur") return picture.data.set(blurred(picture, amount * numbers.blur * shorter));
  if (name === "sharpen") return sharpen(picture, Math.max(0.6, numbers.sharpenRadius * shorter), Math.round(100 * numbers.sharpen * amount) / 100);
  return vignette(picture, amount * numbers.vignette);
}

function mix(data, look, amount) {
  if (!amount) return;
  const m = IDENTITY.map((none, at) => none + (look[at] - none) * amount);
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
    data[at] = level(m[0] * r + m[1] * g + m[2] * b + m[3]);
    data[at + 1] = level(m[4] * r + m[5] * g + m[6] * b + m[7]);
    data[at + 2] = level(m[8] * r + m[9] * g + m[10] * b + m[11]);
  }
}

function sharpen(picture, radius, strength) {
  const soft = blurred(picture, radius);
  const { data } = picture;
  for (let at = 0; at < data.length; at++) {
    if (at % 4 < 3) data[at] = level(data[at] + (data[at] - soft[at]) * strength);
  }
}

function vignette({ data, width, height }, most) {
  for (let y = 0, at = 0; y < height; y++) {
    const dy = ((y + 0.5) / height) * 256 - 0.5 - 128;
    for (let x = 0; x < width; x++, at += 4) {
      const dx = ((x + 0.5) / width) * 256 - 0.5 - 128;
      const far = Math.min(255, Math.hypot(dx, dy) * Math.SQRT2) / 255;
      const light = 1 - most * far * far * (3 - 2 * far);
      for (let c = 0; c < 3; c++) data[at + c] = level(data[at + c] * light);
    }
  }
}

/** A Gaussian as Pillow does it: three box blurs each way, of a width that need not be whole. Transparency stays. */
function blurred({ data, width, height }, sigma) {
  const passes = 3;
  const variance = (sigma * sigma) / passes;
  const base = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const rest = ((2 * base + 1) * (base * (base + 1) - 3 * variance)) / (6 * (variance - (base + 1) ** 2));
  const radius = base + rest;
  let from = Float32Array.from(data);
  let to = new Float32Array(data.length);
  for (const [count, step, lines, next] of [[width, 4, height, width * 4], [height, width * 4, width, 4]]) {
    for (let pass = 0; pass < passes; pass++) {
      for (let line = 0; line < lines; line++) for (let c = 0; c < 3; c++) boxLine(from, to, line * next + c, step, count, radius);
      [from, to] = [to, from];
    }
  }
  const out = new Uint8ClampedArray(data);
  for (let at = 0; at < out.length; at++) if (at % 4 < 3) out[at] = level(from[at]);
  return out;
}

function boxLine(from, to, start, step, count, radius) {
  const reach = Math.floor(radius);
  const edge = radius - reach;
  const weight = 1 / (2 * radius + 1);
  const at = (place) => from[start + Math.min(Math.max(place, 0), count - 1) * step];
  let sum = 0;
  for (let place = -reach; place <= reach; place++) sum += at(place);
  for (let place = 0; place < count; place++) {
    to[start + place * step] = (sum + edge * (at(place - reach - 1) + at(place + reach + 1))) * weight;
    sum += at(place + reach + 1) - at(place - reach);
  }
}
