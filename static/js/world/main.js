// Puts the world's page together: document, keeping, picture, hands and panels. The only module that knows them all.

import { openDialog } from "#lib/dialog";
import { find, findAll, fromPage } from "#lib/dom";
import { _ } from "#lib/words";
import { bindKeys } from "#studio/panels/keys";
import { Keeping } from "#studio/panels/keeping";
import { Around } from "#world/around";
import { MAX_THINGS, degrees } from "#world/document";
import { Inspector } from "#world/inspector";
import { worldTable } from "#world/keys";
import { Maker } from "#world/maker";
import { Picker } from "#world/picker";
import { Things } from "#world/things";
import { World } from "#world/world";

const config = fromPage("world-config");
const root = find("#world");
const space = find("#world-space");
const NOTE_FOR = 6000;
// One press of an arrow: metres, degrees, and a factor.
const [STEP, TURN, GROW] = [0.05, 5, 1.05];

const world = new World();
const keeping = new Keeping(world, config, {
  lastAs: `brushwire.world.${config.user}`,
  full: _("This browser has no room to keep your world. Do not close this page before it is saved."),
  tell,
});
/** The picture in space and the hands on it; null where the browser has no WebGL. */
const spatial = await openSpace();
const { stage = null, builder = null, walker = null } = spatial ?? {};

const inspector = new Inspector(world, {
  preview: (thing) => stage?.preview(thing),
  ground: () => act.ground(),
  focus: () => act.focus(),
  duplicate: () => act.duplicate(),
  remove: () => act.remove(),
});
const around = new Around(world);
const things = new Things(world, { flat: !stage, stateOf: (work) => stage?.models.of(work).state ?? "ready", focus: () => act.focus() });
const picker = new Picker(place);
const maker = new Maker(world, config, { id: keeping.id, title: () => keeping.cloud.meta.title ?? "", summary: () => stage?.summary() ?? { triangles: 0, loading: false }, tell });

const walking = () => walker?.on ?? false;

/** What buttons and keys do. */
const act = {
  undo: () => world.undo(),
  redo: () => world.redo(),
  move: () => mode("move"),
  rotate: () => mode("turn"),
  size: () => mode("size"),
  snap: () => snapping(!builder?.snapping),
  focus: () => builder?.focus(),
  ground() {
    const { thing } = world;
    if (!thing) return;
    const [x, , z] = thing.position;
    world.set({ position: [x, stage ? stage.groundedHeight(thing) : 0, z] });
  },
  duplicate() {
    if (world.thing && !world.duplicate()) tell(_("This world is full."));
  },
  remove: () => world.remove(),
  step(by) {
    const all = world.things;
    const at = all.findIndex(({ id }) => id === world.chosen);
    if (all.length) world.choose(all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length].id);
  },
  nudge,
  walk: () => walk(!walking()),
  escape: () => (walking() ? walk(false) : world.choose(null)),
  make: () => maker.open(),
  help: async () => {
    openDialog(find("#keys"));
    const { offerOwnKeys } = await import("#studio/panels/rebinding");
    offerOwnKeys(keys);
  },
};
const keys = bindKeys(worldTable(act, walking), () => undefined);

// Doing --------------------------------------------------------------------------------------------------------------

async function place({ id: work, name }) {
  if (world.things.length >= MAX_THINGS) return tell(_("This world is full."));
  const where = stage ? await stage.placeFor(work) : { position: [world.things.length % 10, 0, Math.floor(world.things.length / 10)], scale: 1 };
  if (!world.place({ work, name, ...where })) tell(_("This world is full."));
  return undefined;
}

/** The chosen thing a step on, as the mode is. Left, right, near and far are as they are seen. */
function nudge([right, up, near], far) {
  const { thing } = world;
  if (!thing) return;
  const by = far ? 10 : 1;
  const [x, y, z] = thing.position;
  const kind = up ? "move" : (builder?.mode ?? "move");
  if (kind === "turn") return world.set({ turn: thing.turn.map((value, n) => (n === 1 ? degrees(value + (right || near) * TURN * (far ? 3 : 1)) : value)) });
  if (kind === "size") return world.set({ scale: thing.scale * GROW ** ((right - near) * by) });
  const step = (builder?.snapping ? 0.25 : STEP) * by;
  // To the nearest of the ground's four directions: what is pushed straight stays straight.
  const turn = stage ? (Math.round(Math.atan2(stage.camera.position.x - stage.target.x, stage.camera.position.z - stage.target.z) / (Math.PI / 2)) * Math.PI) / 2 : 0;
  const [sin, cos] = [Math.round(Math.sin(turn)), Math.round(Math.cos(turn))];
  world.set({ position: [x + (right * cos + near * sin) * step, y + up * step, z + (near * cos - right * sin) * step] });
}

function mode(name) {
  if (!builder) return;
  builder.mode = name;
  for (const button of findAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
}

function snapping(on) {
  if (!builder) return;
  builder.snapping = on;
  find("#snap").setAttribute("aria-pressed", String(on));
}

function walk(on) {
  if (!walker || walker.on === on) return;
  world.choose(null);
  builder.turn(!on);
  walker.turn(on);
  if (!on) builder.turn(true);
  root.dataset.mode = on ? "walk" : "build";
  for (const button of findAll("[data-way]")) button.setAttribute("aria-pressed", String((button.dataset.way === "walk") === on));
  if (on) space.focus({ preventScroll: true });
}

function tell(text) {
  const note = find("#board-note");
  note.textContent = text;
  note.hidden = !text;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => (note.hidden = true), NOTE_FOR);
}

/** On a phone the panels take turns; on wide screens all are there. */
function show(view) {
  root.dataset.view = view;
  for (const button of findAll(".world-tabs button")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
}

async function openSpace() {
  try {
    const probe = document.createElement("canvas").getContext("webgl2");
    if (!probe) return null;
    const named = probe.getExtension("WEBGL_debug_renderer_info");
    const slow = /swiftshader|llvmpipe|software/i.test(named ? probe.getParameter(named.UNMASKED_RENDERER_WEBGL) : "");
    const [{ Stage }, { Builder }, { Walker }] = await Promise.all([import("#world/stage"), import("#world/builder"), import("#world/walker")]);
    const opened = new Stage(space, world, slow);
    return { stage: opened, builder: new Builder(opened, world), walker: new Walker(opened, world) };
  } catch (error) {
    // A graphics card that is switched off, or lost: everything but the picture works.
    console.warn("no picture in space:", error);
    return null;
  }
}

function draw() {
  find("#undo").disabled = !world.history.canUndo;
  find("#redo").disabled = !world.history.canRedo;
  find("#world-empty").hidden = !world.blank;
}

// Joining it up ------------------------------------------------------------------------------------------------------

root.toggleAttribute("data-flat", !stage);
find("#world-flat").hidden = Boolean(stage);
world.addEventListener("change", draw);
world.addEventListener("choice", () => world.chosen && show("things"));
stage?.models.addEventListener("arrived", () => things.draw());
window.addEventListener("online", () => stage?.models.again());
builder?.addEventListener("told", ({ detail }) => inspector.draw(detail));
around.preview = (shown) => {
  stage?.surrounds.show(shown);
  stage?.draw();
};
for (const [id, run] of Object.entries({ undo: act.undo, redo: act.redo, snap: act.snap, look: act.focus, "keys-button": act.help, "board-help": act.help })) {
  find(`#${id}`).addEventListener("click", () => {
    if (id === "board-help") find("#board-menu").hidePopover();
    run();
  });
}
for (const button of findAll("[data-tool]")) button.addEventListener("click", () => mode(button.dataset.tool));
for (const button of findAll("[data-way]")) button.addEventListener("click", () => walk(button.dataset.way === "walk"));
for (const button of findAll(".world-tabs button")) button.addEventListener("click", () => show(button.dataset.view));
find("#world-empty-models").addEventListener("click", () => {
  show("models");
  find("#models-words").focus();
});

await keeping.open();
if (config.document && world.blank) world.do({ do: "replace", drawing: config.document });
if (config.place) await place(config.place);
// So that a reload goes on with what has been placed since, and does not begin once more.
if (config.asked || config.place || config.document) history.replaceState(null, "", location.pathname);
draw();
if (!world.blank) builder?.focus();
picker.begin();
await maker.begin();
root.dataset.ready = "true";
