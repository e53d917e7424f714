// When a page asks for the one live picture of a board that several people draw on. Pure; times are in ms.
//
// Who changes the drawing asks, for all; nobody else does. Where two draw at once each asks once more when the other's change
// has come, so that the picture on which it settles has everything. What somebody else asked for later is an answer, too. Where
// whoever drew last does not ask (they are gone, or the server changed the board), the first of the others does after a while.

import { Pacer, REFINE_AFTER } from "#studio/live/pacing";

/** A stranger's change so soon after one's own: neither may have been in the other's picture. */
export const CONTESTED = 1000;
/** Of two who drew at once the second waits so much longer to refine: mostly it need not any more. */
const STAGGER = 600;
/** Those who would ask in a stranger's place do so one after the other, this far apart. */
const APART = 1500;

export class SharedPacer extends Pacer {
  /** @param {() => number} seq the newest change of the board that is here @param {() => number} rank this page among those who may draw, from 0 */
  constructor(seq, rank) {
    super();
    Object.assign(this, { seq, rank });
    this.ownAt = -Infinity;
    /** When this page asks in the place of others; Infinity: never. */
    this.heirAt = Infinity;
    /** Somebody else's full picture of all that is here is on its way: this page waits for it until then. */
    this.holdUntil = 0;
    /** The newest change that the full picture shown has in it. */
    this.covers = -1;
    this.finished = 0;
    this.full = false;
  }

  get sharp() {
    return this.full;
  }

  /** Begin or go on. Who comes in or comes back asks only for what they changed meanwhile. */
  start(_now) {
    if (this.running) return;
    this.running = true;
    this.onItsWay = null;
  }

  change(now) {
    super.change(now);
    Object.assign(this, { ownAt: now, heirAt: Infinity, holdUntil: 0, pause: REFINE_AFTER });
  }

  /** Somebody else changed the board, and asks for the picture of it. */
  theirs(now) {
    if (now - this.ownAt < CONTESTED) {
      super.change(now);
      this.pause = REFINE_AFTER + (this.rank() > 0 ? STAGGER : 0);
      return;
    }
    if (!this.changed) this.settled = true;
    this.heirAt = this.#heirFrom(now);
  }

  wanted(now) {
    const idle = this.running && !this.changed && !this.onItsWay && now >= this.notBefore;
    if (idle && now < this.holdUntil) return null;
    if (idle && now >= this.heirAt) {
      if (this.covers < this.seq() || !this.full) return "refined";
      this.heirAt = Infinity;
    }
    return super.wanted(now);
  }

  wakeAt(now) {
    const at = super.wakeAt(now);
    if (!this.running || this.changed || this.onItsWay) return at;
    const next = Math.min(at, Math.max(this.heirAt, this.notBefore));
    return next === Infinity ? next : Math.max(now, next, this.holdUntil);
  }

  send(kind, now) {
    this.heirAt = Infinity;
    this.settled = false;
    return super.send(kind, now);
  }

  /** The server has numbered what this page asked for, among what all ask for. */
  taken(revision, number) {
    if (this.onItsWay?.revision !== revision) return;
    this.onItsWay.number = number;
    if (this.finished < number) return;
    this.onItsWay = null; // a later one was here before this word
    if (this.full && this.covers >= this.seq() && !this.changed) this.settled = true;
  }

  /**
   * A frame came, whoever asked for it. `mine`: this page, with its `revision`; `seq`: the newest change that is in it.
   * @returns {boolean} whether it is newer than what is shown
   */
  frame({ revision, number, seq, mine, kind, done }, now) {
    const waiting = this.onItsWay;
    const own = mine && waiting?.revision === revision;
    const answers = own || (waiting?.number !== undefined && number >= waiting.number);
    if (answers) waiting.heardAt = now;
    this.unheard = 0;
    if (number < this.shown) return false;
    this.shown = number;
    this.failures = 0;
    if (this.heirAt < Infinity) this.heirAt = this.#heirFrom(now);
    const whole = mine ? revision === this.revision : seq >= this.seq();
    const full = kind === "refined";
    if (!done) {
      if (full && whole && !mine) this.holdUntil = now + this.patience;
      return true;
    }
    this.finished = number;
    this.holdUntil = 0;
    this.full = full;
    if (full) this.covers = Math.max(this.covers, seq);
    if (answers) {
      if (own) this.took = now - waiting.sentAt;
      this.onItsWay = null;
    }
    // A draft of one's own that is still on its way takes this picture's place: it will have to be refined.
    if (full && whole && !this.changed && !this.onItsWay) this.settled = true;
    // And whoever asked for the draft that is shown may be gone before they refine it.
    if (!full && !mine) this.heirAt = this.#heirFrom(now);
    this.arrived(now);
    return true;
  }

  #heirFrom(now) {
    return now + this.patience + APART * this.rank();
  }
}
