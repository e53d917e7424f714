// Puts the studio together: store, socket, board and panels. The only module that knows them all.

import { openDialog } from "#lib/dialog";
import { find, findAll, fromPage, oncePerFrame } from "#lib/dom";
import { fill, _ } from "#lib/words";
import { el } from "#lib/dom";
import { Actions } from "#studio/actions";
import { examplesFor } from "#studio/examples";
import { Live } from "#studio/live/live";
import { LivePanel } from "#studio/live/panel";
import { resultActs } from "#studio/panels/acts";
import { Cards } from "#studio/panels/cards";
import { ConnectionPanel } from "#studio/panels/connection";
import { Desk } from "#studio/panels/desk";
import { SettingsForm } from "#studio/panels/form";
import { bindKeys, table } from "#studio/panels/keys";
import { Origins } from "#studio/panels/origins";
import { upload } from "#studio/panels/inputs";
import { Photo } from "#studio/panels/photo";
import { Readings } from "#studio/panels/readings";
import { Filmstrip } from "#studio/panels/filmstrip";
import { Pinned } from "#studio/panels/pinned";
import { PriceLine } from "#studio/panels/price";
import { Announcer, Strip } from "#studio/panels/strip";
import { ToolPanel } from "#studio/panels/tools";
import { Tray } from "#studio/panels/tray";
import { Viewer } from "#studio/panels/viewer";
import { Store } from "#studio/store";
import { Recorder } from "#studio/timelapse/recorder";
import { Unsent } from "#studio/unsent";
import { entries, inView, isUnderWay, ofBoard } from "#studio/views";

const config = fromPage("studio-config");
const recipe = fromPage("studio-recipe");
const language = document.documentElement.lang;
const root = find("#studio");

const desk = new Desk(config);
const { board } = desk;
const store = new Store(desk.id);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const actions = new Actions(store, `${scheme}//${location.host}${config.socket}`);
const form = new SettingsForm(config);
const tools = new ToolPanel({ config, form, board });
const tray = new Tray(actions, `brushwire.tray.${config.user}.${desk.id}`);
const origins = new Origins(`brushwire.origins.${config.user}.${desk.id}`);
actions.parents = () => origins.parents;
const photo = new Photo({ board, form, tools, id: desk.id, user: config.user, upload });
tools.photo = photo;
const readings = new Readings({ form, tools, place: (file) => desk.take([file]), fail: (text) => fail(text) });
desk.offer = (file) => (photo.wanted ? false : readings.offer(file));
desk.instead = (files) => photo.wanted && photo.take(files).then(() => true);

let recorder = null; // from when the board is open on
let chosen = null; // the command that the person wants to look at; null: whatever is newest

const announcer = new Announcer(language);
const pinned = new Pinned(`brushwire.pinned.${config.user}.${desk.id}`, (command) => act.look(command), (text) => announcer.say(text));
const film = new Filmstrip(store);
const act = resultActs(
  { actions, store, board, form, tools, tray, pinned, film, origins, photo },
  {
    entryOf: (command) => entries(store).find((entry) => entry.command === command),
    look(command) {
      chosen = command;
      redraw();
    },
    redraw: () => redraw(),
    draw: () => show("draw"),
    fail: (text) => fail(text),
    whyNotSent: (error) => whyNotSent(error),
  },
);
const viewer = new Viewer(act, language);
const strip = new Strip((command) => act.look(command), language, () => film.earlier());
const cards = new Cards({ choose: (command) => strip.choose(command), cancel: (command) => act.cancel(act.entryOf(command)) }, language);
const price = new PriceLine({ form, tools, store });
const live = new Live({ board, form, tools, actions, store });
const livePanel = new LivePanel(live, {
  shown() {
    chosen = null; // a new frame brings the live picture back into view
    actions.shown();
    redraw();
  },
  turned: (on) => {
    root.dataset.live = on ? "on" : "off";
    redraw();
  },
  pinned: () => redraw(),
});
const connection = new ConnectionPanel(store, { retry: () => actions.socket.wake(), takeOver: () => actions.connect() });

// Making -------------------------------------------------------------------------------------------------------------

/** @param {(request: object) => string|null} send `actions.generate`, or the tray's way */
async function generate(send = (request) => actions.generate(request)) {
  const { name: tool } = tools;
  const refusal = tools.cannot();
  if (refusal) return fail(refusal);
  const params = form.read();
  if (!params) return undefined;
  fail(null);
  try {
    chosen = send({ tool, model: form.model.name, params, ...(await tools.gather()) });
  } catch (error) {
    return fail(whyNotSent(error));
  }
  if (chosen) show("picture");
  return undefined;
}

function whyNotSent({ code, message }) {
  if (!code) return _("This drawing is too large to send.");
  return message || _("The server cannot be reached.");
}

function fail(text) {
  const note = find("#form-error");
  note.textContent = text ?? "";
  note.hidden = !text;
}

function cancelNewest() {
  const running = store.active.at(-1) ?? entries(store).find((entry) => entry.state === "sending");
  if (running) act.cancel(running);
}

/** Once for each refusal: words at their fields, the rest above the button. */
function showRejection() {
  const { rejection } = store;
  if (!rejection) return;
  store.rejection = null;
  const fields = Object.fromEntries(Object.entries(rejection.fields ?? {}).filter(([, error]) => error.message));
  const homeless = form.showErrors(fields);
  if (rejection.id && chosen === rejection.id) chosen = null;
  if (rejection.id || !rejection.generation) fail(Object.keys(fields).length > homeless.length ? homeless.join(" ") || null : rejection.message);
  if (Object.keys(fields).length) show("draw");
}

// Showing ------------------------------------------------------------------------------------------------------------

const redraw = oncePerFrame(() => {
  showRejection();
  const all = entries(store);
  const own = ofBoard(all, desk.id);
  const current = inView(all, chosen, own);
  const online = store.connection.state === "online";
  viewer.draw(current, online);
  cards.draw(all, current?.command ?? null, online);
  livePanel.show(live.on && !chosen);
  find("#viewer").hidden = live.on && !chosen;
  pinned.draw(current?.command !== pinned.command || (live.on && !chosen));
  strip.draw(own, live.on && !chosen ? null : (current?.command ?? null), { more: film.more, pinned: pinned.command });
  announcer.draw(current);
  connection.draw();
  livePanel.draw();
  const dot = find("#tab-dot");
  dot.hidden = store.active.length === 0;
  actions.shown();
});

/** On a phone the drawing and the picture take turns; on wide screens both are always there. */
function show(view) {
  root.dataset.view = view;
  for (const button of findAll(".tabs button")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  redraw();
}

function shapeBoard({ width, height }) {
  if (width) board.shape(width, height);
}

function fillExamples() {
  const chips = examplesFor(language).map((text) =>
    el("button", { class: "chip", type: "button", onclick: () => (form.use({ prompt: text }), find("#field-prompt")?.focus()) }, text),
  );
  find("#examples").replaceChildren(...chips);
}

/** A work of the gallery: its settings, and what it began with as the picture to go on from. */
async function loadRecipe() {
  const { inputs, params, tool, model, missing, origin } = recipe;
  form.styles.choose(null); // its words are in the prompt already
  form.use({ ...params, model, locked: true });
  tools.choose(tool);
  origins.begin(origin);
  if (missing.length) desk.tell(missing.join(" "));
  const files = {};
  for (const [role, address] of Object.entries(inputs)) {
    const answer = await fetch(address);
    if (!answer.ok) return fail(fill(_("The drawing could not be loaded (%(status)s)."), { status: answer.status }));
    files[role] = await answer.blob();
  }
  if (photo.wanted && files.image) await photo.take([files.image], { hints: files.hints ?? null });
  else await board.startFrom(files.sketch ?? files.image ?? null, files.mask ?? null);
  return undefined;
}

// Joining it up ------------------------------------------------------------------------------------------------------

store.subscribe(redraw);
let online = false;
store.subscribe(({ connection: { state } }) => {
  if (!online && state === "online") film.refresh();
  online = state === "online";
});
pinned.addEventListener("change", redraw);
actions.onNotice = (event) => document.dispatchEvent(new CustomEvent("notice", { detail: event }));
board.addEventListener("change", () => {
  tools.update();
  price.soon();
  if (board.empty && root.dataset.ready) origins.boardEmptied();
});
form.addEventListener("size", (event) => shapeBoard(event.detail));
form.addEventListener("edit", () => fail(null));
form.addEventListener("values", () => livePanel.draw()); // not every tool and model can be drawn with live
find("#settings").addEventListener("submit", (event) => {
  event.preventDefault();
  generate();
});
for (const button of findAll(".tabs button")) button.addEventListener("click", () => show(button.dataset.view));
const help = async () => {
  openDialog(find("#keys"));
  const { offerOwnKeys } = await import("#studio/panels/rebinding");
  offerOwnKeys(keys);
};
find("#keys-button").addEventListener("click", help);
find("#board-help").addEventListener("click", () => {
  find("#board-menu").hidePopover();
  help();
});
find("#board-replay").addEventListener("click", async () => {
  find("#board-menu").hidePopover();
  const { openReplay } = await import("#studio/timelapse/replay");
  await recorder?.whenKept();
  await openReplay({ board, shelf: desk.keeper.shelf, title: desk.cloud.meta.title });
});
const variations = () => generate((request) => ("count" in request.params ? tray.open(request) : actions.generate(request)));
find("#variations").addEventListener("click", variations);
const keysFor = {
  ...desk.acts,
  generate: () => generate(),
  first: () => generate((request) => actions.generateFirst(request, (before, after) => tray.renamed(before, after))),
  variations,
  live: () => find("#live-switch").click(),
  cancel: () => desk.acts.escape() || cancelNewest(),
  stop: () => entries(store).filter(isUnderWay).forEach(act.cancel),
  prompts: (direction) => form.prompts.step(direction),
  weight: (area, direction) => form.weigh(area, direction),
  pin: () => find("[data-offer=pin]")?.click(),
  keep: () => find("#live:not([hidden]) #live-keep")?.click(),
  help,
  panel: () => root.toggleAttribute("data-wide"),
};
const keys = bindKeys(table(keysFor), keysFor.moving);
window.addEventListener("online", () => actions.socket.wake());
window.addEventListener("offline", () => actions.socket.sleep());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  actions.socket.wake();
  film.refresh();
});

fillExamples();
await form.styles.load();
if (await desk.open()) form.fit(board.size);
recorder = new Recorder({ board, live, store, shelf: desk.keeper.shelf });
shapeBoard(form.size);
if (recipe) await loadRecipe();
if (config.tool) tools.choose(config.tool);
tools.update();
if (config.input) {
  await desk.fetch(config.input.image);
  if (!board.empty) origins.add(config.input, "input");
}
// So that a reload goes on with what has been drawn since, and does not begin once more.
if (recipe || config.input || config.asked || config.tool) history.replaceState(null, "", location.pathname);
await new Unsent(`${config.user}.${desk.id}`, actions).bringBack();
redraw();
actions.connect();
root.dataset.ready = "true";
