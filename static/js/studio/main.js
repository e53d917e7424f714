// Puts the studio together: store, socket, board and settings, and fetches the rest of it when it is there and when it is
// needed. The only module that knows them all.

import { openDialog } from "#lib/dialog";
import { find, findAll, fromPage, oncePerFrame } from "#lib/dom";
import { fill, _ } from "#lib/words";
import { el } from "#lib/dom";
import { later } from "#lib/later";
import { Actions } from "#studio/actions";
import { examplesFor } from "#studio/examples";
import { commenting } from "#studio/panels/commenting";
import { ConnectionPanel } from "#studio/panels/connection";
import { Desk } from "#studio/panels/desk";
import { SettingsForm } from "#studio/panels/form";
import { bindKeys, table } from "#studio/panels/keys";
import { Origins } from "#studio/panels/origins";
import { upload } from "#studio/panels/inputs";
import { ShareButton } from "#studio/panels/share";
import { ToolPanel } from "#studio/panels/tools";
import { Store } from "#studio/store";
import { Unsent } from "#studio/unsent";
import { entries, isUnderWay } from "#studio/views";

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
const origins = new Origins(`brushwire.origins.${config.user}.${desk.id}`);
actions.parents = () => origins.parents;
const photo = later(
  () => import("#studio/panels/photo"),
  ({ Photo }) => new Photo({ board, form, tools, id: desk.id, user: config.user, upload }),
);
tools.photo = photo;
const readings = later(
  () => import("#studio/panels/readings"),
  ({ Readings }) => new Readings({ form, tools, place: (file) => desk.take([file]), fail }),
);
desk.offer = async (file) => !tools.onPhoto && Boolean(await (await readings.soon())?.offer(file));
desk.instead = takePhoto;

let chosen = null; // the command that the person wants to look at; null: whatever is newest

let open = null;
const opened = new Promise((resolve) => (open = resolve));
const picture = later(
  () => opened.then(() => import("#studio/picture")), // what it notes for the time-lapse begins with the board as it was kept
  ({ PictureHalf }) =>
    new PictureHalf(
      { desk, store, actions, form, tools, origins, photo, user: config.user, language },
      {
        look(command) {
          chosen = command;
          redraw();
        },
        redraw: () => redraw(),
        draw: () => show("draw"),
        fail,
        whyNotSent,
        turned(on) {
          root.dataset.live = on ? "on" : "off";
          redraw();
        },
      },
    ),
);
new ShareButton(desk, config);
const together = later(
  () => opened.then(() => import("#studio/room/together")),
  (module) => module.together({ room: desk.cloud.room, board, form, tools, tell: (text) => desk.tell(text) }),
);
desk.cloud.onRoom((room) => ["welcome", "bye"].forEach((word) => room.addEventListener(word, () => together.soon())));
const connection = new ConnectionPanel(store, { retry: () => actions.socket.wake(), takeOver: () => actions.connect() });

// Making -------------------------------------------------------------------------------------------------------------

/** @param {(request: object) => string|null|Promise<string|null>} send `actions.generate`, or the tray's way */
async function generate(send = (request) => actions.generate(request)) {
  const { name: tool } = tools;
  const refusal = tools.cannot();
  if (refusal) return fail(refusal);
  const params = form.read();
  if (!params) return undefined;
  fail(null);
  try {
    chosen = await send({ tool, model: form.model.name, params, ...(await tools.gather()) });
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
  if (running) actions.stop(running);
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
  connection.draw();
  find("#tab-dot").hidden = store.active.length === 0;
  if (picture.now) picture.now.draw(chosen);
  else if (root.dataset.ready) picture.soon().then((half) => half && redraw());
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
  if (tools.onPhoto && files.image) await takePhoto([files.image], { hints: files.hints ?? null });
  else await board.startFrom(files.sketch ?? files.image ?? null, files.mask ?? null);
  return undefined;
}

/** A picture that comes while photos are worked on. @returns {Promise<boolean>} whether it was taken as one */
async function takePhoto(files, about) {
  if (!tools.onPhoto) return false;
  const card = await photo.soon();
  if (card) await card.take(files, about);
  else desk.tell(_("The server cannot be reached."));
  return true;
}

// Joining it up ------------------------------------------------------------------------------------------------------

store.subscribe(redraw);
actions.onNotice = (event) => document.dispatchEvent(new CustomEvent("notice", { detail: event }));
board.addEventListener("change", () => {
  form.quietly(() => tools.update()); // the board did it, on everybody's page
  if (board.empty && root.dataset.ready) origins.boardEmptied();
});
form.addEventListener("size", (event) => shapeBoard(event.detail));
form.addEventListener("edit", () => fail(null));
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
  await (await picture.soon())?.recorder.whenKept();
  await openReplay({ board, id: desk.id, shelf: desk.keeper.shelf, title: desk.cloud.meta.title });
});
const variations = () => generate(async (request) => ("count" in request.params ? (await picture()).tray.open(request) : actions.generate(request)));
find("#variations").addEventListener("click", variations);
const keysFor = {
  ...desk.acts,
  ...commenting(desk, config.user),
  generate: () => generate(),
  first: () => generate((request) => actions.generateFirst(request, async (before, after) => (await picture.soon())?.tray.renamed(before, after))),
  variations,
  live: async () => (await picture.soon()) && find("#live-switch").click(),
  cancel: () => desk.acts.escape() || cancelNewest(),
  stop: () => entries(store).filter(isUnderWay).forEach((entry) => actions.stop(entry)),
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
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && actions.socket.wake());
find("#read-settings").addEventListener("click", () => find("#reading-file").click());
find("#reading-file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  const reader = await readings.soon();
  if (reader) await reader.open(file);
  else fail(_("The server cannot be reached."));
});

fillExamples();
await form.styles.load();
if (await desk.open()) form.fit(board.size);
shapeBoard(form.size);
if (recipe) await loadRecipe();
if (config.tool) tools.choose(config.tool);
tools.update();
if (config.input) {
  await desk.fetch(config.input.image);
  if (!board.empty) origins.add(config.input, "input");
}
// So that a reload goes on with what has been drawn since, and does not begin once more.
// Somebody else's board is opened again: without its name in the address it would be one's own.
const foreign = config.asked && config.sharing?.rights.own === false;
if (recipe || config.input || config.asked || config.tool) history.replaceState(null, "", foreign ? `${location.pathname}?board=${config.board}` : location.pathname);
await new Unsent(`${config.user}.${desk.id}`, actions).bringBack();
actions.connect();
root.dataset.ready = "true";
open();
performance.mark("studio-ready"); // what was fetched until here is the first load (tests/browser/test_access.py)
redraw();
for (const part of [readings, photo]) (globalThis.requestIdleCallback ?? setTimeout)(() => part.ahead());
