// Better and worse: from what was marked so far, the parameters of the next set of variations. Pure: tested with Node.

/** @typedef {{strength?: number, guidance_scale?: number, mark: 1|-1}} Marked one picture of any set so far */

// How far the next set strays from what is known: less when something was better than when all was worse.
const NEAR = 0.1;
const FAR = 0.3;
const LIMITS = { strength: [0.05, 1], guidance_scale: [0, 30] };

/**
 * The next set's seed, strength and guidance: around the mean of the better ones, half the difference away from the
 * mean of the worse ones. The newest better picture comes first in it, to be compared with.
 * @param {{seed: number, strength?: number, guidance_scale?: number}} params of the set that was marked
 * @param {Map<number, 1|-1>} marks its pictures by index
 * @param {Marked[]} history every marked picture so far, those of `marks` included
 * @param {{seed: number, random: () => number}} chance a fresh seed, and numbers from 0 to 1
 */
export function nextSet(params, marks, history, chance) {
  const better = [...marks].filter(([, mark]) => mark > 0).map(([index]) => index);
  const change = { seed: better.length ? params.seed + better.at(-1) : chance.seed };
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    if (params[name] == null) continue;
    const good = mean(history, name, 1);
    const bad = mean(history, name, -1);
    const centre = good === null ? params[name] : good + (bad === null ? 0 : (good - bad) / 2);
    const stray = (good === null ? FAR : NEAR) * (2 * chance.random() - 1);
    change[name] = Math.round(Math.min(most, Math.max(least, centre * (1 + stray))) * 100) / 100;
  }
  return change;
}

function mean(history, name, mark) {
  const values = history.filter((each) => each.mark === mark && each[name] != null).map((each) => each[name]);
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}
