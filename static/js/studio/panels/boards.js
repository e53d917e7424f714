// The board's name and whether it is saved; new, copy, earlier versions; and the question when two devices disagree.

import { el, find, icon } from "#lib/dom";
import { dashed } from "#lib/ids";
import { NoAnswer } from "#lib/server";
import { _, fill } from "#lib/words";

// Where a board is opened.
const PLACES = { drawing: "/studio/?board=", world: "/world/?board=" };
const STATES = () => ({
  local: [null, ""],
  gone: [null, ""],
  waiting: ["clock", _("Not saved yet")],
  saving: ["clock", _("Saving")],
  saved: ["cloud-check", _("Saved")],
  offline: ["cloud-off", _("Saved in this browser only, until the connection is back")],
  conflict: ["circle-alert", _("Changed on another device")],
  refused: ["circle-alert", _("Not saved on the server")],
});

export class BoardMenu {
  /** @param {import("../canvas/cloud.js").Cloud|import("../canvas/roomcloud.js").RoomCloud} cloud @param {(text: string) => void} tell */
  constructor(cloud, tell) {
    this.cloud = cloud;
    this.tell = tell;
    this.title = find("#board-title");
    this.name = find("#board-name");
    this.name.addEventListener("change", () => this.#try(() => cloud.rename(this.name.value)));
    this.name.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), find("#board-menu").hidePopover()));
    find("#board-new").addEventListener("click", () => this.#leave(() => "new"));
    find("#board-copy").addEventListener("click", () => this.#leave(() => cloud.duplicate()));
    find("#board-menu").addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#fillVersions());
    // Two devices on one drawing come together by themselves; of a world one has to stay.
    find("#keep-mine")?.addEventListener("click", () => this.#try(() => cloud.keepMine()));
    find("#take-theirs")?.addEventListener("click", () => this.#try(() => cloud.takeTheirs()));
    cloud.addEventListener("state", () => this.draw());
    cloud.onRoom?.((room) => room.addEventListener("restored", ({ detail: { by } }) => tell(by === room.you?.name ? _("This is the earlier version. What was there is kept among the versions.") : fill(_("%(name)s went back to an earlier version"), { name: by }))));
    this.draw();
  }

  draw() {
    const { state, meta, reason } = this.cloud;
    const [sign, text] = STATES()[state];
    const words = state === "refused" && reason ? reason : text;
    this.title.textContent = meta.title || _("Untitled");
    if (document.activeElement !== this.name) this.name.value = meta.title ?? "";
    const status = find("#board-state");
    status.dataset.state = state;
    if (status.title !== words) {
      status.title = words;
      status.replaceChildren(...(sign ? [icon(sign)] : []), el("span", { class: "visually-hidden" }, words));
      if (state === "refused") this.tell(words);
    }
    const conflict = find("#board-conflict");
    if (conflict) conflict.hidden = state !== "conflict";
    this.#screen(state);
  }

  /** The big screen shows what the server has: a board that is nowhere but here has none. Worlds never do. */
  #screen(state) {
    const screen = find("#board-screen");
    if (!screen) return;
    screen.hidden = state === "local" || state === "gone";
    screen.href = `/boards/${dashed(this.cloud.id)}/screen/`;
  }

  async #leave(to) {
    await this.#try(async () => {
      await this.cloud.save();
      await this.cloud.keeper.keep();
      location.assign(PLACES[this.cloud.board.kind] + (await to()));
    });
  }

  async #fillVersions() {
    const list = find("#board-versions");
    await this.#try(async () => {
      const found = await this.cloud.versions();
      const known = JSON.stringify(found);
      if (known === this.listed) return; // nothing is exchanged under the hand
      this.listed = known;
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      const rows = found.map(({ id, changed_at: changed }) => el("li", {}, el("button", { type: "button", onclick: () => this.#back(id) }, icon("history"), when.format(new Date(changed)))));
      list.replaceChildren(...rows);
      find("#no-versions").hidden = rows.length > 0;
    });
  }

  #back(version) {
    find("#board-menu").hidePopover();
    return this.#try(async () => {
      if (this.cloud.onRoom) return this.#look(version);
      await this.cloud.goBack(version);
      return this.tell(_("This is the earlier version. Undo brings the present one back."));
    });
  }

  /** A drawing may be several people's: one looks at what it was before everybody goes back to it. */
  async #look(version) {
    const { openVersions } = await import("#studio/timelapse/versions").catch(() => {
      throw new NoAnswer("offline");
    });
    await openVersions({ board: this.cloud.board, place: this.cloud.place, room: this.cloud.room, chosen: version });
  }

  async #try(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.tell(error.code === "offline" ? _("There is no connection right now. Please try again.") : error.message);
    }
  }
}
