// Which picture sizes a model offers. Pure.

const SHAPES = [
  { shape: "square", ratio: [1, 1] },
  { shape: "landscape", ratio: [4, 3] },
  { shape: "portrait", ratio: [3, 4] },
  { shape: "wide", ratio: [16, 9] },
  { shape: "tall", ratio: [9, 16] },
];

const toStep = (value, step) => Math.max(step, Math.round(value / step) * step);

/**
 * Sizes for the size menu, the model's own first.
 * @returns {{shape: string, width: number, height: number}[]} sides are multiples of `step`, from `least` to `maxSide`
 */
export function sizesFor(defaults, maxSide, { least = 64, step = 8 } = {}) {
  const own = { shape: "square", width: defaults.width, height: defaults.height };
  const found = [];
  const base = Math.max(defaults.width, defaults.height);
  for (const side of [base, base * 1.5, base * 2].filter((s) => s <= maxSide)) {
    for (const { shape, ratio: [w, h] } of SHAPES) {
      const scale = side / Math.max(w, h);
      const size = { shape, width: toStep(w * scale, step), height: toStep(h * scale, step) };
      if (Math.min(size.width, size.height) >= least) found.push(size);
    }
  }
  if (!found.some((s) => s.width === own.width && s.height === own.height)) found.unshift(own);
  return found;
}

/** What shape a size has, for sizes that came from elsewhere. */
export function shapeOf(width, height) {
  const ratio = width / height;
  if (Math.abs(ratio - 1) < 0.02) return "square";
  if (ratio > 1) return ratio > 1.55 ? "wide" : "landscape";
  return ratio < 0.65 ? "tall" : "portrait";
}
