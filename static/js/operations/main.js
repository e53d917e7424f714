// The operations page: hears a snapshot every second over the studio's own socket and draws it. While the page is out of
// sight it does not watch.

import { find, fromPage } from "#lib/dom";
import { _ } from "#lib/words";
import { write } from "#operations/rows";
import { draw } from "#operations/sections";
import { WATCH_LASTS } from "#studio/protocol";
import { Socket } from "#studio/socket";

const live = find("#live");
const watch = (on) => ({ type: "watch", what: "operations", on });
const scheme = location.protocol === "https:" ? "wss" : "ws";

const socket = new Socket(`${scheme}://${location.host}/ws/studio/`, {
  onEvent: (event) => {
    if (event.type === "operations") {
      draw(event.snapshot);
      show("online");
    } else if (event.type === "rejected") show("forbidden");
  },
  onState: (state) => state !== "online" && show(state),
  lastSeq: () => null,
  pending: () => (document.hidden ? [] : [[watch(true)]]),
});

function show(state) {
  live.dataset.state = state;
  const words = { online: _("Live: every second"), forbidden: _("You may not watch this any more."), elsewhere: _("Too many pages of yours are open.") };
  write(find("#live-words"), words[state] ?? _("The connection is lost. It comes back by itself …"));
}

draw(fromPage("snapshot"));
socket.connect();
setInterval(() => !document.hidden && socket.send(watch(true)), (WATCH_LASTS * 1000) / 2);
document.addEventListener("visibilitychange", () => socket.send(watch(!document.hidden)));
window.addEventListener("online", () => socket.wake());
window.addEventListener("offline", () => socket.sleep());
