// Which moments of a drawing's history a replay shows, and when. Pure.

const SECONDS = { slow: 30, normal: 12, fast: 5 };
const SLOWEST = 0.5; // seconds for one change: a short drawing is not stretched

/**
 * How many entries are done at each moment: before the first, and after each that changes what is seen.
 * @param {{operation: {do: string}}[]} entries @param {number} cursor how many of them are done (not undone)
 */
export function momentsOf(entries, cursor) {
  const seen = entries.slice(0, cursor).flatMap(({ operation }, place) => (operation.do === "size" ? [] : [place + 1]));
  return [0, ...seen];
}

/** How long a replay of `count` changes takes at `speed` (slow, normal, fast), in seconds. */
export const lengthOf = (count, speed) => Math.min(SECONDS[speed], count * SLOWEST);

/** The change shown after `seconds` more, from change `from`; fractions add up, `count` is the end. */
export function after(from, seconds, count, speed) {
  return Math.min(count, from + (seconds * count) / (lengthOf(count, speed) || 1));
}
