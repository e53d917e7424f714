// The weight of words within a prompt, as people write it: (words:1.2). Pure: tested with Node.

const STEP = 0.1;
const [LEAST, MOST] = [0.1, 2];
const WEIGHTED = /\(([^()[\]]*):([0-9]*\.?[0-9]+)\)/g;

/** @typedef {{text: string, start: number, end: number}} Marked a text and what of it is selected */

/**
 * More (`direction` 1) or less (-1) weight for what is selected, or else for the word at the caret. Words of weight 1 have no brackets.
 * @param {Marked} marked @returns {Marked|null} with the same words selected; null where there is no word
 */
export function weighted({ text, start, end }, direction) {
  const group = groupAround(text, start, end);
  if (group) return written(text, group, group.weight + direction * STEP);
  const words = wordsAt(text, start, end);
  return words && written(text, { ...words, inner: text.slice(words.from, words.to) }, 1 + direction * STEP);
}

/** The (words:weight) that all of the selection lies in. */
function groupAround(text, start, end) {
  for (const { 0: whole, 1: inner, 2: weight, index } of text.matchAll(WEIGHTED)) {
    if (index <= start && end <= index + whole.length) return { from: index, to: index + whole.length, inner, weight: Number(weight) };
  }
  return null;
}

/** What is selected without the spaces around it, or the word at the caret. */
function wordsAt(text, start, end) {
  const apart = /[\s,()[\]，。、]/;
  let [from, to] = [start, end];
  if (from === to) {
    while (from > 0 && !apart.test(text[from - 1])) from -= 1;
    while (to < text.length && !apart.test(text[to])) to += 1;
  } else {
    while (from < to && /\s/.test(text[from])) from += 1;
    while (to > from && /\s/.test(text[to - 1])) to -= 1;
  }
  return from < to ? { from, to } : null;
}

function written(text, { from, to, inner }, wanted) {
  const weight = Math.round(Math.min(MOST, Math.max(LEAST, wanted)) * 100) / 100;
  const plain = weight === 1;
  const start = from + (plain ? 0 : 1);
  return { text: text.slice(0, from) + (plain ? inner : `(${inner}:${weight})`) + text.slice(to), start, end: start + inner.length };
}
