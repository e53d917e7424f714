// A teacher's wall of boards: asks every two seconds what is new (mostly: nothing) and tells what the teacher does.

import { openDialog } from "#lib/dialog";
import { el, find, fromPage } from "#lib/dom";
import { NoAnswer, ask } from "#lib/server";
import { _, fill } from "#lib/words";
import { Tiles } from "#boardwall/tiles";
import { Watcher } from "#boardwall/watcher";

const config = fromPage("wall-config");
// The big screen in another window of this browser hears of a choice at once.
const channel = new BroadcastChannel(config.channel);
// How long an undo is offered, in milliseconds.
const OFFERED = 60_000;

const tiles = new Tiles(find("#tiles"), { open: config.open, act });
const watcher = new Watcher(config.state, { onState: show, onTrouble: trouble });
const buttons = { paused: find("#pause-all"), frozen: find("#freeze-all") };
let wall = config.wall;

function show(next) {
  wall = next;
  tiles.show(wall);
  press(buttons.paused, wall.paused, wall.paused ? _("Go on") : _("Pause everything"));
  press(buttons.frozen, wall.frozen, wall.frozen ? _("Let them draw") : _("Freeze drawing"));
  buttons.frozen.disabled = wall.paused;
  const state = find("#wall-state");
  state.className = wall.paused ? "badge badge-danger" : "badge badge-accent";
  say(state, wall.paused ? _("paused") : wall.frozen ? _("drawing is frozen") : "");
  find("#no-boards").hidden = wall.boards.length > 0;
  const lit = wall.boards.find((board) => board.lit);
  find("#wall-lit").hidden = !wall.spotlight;
  say(find("#wall-lit span"), lit ? fill(_("%(name)s is on the big screen"), { name: lit.who }) : _("A board is on the big screen"));
  waiting(wall.waiting);
}

/** Words are written only where they change: readers of the screen would be told again. */
function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
  node.hidden = !words;
}

function press(button, on, words) {
  button.setAttribute("aria-pressed", String(on));
  say(button.querySelector("span"), words);
}

function waiting(names) {
  const line = find("#wall-waiting");
  line.hidden = names.length === 0;
  if (line.dataset.names === names.join("\n")) return;
  line.dataset.names = names.join("\n");
  line.replaceChildren(line.firstElementChild, ...names.map((name) => el("span", { class: "badge", dir: "auto" }, name)));
}

/** Do `name` to a board, or to all where none is given. */
async function act(name, board = null) {
  if (name === "clear" && !(await surely(board))) return;
  const form = new FormData();
  form.append("act", name);
  // What is on the screen is taken off there, whoever's it is.
  const place = (board && name !== "dim" ? config.act.replace("all", board.id) : config.act) + new URL(config.state, location).search;
  try {
    const next = await ask("POST", place, form);
    watcher.forget();
    show(next);
    channel.postMessage("look");
    if (name === "clear") offer(fill(_("The board of %(name)s is clear."), { name: board.who }), () => act("bring_back", board));
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    offer(error.message || _("No answer. Please try again."));
  }
}

function surely(board) {
  const dialog = find("#ask-clear");
  const words = fill(_("Everything that %(name)s has drawn on it goes. A version is kept, and you can bring it back."), { name: board.who });
  find("#ask-clear-words").textContent = words;
  dialog.returnValue = "";
  openDialog(dialog);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "clear"), { once: true }));
}

/** Say something below, with a way back where there is one. */
function offer(words, undo = null) {
  const toast = el("div", { class: "toast wall-toast" }, el("span", {}, words));
  const gone = setTimeout(() => toast.remove(), OFFERED);
  const done = () => {
    clearTimeout(gone);
    toast.remove();
  };
  if (undo) {
    const back = () => {
      done();
      undo();
    };
    toast.append(el("button", { class: "button button-small", type: "button", onclick: back }, _("Undo")));
  }
  toast.addEventListener("click", (event) => event.target === toast && done());
  find("#wall-said").replaceChildren(toast);
}

function trouble(state) {
  const words = { offline: _("The connection is lost. It comes back by itself …"), out: _("You are logged out."), gone: _("You may not watch this any more.") };
  document.body.classList.toggle("is-away", state !== "online");
  if (state === "online") return show(wall);
  const badge = find("#wall-state");
  badge.className = "badge badge-danger";
  return say(badge, words[state]);
}

buttons.paused.addEventListener("click", () => act(wall.paused ? "go_on" : "pause"));
buttons.frozen.addEventListener("click", () => act(wall.frozen ? "unfreeze" : "freeze"));
find("#dim").addEventListener("click", () => act("dim"));
show(wall);
watcher.start();
setInterval(() => tiles.tick(), 10_000);
