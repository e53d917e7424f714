// The button beside the board's name: how many people are here, and, when it is pressed, whom the board is shared with.

import { find } from "#lib/dom";
import { later } from "#lib/later";
import { _, fill } from "#lib/words";

export class ShareButton {
  /** @param {import("./desk.js").Desk} desk @param {{user: number, board: string|null, sharing: object|null}} config what the server said of this board */
  constructor(desk, config) {
    this.button = find("#board-share");
    this.number = find("#board-people");
    // This browser may have brought back another board than the server thought of.
    this.summary = desk.id === config.board ? config.sharing : null;
    this.dialog = later(
      () => import("#studio/panels/sharing"),
      ({ ShareDialog }) => new ShareDialog(desk, config.user),
    );
    const open = async () => {
      find("#board-menu").hidePopover();
      (await this.dialog.soon())?.open(this.button) ?? desk.tell(_("The server cannot be reached."));
    };
    this.button.addEventListener("click", open);
    find("#board-sharing").addEventListener("click", open);
    desk.cloud.onRoom?.((room) => {
      this.room = room;
      for (const event of ["people", "state", "rights"]) room.addEventListener(event, () => this.draw());
      this.draw();
    });
    this.draw();
  }

  draw() {
    const share = (this.room?.rights?.role ? this.room.rights : this.summary?.rights)?.share ?? true;
    const people = new Set([...(this.room?.people.values() ?? [])].map(({ user }) => user)).size;
    find("#board-name").readOnly = !share;
    find("span", this.button).textContent = share ? _("Share") : _("People");
    this.number.hidden = people < 2;
    this.number.textContent = people;
    this.button.title = people > 1 ? fill(_("%(number)s people are here"), { number: people }) : _("Draw together");
    this.button.dataset.shared = String(Boolean(people > 1 || this.summary?.shared));
  }
}
