// How long to wait before the next attempt: full jitter, so that a thousand browsers do not come back at once. Pure.

export const FIRST = 0.5;
export const LONGEST = 30;

/** Seconds before attempt `n` (from 0): random in [0, min(30, 0.5 · 2^n)). */
export function delay(n, random = Math.random) {
  return random() * Math.min(LONGEST, FIRST * 2 ** Math.min(n, 20));
}
