// The live picture of a board that several people draw on: one for all. Asks for it through the room, shows what anybody asked for.

import { freshId } from "#lib/ids";
import { TooLarge } from "#studio/socket";
import { Kept } from "#studio/live/kept";
import { SharedPacer } from "#studio/live/sharedpacing";
import { _, fill } from "#lib/words";

const DRAWING = ["draw", "owner"];

/**
 * From now on the live picture goes through the room for as long as somebody else can see the board.
 * @param {object} parts `room` (room/connection.js), `live`, `panel`, `actions`, `say(text)`: read out
 */
export function shareLive({ room, live, panel, actions, say }) {
  const way = new RoomWay(room, live, actions);
  const kept = new Kept(room, way, say);
  const turn = () => {
    const shared = Boolean(room.you) && isShared(room);
    if (shared !== (live.way === way)) {
      // The switch goes along: what one had on alone is on for all, and the other way round.
      const on = live.on;
      live.through(shared ? way : null);
      if (shared && on && !way.on && way.may) way.turn(true);
      else live.set(shared ? way.on : on);
    }
    kept.show(shared);
    panel.share(shared ? way : null, askedBy);
    live.look();
  };
  for (const type of ["welcome", "people", "board", "rights", "state"]) room.addEventListener(type, turn);
  turn();
}

/** Whether anybody else can see the board, or does. */
const isShared = ({ board, you, people }) => Boolean(board.shared) || board.owner !== you.user || [...people.values()].some(({ user }) => user !== you.user);

/** How live drawing reaches the server here; see Live's own. */
export class RoomWay {
  constructor(room, live, actions) {
    Object.assign(this, { room, live, actions });
    this.shared = true;
    this.on = false;
    /** Whose change the picture shows: {page, name}. */
    this.asked = null;
    /** The frame that is shown: its seed keeps the picture as it is. */
    this.seed = null;
    this.pacer = new SharedPacer(
      () => room.seq,
      () => this.rank,
    );
    const here = (hear) => ({ detail }) => live.way === this && hear(detail);
    room.addEventListener("welcome", () => this.#look());
    room.addEventListener("live", ({ detail }) => this.#switched(detail));
    room.addEventListener("taken", here(({ revision, number }) => this.pacer.taken(revision, number)));
    room.addEventListener("draw_failed", here((event) => live.take(event)));
    room.addEventListener("rejected", here((event) => this.#rejected(event)));
    room.addEventListener("frame", ({ detail }) => this.#frame(detail));
    this.#look();
  }

  get online() {
    return this.room.online;
  }

  /** Whether this page asks for pictures: who watches never does. */
  get may() {
    return Boolean(this.room.rights.draw) && this.live.hindrance === null;
  }

  get mayPin() {
    return Boolean(this.room.rights.pin);
  }

  get words() {
    return this.room.rights.draw ? _("Draw, and the picture follows.") : _("The picture comes when somebody draws.");
  }

  /** What the switch is for, and who pays. */
  get title() {
    const { board, you } = this.room;
    const follows = _("One picture for all follows while anybody draws");
    return board.payer === "owner" && board.owner !== you?.user ? `${follows}. ${fill(_("%(name)s pays for it."), { name: board.owner_name })}` : follows;
  }

  /** This page's place among those who may draw. */
  get rank() {
    const drawing = [...this.room.people.values()].filter(({ role }) => DRAWING.includes(role)).map(({ page }) => page);
    return Math.max(0, drawing.sort().indexOf(this.room.you?.page));
  }

  turn(on) {
    this.on = on;
    this.room.send({ type: "live", on });
  }

  draw(command, turn, bytes) {
    return this.#sent({ type: "draw", ...command, ...turn, seq: this.room.seq }, bytes) !== "too_large";
  }

  /** Keep the picture: the drawing as it is, with the seed of what is shown. @returns {Promise<string|null>} its name */
  async pin() {
    const { live } = this;
    const question = live.question();
    const [role] = Object.keys(live.tools.of(question.tool).inputs);
    if (!question.params) return this.#complain(_("Please check the marked fields."));
    const bytes = role ? await live.drawing() : null;
    const id = freshId();
    const params = { ...question.params, ...(this.seed !== null && { seed: this.seed }) };
    const sent = this.#sent({ type: "pin", id, ...question, params, ...(bytes && { attached: role }), parents: this.actions.parents() }, bytes);
    if (sent === "too_large") return this.#complain(_("This drawing is too large to send."));
    return sent ? id : this.#complain(_("No connection. It goes on by itself."));
  }

  shown() {
    this.room.send({ type: "seen", frames: 1 });
  }

  // ------------------------------------------------------------------------------------------------------------------

  /** How it is now: whoever comes in, or comes back, sees the picture at once. */
  #look() {
    this.room.send({ type: "live" });
  }

  #sent(header, bytes) {
    try {
      return this.room.send(header, bytes);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      return "too_large";
    }
  }

  #complain(text) {
    this.live.complain(text);
    return null;
  }

  #switched({ on }) {
    this.on = on;
    if (this.live.way === this) this.live.set(on);
  }

  #frame({ asked, bytes, ...header }) {
    if (this.live.way !== this) return this.shown();
    const mine = asked.page === this.room.you?.page;
    if (header.number >= this.pacer.shown) Object.assign(this, { asked: { ...asked, mine }, seed: header.seed });
    return this.live.take({ ...header, revision: asked.revision, seq: asked.seq, mine }, bytes);
  }

  #rejected({ about, revision, code, message, fields }) {
    if (about === "draw") this.live.take({ type: "rejected", revision, code, message, fields });
    if (about === "live" || about === "pin") this.live.complain(message);
    if (about === "live") this.#switched({ on: !this.on });
  }
}

/** Whose change the picture shows, in words. */
const askedBy = (asked) => (!asked ? "" : asked.mine ? _("Last drawn by you") : fill(_("Last drawn by %(name)s"), { name: asked.name }));
