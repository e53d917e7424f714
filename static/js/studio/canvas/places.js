// Where layers lie above each other, as texts: between any two there is always another. Pure.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;

/**
 * A place above `below` ("" is under everything) and below `above` (null: over everything). Its end is left to chance, so
 * that two people who put something at the same spot get two places.
 * @param {() => number} chance 0 to below 1 @returns {string}
 */
export function placeBetween(below, above, chance = Math.random) {
  return middle(below, above !== null && above <= below ? null : above) + digit(chance) + digit(chance);
}

// No place ends with the lowest digit: nothing would fit below it.
const digit = (chance) => DIGITS[1 + Math.floor(chance() * (BASE - 1))];

function middle(below, above) {
  let place = "";
  for (let n = 0; ; n += 1) {
    const low = n < below.length ? DIGITS.indexOf(below[n]) : 0;
    const high = above === null ? BASE : n < above.length ? DIGITS.indexOf(above[n]) : 0;
    // At the open end a small step: whoever always adds on top gets sixty places out of a digit, not six.
    if (high - low > 1) return place + DIGITS[above === null ? low + 1 : Math.floor((low + high) / 2)];
    place += DIGITS[low];
    if (high > low) above = null;
  }
}
