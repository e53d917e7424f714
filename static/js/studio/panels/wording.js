// A generation's state in words and numbers, for the viewer, the strip and the announcer. Pure.

import { _, fill, placeInWords } from "#lib/words";
import { left, rangeInWords } from "#studio/panels/times";

const STAGES = () => ({
  waiting: _("Waiting"),
  starting: _("Starting"), // the worker has it, and says next what it does
  loading: _("Loading the model"),
  encoding: _("Reading your words"),
  denoising: _("Painting"),
  remote: _("Being painted on another server"),
  decoding: _("Developing the picture"),
  enlarging: _("Enlarging"),
  finding: _("Looking for scratches"),
  filling: _("Filling what was damaged"),
  cleaning: _("Taking out grain"),
  reading: _("Reading the photo"),
  faces: _("Looking for faces"),
  resizing: _("Making it as small as the model sees it"),
  encoder: _("Looking at the photo"),
  decoder: _("Finding colours"),
  hints: _("Spreading your colour hints"),
  depth: _("Seeing how near everything is"),
  outlines: _("Looking for outlines"),
  shaping: _("Giving it its shape"),
  texture: _("Laying the picture on it"),
  posing: _("Taking its picture"),
  merging: _("Laying the colours over the photo"),
  placing: _("Putting the world together"),
  writing: _("Being written"),
  saving: _("Saving"),
});

/**
 * @param {{online?: boolean, language?: string}} about
 * @returns {{title: string, detail: string, tone: "busy"|"good"|"error"|"quiet", step: number|null, total: number|null}}
 *   `step` of `total` for a progress bar; both null: no number is known; tone other than "busy": no bar
 */
export function describe(entry, { online = true, language = "en" } = {}) {
  switch (entry.state) {
    case "sending":
      return busy(online ? _("Sending") : _("Will be sent when the connection is back"));
    case "queued":
      return busy(entry.position ? placeInWords(entry.position, language) : _("Waiting"), waitingFor(entry));
    case "running":
      return running(entry);
    case "finished":
      return ended(_("Finished"), "good", entry.seconds ? fill(_("%(seconds)s s"), { seconds: tenth(entry.seconds) }) : "");
    case "cancelled":
      return ended(_("Cancelled"), "quiet");
    default:
      return ended(entry.error?.message || _("This picture could not be made."), "error");
  }
}

/** Why it does not start yet, as the server says, when it probably will, and how long it will then take. */
function waitingFor({ wait, starts_in: startsIn, expected }) {
  const start = rangeInWords(startsIn);
  const then = rangeInWords(expected);
  return [wait?.message, start && fill(_("starts in %(time)s"), { time: start }), then && fill(_("then %(time)s"), { time: then })].filter(Boolean).join(" · ");
}

function running(entry) {
  const [done, all] = overall(entry);
  // One of several pictures may be developed while the others still take their steps.
  const stepping = entry.total > 0 && (["denoising", "enlarging", "cleaning"].includes(entry.stage) || (entry.stage === "decoding" && done < all));
  const title = STAGES()[stepping && entry.stage === "decoding" ? "denoising" : entry.stage] ?? STAGES().denoising;
  const parts = [];
  if (entry.count > 1) parts.push(fill(_("%(count)s pictures"), { count: entry.count }));
  if (stepping) parts.push(fill(_("step %(step)s of %(total)s"), { step: done, total: all }));
  const share = entry.share ?? null;
  const time = rangeInWords(left(entry.expected, share ?? (all ? done / all : 0)));
  // Who does not say how far it is cannot be counted down either: only what it usually takes is known.
  if (time) parts.push(fill(entry.stage === "remote" ? _("usually %(time)s") : _("%(time)s left"), { time }));
  const [step, total] = stepping ? [done, all] : share === null ? [null, null] : [share, 1];
  return { title, detail: parts.join(" · "), tone: "busy", step, total };
}

/** Real steps over all pictures: what is done, of what will be done. */
function overall({ count, steps = {}, total }) {
  const done = Object.values(steps).reduce((sum, step) => sum + step, 0);
  return [Math.min(done, count * total), count * total];
}

const busy = (title, detail = "") => ({ title, detail, tone: "busy", step: null, total: null });
const ended = (title, tone, detail = "") => ({ title, detail, tone, step: null, total: null });
const tenth = (seconds) => (seconds < 10 ? seconds.toFixed(1) : Math.round(seconds));

/** What the server tells about how a generation was taken: that words were softened, say. Empty without any. */
export function notesInWords(notes = []) {
  const words = {
    prompt_softened: _("Some words of your prompt were replaced, as the rules of this place ask."),
    negative_prompt_softened: _("Some words of your negative prompt were replaced, as the rules of this place ask."),
  };
  return notes.map((code) => words[code]).filter(Boolean).join(" ");
}
