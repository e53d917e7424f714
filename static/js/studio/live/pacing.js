// When a live board is sent, and as what: one drawing on its way at a time, the newest wins. Pure; times are in ms.

/** Drafts follow each other no closer than this, and a still board is refined after so long. */
const LEAST = 66;
export const REFINE_AFTER = 800;
/**
 * Nothing heard of a drawing for so long means that it was lost: at least this, or as many times its usual time. Each in a row
 * is waited for twice as long, up to the last: what is sent again takes the place of the one before, and where the machine is
 * only slow (a model that is still being loaded) none would ever be finished.
 */
const PATIENCE = 4000;
const TIMES = 4;
const LONGEST = 64_000;
/** After a trouble that passes by itself it is tried again after this, then after twice as long, up to the last. */
const AGAIN = 1000;
const AGAIN_AT_MOST = 15_000;
/** Frames a second are counted over this. */
const WINDOW = 2000;

/** @typedef {{revision: number, kind: "draft"|"refined"}} Turn */

export class Pacer {
  constructor() {
    this.running = false;
    this.revision = 0;
    /** What was sent and not answered: {revision, kind, heardAt}. */
    this.onItsWay = null;
    /** Something changed that was not sent yet. */
    this.changed = false;
    /** What was sent last has been refined, or cannot be. */
    this.settled = true;
    this.changedAt = 0;
    this.sentAt = -Infinity;
    this.notBefore = 0;
    /** A still board is refined after so long. */
    this.pause = REFINE_AFTER;
    this.failures = 0;
    /** How many in a row were taken for lost. */
    this.unheard = 0;
    this.shown = 0;
    this.took = 0;
    this.arrivals = [];
  }

  /** Begin or go on: whatever is on the board counts as new. */
  start(now) {
    if (this.running) return;
    this.running = true;
    this.onItsWay = null;
    this.change(now);
  }

  /** Send nothing more: switched off, hidden, or without a connection. */
  stop() {
    this.running = false;
    this.onItsWay = null;
    this.arrivals = [];
    this.unheard = 0;
  }

  /** A stroke, the prompt or a setting changed. */
  change(now) {
    this.changed = true;
    this.settled = false;
    this.changedAt = now;
    this.notBefore = 0;
  }

  /** What should be sent now; null: nothing. @returns {"draft"|"refined"|null} */
  wanted(now) {
    if (!this.running || now < this.notBefore) return null;
    const lost = this.#lost(now);
    if (this.changed) {
      const waits = this.onItsWay?.kind === "draft" && !lost;
      return waits || now - this.sentAt < LEAST ? null : "draft";
    }
    if (this.onItsWay) return lost ? this.onItsWay.kind : null;
    return !this.settled && now - this.changedAt >= this.pause ? "refined" : null;
  }

  /** When `wanted` may answer otherwise without anything happening; Infinity: never. */
  wakeAt(now) {
    if (!this.running) return Infinity;
    const times = [];
    if (this.onItsWay) times.push(this.onItsWay.heardAt + this.patience + 1);
    if (this.changed && this.onItsWay?.kind !== "draft") times.push(this.sentAt + LEAST);
    if (!this.changed && !this.onItsWay && !this.settled) times.push(this.changedAt + this.pause);
    const soonest = Math.max(Math.min(Infinity, ...times), this.notBefore);
    return times.length ? Math.max(soonest, now) : Infinity;
  }

  /** Whether the picture that is shown has full quality. */
  get sharp() {
    return this.shown > 0 && this.settled;
  }

  get patience() {
    const usual = Math.max(PATIENCE, TIMES * this.took);
    return Math.max(usual, Math.min(LONGEST, usual * 2 ** this.unheard));
  }

  #lost(now) {
    return this.onItsWay !== null && now - this.onItsWay.heardAt > this.patience;
  }

  /** The board is being sent as `kind` as it is at this moment. @returns {Turn} */
  send(kind, now) {
    if (this.#lost(now)) this.unheard += 1;
    this.revision += 1;
    this.onItsWay = { revision: this.revision, kind, heardAt: now, sentAt: now };
    this.changed = false;
    this.sentAt = now;
    return { revision: this.revision, kind };
  }

  /** A frame came. @returns {boolean} whether it is newer than what is shown */
  frame({ revision, kind, done }, now) {
    const mine = this.onItsWay?.revision === revision;
    if (mine) this.onItsWay.heardAt = now;
    this.unheard = 0;
    if (revision < this.shown) return false;
    this.shown = revision;
    this.failures = 0;
    if (!done) return true;
    if (mine) {
      this.took = now - this.onItsWay.sentAt;
      this.onItsWay = null;
    }
    if (kind === "refined" && revision === this.revision && !this.changed) this.settled = true;
    this.arrived(now);
    return true;
  }

  /** A finished frame counts in `rate`. */
  arrived(now) {
    this.arrivals = [...this.arrivals.filter((at) => now - at < WINDOW), now];
  }

  /** What was sent came to nothing; `passing`: the same may work later, so it is tried again by itself. */
  failed(revision, passing, now) {
    if (this.onItsWay?.revision !== revision) return;
    this.onItsWay = null;
    if (!passing) {
      this.settled = true;
      return;
    }
    this.notBefore = now + Math.min(AGAIN_AT_MOST, AGAIN * 2 ** this.failures);
    this.failures += 1;
    this.changed = true;
    this.settled = false;
  }

  /** Finished frames a second, lately. */
  rate(now) {
    const lately = this.arrivals.filter((at) => now - at < WINDOW);
    return lately.length < 2 ? 0 : ((lately.length - 1) * 1000) / (lately.at(-1) - lately[0]);
  }
}
