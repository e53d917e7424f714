// Two people in one text field: what was typed as a change of the shared text, and the caret kept when others type. Pure.

/** What turns `before` into `after`: at `at` so many signs go and `insert` comes. */
export function editOf(before, after) {
  let at = 0;
  const most = Math.min(before.length, after.length);
  while (at < most && before[at] === after[at]) at += 1;
  let end = 0;
  while (end < most - at && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  // Half of a pair (an emoji, a rare sign) is nothing.
  if (at > 0 && isHigh(before.charCodeAt(at - 1)) && at < most) at -= 1;
  if (end > 0 && isLow(before.charCodeAt(before.length - end))) end -= 1;
  return { at, remove: before.length - at - end, insert: after.slice(at, after.length - end) };
}

const isHigh = (code) => code >= 0xd800 && code < 0xdc00;
const isLow = (code) => code >= 0xdc00 && code < 0xe000;

/** Where a caret stands after a change of the text (Yjs's delta): it stays with the signs before it. */
export function moved(caret, delta) {
  let [at, place] = [0, caret];
  for (const { retain = 0, insert = "", delete: gone = 0 } of delta) {
    at += retain;
    if (at > place) break;
    if (insert) {
      if (at < place) place += insert.length;
      at += insert.length;
    }
    if (gone) place -= Math.min(gone, Math.max(0, place - at));
  }
  return place;
}
