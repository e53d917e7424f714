// Text: translation and numbers in words. Works without Django's catalogue too (then everything stays English).

export const _ = (text) => globalThis.gettext?.(text) ?? text;

/** Fill %(name)s places. */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const SUFFIX = { one: "st", two: "nd", few: "rd", other: "th" };

/** 3 -> "3rd" in English, "3" in languages that have no such endings. */
export function ordinal(n, language = "en") {
  if (!language.startsWith("en")) return String(n);
  return `${n}${SUFFIX[new Intl.PluralRules("en", { type: "ordinal" }).select(n)]}`;
}

/** A place in the queue, 1 being next. */
export function placeInWords(position, language) {
  if (position === 1) return _("You are next");
  return fill(_("%(place)s in line"), { place: ordinal(position, language) });
}
