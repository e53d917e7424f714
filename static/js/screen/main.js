// The big screen: a board's room shown large, or the one that a workshop's teacher has put in the spotlight.

import { find, fromPage } from "#lib/dom";
import { NoAnswer, ask } from "#lib/server";
import { _ } from "#lib/words";
import { Watcher } from "#boardwall/watcher";
import { Chrome } from "#screen/chrome";
import { Show } from "#screen/show";

// How often (ms) a workshop's screen asks which board is in the spotlight.
const LOOKS = 700;
// How long (ms) it waits before it asks once more for a place in a room that is full.
const TRIES_AGAIN = 10_000;
const config = fromPage("screen-config");
// On a workshop's screen a code to a pupil's board is shown only when it is asked for.
const chrome = new Chrome(config.workshop ? { kept: "brushwire.screen.workshop", join: false } : {});
let [show, link, away] = [null, null, "online"];

/** Put a board on the screen; null: none. */
function put(board) {
  if (show && show.board.id === board?.id) return;
  show?.stop();
  [show, link] = [null, null];
  if (board) {
    show = new Show(board);
    for (const name of ["state", "result"]) show.addEventListener(name, arrange);
    show.start();
  }
  arrange();
}

// Words for the states of a room in which there is nothing to be seen any more.
const ENDED = {
  removed: () => _("This board is not open to you any more."),
  deleted: () => _("This board was deleted."),
  closed: () => _("This board was closed by a moderator."),
  signed_out: () => _("You are logged out."),
  forbidden: () => _("This board is not open to you any more."),
  elsewhere: () => _("Too many pages of yours are open."),
};
const over = () => Boolean(show && ENDED[show.room.state]);

function arrange() {
  const shown = Boolean(show) && !over();
  find("#wait").hidden = shown;
  find("#main").hidden = !shown;
  if (show && over()) find("#wait-line").textContent = ENDED[show.room.state]();
  else if (config.workshop && !config.workshop.over) find("#wait-line").textContent = _("A board will be shown here soon.");
  find("#tool-view").hidden = !shown || !show.hasResult;
  if (shown) lay(show);
  note();
}

function lay(current) {
  const view = current.hasResult ? chrome.choice.view : "drawing";
  document.body.dataset.view = view;
  const [result, drawing, big, side] = ["#result", "#drawing", "#big", "#side"].map((id) => find(id));
  // Canvases keep what is painted on them when they are moved.
  const place = view === "both" ? side : big;
  if (drawing.parentElement !== place) place.append(drawing);
  drawing.hidden = view === "result";
  result.hidden = view === "drawing";
  const joinable = current.mayInvite && chrome.choice.join && Boolean(link?.qr);
  find("#main").classList.toggle("is-single", view !== "both");
  find("#main").classList.toggle("is-joinable", joinable);
  find("#join").hidden = !joinable;
  find("#tool-join").hidden = !current.mayInvite;
  if (current.mayInvite && chrome.choice.join && !link) offerLink(current);
}

/** The address to join at is asked for once it is to be seen: before that nobody needs it. */
async function offerLink(current) {
  link = { asked: true };
  try {
    const found = await ask("POST", current.board.link);
    if (current !== show) return;
    link = found;
    find("#join-qr").src = found.qr;
    find("#join-address").textContent = found.spoken;
    arrange();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    find("#join").hidden = true; // no link, no code: the screen shows the board all the same
  }
}

function note() {
  const state = show ? show.room.state : "online";
  if (state === "full") waitForPlace(show);
  const words = { reconnecting: _("Reconnecting …"), offline: _("No connection. It comes back by itself …"), full: _("The room is full. This screen waits for a place.") };
  const said = words[state] ?? (away === "offline" ? words.reconnecting : "");
  const line = find("#note");
  line.hidden = !said;
  if (said && line.textContent !== said) line.textContent = said;
}

function waitForPlace(current) {
  setTimeout(() => current === show && current.room.state === "full" && current.room.open(), TRIES_AGAIN);
}

chrome.addEventListener("change", arrange);
window.addEventListener("online", () => show?.room.wake());
window.addEventListener("offline", () => show?.room.sleep());
put(config.board);
if (config.workshop) {
  const trouble = (state) => {
    away = state;
    if (state === "out" || state === "gone") put(null);
    note();
  };
  const watcher = new Watcher(config.state, { every: LOOKS, onState: ({ board }) => put(board), onTrouble: trouble });
  watcher.start();
  new BroadcastChannel(config.channel).addEventListener("message", () => watcher.look());
}
