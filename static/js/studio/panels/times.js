// Ranges of time in words, and how much of an expected time is left. Pure: tested with Node.

import { _, fill } from "#lib/words";

/**
 * What is left of `expected` ([low, high] in seconds) when `share` (0 to 1) is done.
 * @returns {[number, number]|null} null when nothing is expected
 */
export function left(expected, share = 0) {
  if (!expected) return null;
  return expected.map((seconds) => seconds * (1 - Math.min(1, Math.max(0, share))));
}

/** "about 5 s", "4 to 7 s", "1 to 2 min"; "less than a second". @param {[number, number]|null} range in seconds */
export function rangeInWords(range) {
  if (!range) return "";
  const [low, high] = range;
  if (high < 1) return _("less than a second");
  const minutes = high >= 90;
  const unit = minutes ? 60 : 1;
  const [from, to] = [low, high].map((seconds) => Math.max(1, nice(seconds / unit)));
  if (from === to) return fill(minutes ? _("about %(time)s min") : _("about %(time)s s"), { time: to });
  return fill(minutes ? _("%(from)s to %(to)s min") : _("%(from)s to %(to)s s"), { from, to });
}

// Nobody counts single seconds of half a minute.
const nice = (value) => (value < 10 ? Math.round(value) : Math.round(value / 5) * 5);
