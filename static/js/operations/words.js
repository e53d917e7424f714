// The words of the operations page: states, alarms, sizes and times, in the reader's language.

import { _, fill } from "#lib/words";

const language = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

export const number = (value) => whole.format(value);

/** 4 294 967 296 -> "4 GB". */
export function bytes(value) {
  if (value >= 2 ** 30) return `${short.format(value / 2 ** 30)} GB`;
  return `${whole.format(value / 2 ** 20)} MB`;
}

/** Seconds as people say them: "0.8 s", "3 min", "2 h". */
export function time(seconds) {
  if (seconds < 100) return fill(_("%(number)s s"), { number: short.format(seconds) });
  if (seconds < 6000) return fill(_("%(number)s min"), { number: whole.format(seconds / 60) });
  return fill(_("%(number)s h"), { number: short.format(seconds / 3600) });
}

export const STATES = () => ({
  ready: _("ready"),
  busy: _("at work"),
  asked: _("asked to drain"),
  draining: _("draining"),
  leaving: _("making room"),
  silent: _("silent"),
});

export const ENDS = () => ({ finished: _("finished"), failed: _("failed"), cancelled: _("cancelled"), expired: _("expired") });

const ALARMS = () => ({
  no_worker: _("Nobody works on the queue %(about)s, and %(waiting)s wait in it."),
  waits_long: _("In the queue %(about)s somebody has waited for %(seconds)s seconds."),
  queue_full: _("The queue %(about)s is full: %(waiting)s wait."),
  queue_paused: _("The queue %(about)s is paused; %(waiting)s wait in it."),
  no_reconciler: _("No reconciler is there: what a lost worker had is not taken up again."),
  worker_silent: _("The worker %(about)s has said nothing for %(seconds)s seconds."),
  device_full: _("The device of %(about)s is full: %(percent)s %% of its memory."),
  server_away: _("The server %(about)s does not work and is left alone for a while."),
  model_fails: _("The model %(about)s fails: %(failed)s of the last %(of)s."),
});

export function alarm(told) {
  return fill(ALARMS()[told.code] ?? `${told.code} %(about)s`, told).replace("%%", "%");
}
