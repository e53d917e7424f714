// Which snapshots of a layer to keep. Pure.

/** Which of the rising `counts` to drop: the one whose neighbours are close together for how far back they lie. */
export function leastMissed(counts) {
  let [least, worth] = [0, Infinity];
  for (let i = 0; i < counts.length - 1; i += 1) {
    const gap = (counts[i + 1] - (counts[i - 1] ?? 0)) / (counts.at(-1) - counts[i]);
    if (gap < worth) [least, worth] = [i, gap];
  }
  return least;
}
