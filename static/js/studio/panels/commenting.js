// The way to the comments of a board. They are fetched when its room is open, and shown when somebody asks for them.

import { find } from "#lib/dom";
import { later } from "#lib/later";
import { _ } from "#lib/words";

/** @param {import("./desk.js").Desk} desk @param {number} user who is here @returns {{comment: () => void, cheer: () => void}} for the keys */
export function commenting(desk, user) {
  const { board, cloud } = desk;
  const comments = later(
    () => import("#studio/room/comments"),
    (module) => new module.Comments({ room: cloud.room, board, me: user, tell: (text) => desk.tell(text) }),
  );
  cloud.onRoom((room) => room.addEventListener("welcome", () => comments.soon()));
  const comment = async () => {
    const part = cloud.room && (await comments.soon());
    if (part) part.toggle();
    else desk.tell(_("Comments can be made as soon as something is drawn and there is a connection."));
  };
  find("#comment-tool").addEventListener("click", comment);
  return { comment, cheer: () => comments.now?.cheer() };
}
