// The button beside the board's name: when it is pressed, whom the board is shared with. Who is here stands beside it (room/people.js).

import { find } from "#lib/dom";
import { later } from "#lib/later";
import { _ } from "#lib/words";

export class ShareButton {
  /** @param {import("./desk.js").Desk} desk @param {{user: number, board: string|null, sharing: object|null}} config what the server said of this board */
  constructor(desk, config) {
    this.button = find("#board-share");
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
    desk.cloud.onRoom((room) => {
      this.room = room;
      for (const event of ["state", "rights", "board"]) room.addEventListener(event, () => this.draw());
      this.draw();
    });
    this.draw();
  }

  draw() {
    const share = (this.room?.rights?.role ? this.room.rights : this.summary?.rights)?.share ?? true;
    find("#board-name").readOnly = !share;
    find("span", this.button).textContent = share ? _("Share") : _("People");
    this.button.title = share ? _("Draw together") : _("People on this board");
    this.button.dataset.shared = String(Boolean(this.room?.board?.shared ?? this.summary?.shared));
  }
}
