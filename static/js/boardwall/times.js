// How long ago something was, in words of the page's language. Pure.

const STEPS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "2 minutes ago", "yesterday"; of the last minute "now". @param {string} moment ISO 8601 */
export function ago(moment, now = Date.now(), language = globalThis.document?.documentElement.lang || "en") {
  const seconds = Math.max(0, (now - Date.parse(moment)) / 1000);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  for (const [unit, length] of STEPS) if (seconds >= length) return words.format(-Math.floor(seconds / length), unit);
  return words.format(0, "second");
}
