// A board with others in it, put together: who is here, where they are, what they draw and choose, and what one may do.

import { find } from "#lib/dom";
import { Cursors } from "#studio/room/cursors";
import { Following } from "#studio/room/following";
import { Inks } from "#studio/room/inks";
import { People } from "#studio/room/people";
import { Permits } from "#studio/room/permits";
import { SharedSettings } from "#studio/room/settings";
import { Telling } from "#studio/room/telling";

/**
 * @param {object} parts room, board, form, tools (the page's), and `tell(text)`
 * @param {import("./connection.js").Room} parts.room @param {import("../canvas/board.js").Board} parts.board
 */
export function together({ room, board, form, tools, tell }) {
  const inks = new Inks(room, board);
  const following = new Following(room, board, tell);
  const people = new People(room, inks, following);
  const cursors = new Cursors(room, board);
  const permits = new Permits(room, board, tell);
  const settings = new SharedSettings({ board, form, tools }, () => room.rights.role === null || room.rights.draw);
  board.addEventListener("opened", () => settings.follow(board.document));
  const telling = new Telling(room, board);
  // Who follows somebody shows them nothing new: two who follow each other would never come to rest.
  following.addEventListener("change", () => (telling.sees = following.page === null));
  find("#studio").dataset.room = "open";
  return { inks, following, people, cursors, permits, settings, telling };
}
