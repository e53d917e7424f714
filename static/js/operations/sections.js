// The sections of the operations page: a snapshot in, elements out. Texts only: what people named themselves is no markup.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { button, timeline } from "#operations/acts";
import { rows, write } from "#operations/rows";
import { alarm, bytes, ENDS, number, STATES, time } from "#operations/words";

const cells = (n) => Array.from({ length: n }, () => el("td"));
const sum = (lanes) => Object.values(lanes).reduce((all, each) => all + each, 0);

function makeAlarm() {
  const words = el("span");
  const node = el("p", { class: "message" }, icon("triangle-alert"), words);
  const update = (told) => {
    node.classList.toggle("message-error", told.level === "grave");
    node.classList.toggle("message-warning", told.level !== "grave");
    write(words, alarm(told));
  };
  return { node, update };
}

function makeTile() {
  const name = el("dt");
  const value = el("dd");
  const node = el("div", { class: "card ops-tile" }, name, value);
  return { node, update: (tile) => (write(name, tile.name), write(value, tile.value)) };
}

/** A bar with its words: what is used of what there is. */
function makeBar(label) {
  const words = el("span", { class: "ops-bar-words" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": label });
  const node = el("div", { class: "ops-bar" }, el("span", {}, label), words, bar);
  const update = (used, all, text) => {
    node.hidden = !all;
    bar.max = all || 1;
    bar.value = used;
    write(words, text);
  };
  return { node, update };
}

function makeWorker(first) {
  const state = el("span", { class: "badge" });
  const about = el("p", { class: "muted small" });
  const device = makeBar(_("Memory of the device"));
  const batch = makeBar(_("Pictures in a step"));
  const hands = makeBar(_("Generations in hand"));
  const held = el("p", { class: "muted small" });
  const models = el("ul", { class: "ops-models", role: "list", "aria-label": _("Models in memory") });
  const acts = Object.fromEntries(["drain", "go_on", "forget"].map((act) => [act, button(act, first.name, first.name)]));
  const node = el("article", { class: "card ops-worker", role: "listitem" },
    el("div", { class: "ops-worker-head" }, el("h3", {}, first.name), state), about, hands.node, batch.node, device.node, held, models,
    el("div", { class: "button-row" }, ...Object.values(acts)));
  const update = (worker) => {
    node.dataset.state = worker.state;
    write(state, STATES()[worker.state] ?? worker.state);
    state.className = `badge ${{ ready: "badge-accent", busy: "badge-accent", silent: "badge-danger" }[worker.state] ?? ""}`;
    write(about, [worker.queues.join(", "), worker.device, worker.version].filter(Boolean).join(" · "));
    hands.update(worker.running.length, worker.most, fill(_("%(now)s of %(most)s"), { now: worker.running.length, most: worker.most }));
    batch.update(Math.min(worker.rows, worker.most), worker.has_device ? worker.most : 0, number(worker.rows));
    device.update(worker.device_memory, worker.device_total, fill(_("%(now)s of %(most)s"), { now: bytes(worker.device_memory), most: bytes(worker.device_total) }));
    write(held, fill(_("The process holds %(own)s, its engine %(engine)s."), { own: bytes(worker.memory), engine: bytes(worker.engine_memory) }));
    if (models.dataset.names !== worker.models.join()) {
      models.dataset.names = worker.models.join();
      models.replaceChildren(...worker.models.map((name) => el("li", { class: "badge" }, name)));
    }
    acts.drain.hidden = worker.drained || worker.state === "silent";
    acts.go_on.hidden = !worker.drained || worker.state === "silent";
    acts.forget.hidden = worker.state !== "silent";
  };
  return { node, update };
}

function makeQueue(first) {
  const [waits, bulk, running, oldest, work, workers] = cells(6);
  const paused = el("span", { class: "badge" }, icon("pause"), _("paused"));
  const acts = { pause: button("pause", first.name, first.name), resume: button("resume", first.name, first.name) };
  const node = el("tr", { "data-queue": first.name }, el("th", { scope: "row" }, first.name, " ", paused), waits, bulk, running, oldest, work, workers, el("td", { class: "ops-acts" }, acts.pause, acts.resume));
  const update = (queue) => {
    write(waits, number(queue.waiting.interactive));
    write(bulk, number(queue.waiting.bulk));
    write(running, number(queue.running));
    write(oldest, sum(queue.waiting) ? time(queue.oldest) : "–");
    write(work, queue.work ? fill(_("%(work)s, %(backlog)s each"), { work: time(queue.work), backlog: time(queue.backlog) }) : "–");
    write(workers, fill(_("%(now)s, wanted %(wanted)s"), { now: number(queue.workers), wanted: number(queue.wanted) }));
    paused.hidden = acts.resume.hidden = !queue.paused;
    paused.title = queue.paused_why;
    acts.pause.hidden = Boolean(queue.paused);
    node.classList.toggle("is-paused", Boolean(queue.paused));
  };
  return { node, update };
}

const what = (row) => `${row.tool} · ${row.model}`;

function makeRunning(first) {
  const far = el("span");
  const bar = el("progress", { max: 1, "aria-label": _("How far") });
  const since = el("td");
  const name = `${first.person}, ${what(first)}`;
  const cancel = button("cancel", first.id, name, true);
  const node = el("tr", {}, el("th", { scope: "row" }, first.person), el("td", {}, what(first)), el("td", { class: "ops-far" }, bar, far), since, el("td", { class: "ops-acts" }, timeline(first.id, name), button("requeue", first.id, name, true), cancel));
  const update = (row) => {
    bar.max = row.total || 1;
    if (row.total) bar.value = row.step;
    else bar.removeAttribute("value");
    const step = row.total ? fill(_("%(step)s of %(total)s"), row) : row.stage;
    write(far, row.cancelled ? _("stopping …") : [step, row.attempt > 1 && fill(_("attempt %(attempt)s"), row)].filter(Boolean).join(" · "));
    write(since, time(row.seconds));
    cancel.disabled = row.cancelled;
  };
  return { node, update };
}

function makeWaiting(first) {
  const since = el("td");
  const name = `${first.person}, ${what(first)}`;
  const node = el("tr", {}, el("th", { scope: "row" }, first.person), el("td", {}, `${what(first)} · ${first.queue}`), since, el("td", { class: "ops-acts" }, button("requeue", first.id, name, true), button("cancel", first.id, name, true)));
  return { node, update: (row) => write(since, time(row.seconds)) };
}

function makeEnded(first) {
  const how = ENDS()[first.state] ?? first.state;
  const node = el("tr", {}, el("th", { scope: "row" }, first.person), el("td", {}, what(first)), el("td", {}, first.error ? `${how}: ${first.error}` : how), el("td", {}, time(first.seconds)), el("td", { class: "ops-acts" }, timeline(first.id, `${first.person}, ${what(first)}`)));
  return { node, update: () => {} };
}

function makePace(first) {
  const told = cells(6);
  const node = el("tr", {}, el("th", { scope: "row" }, first.model), ...told);
  const update = (pace) => {
    const values = [number(pace.finished), number(pace.failed), time(pace.middle), time(pace.slow), time(pace.waited), time(pace.device)];
    told.forEach((cell, n) => write(cell, values[n]));
  };
  return { node, update };
}

function makeCount() {
  const name = el("span");
  const value = el("span", { class: "muted" });
  return { node: el("li", {}, name, value), update: (row) => (write(name, row.name), write(value, fill(_("%(waiting)s wait, %(running)s being made"), row))) };
}

function makeOther() {
  const name = el("span");
  const value = el("span", { class: "badge" });
  return { node: el("li", {}, name, value), update: (row) => (write(name, row.name), write(value, row.state), value.classList.toggle("badge-danger", row.bad)) };
}

const others = (found) => [
  ...found.webs.map((name) => ({ name: `web · ${name}`, state: _("lives"), bad: false })),
  ...found.others.map((row) => ({ name: `${row.kind} · ${row.host}:${row.pid}`, state: row.silent ? _("silent") : _("lives"), bad: row.silent > 0 })),
  ...found.servers.map((row) => ({ name: `${row.kind} · ${row.name}`, state: row.resting ? row.error || _("rests") : _("well"), bad: row.resting })),
];

function tiles(found) {
  const living = found.workers.filter((worker) => ["ready", "busy"].includes(worker.state)).length;
  const waiting = found.queues.reduce((all, queue) => all + sum(queue.waiting), 0);
  const running = found.queues.reduce((all, queue) => all + queue.running, 0);
  const finished = found.paces.reduce((all, pace) => all + pace.finished, 0);
  return [
    { name: _("Workers"), value: fill(_("%(now)s of %(most)s"), { now: living, most: found.workers.length }) },
    { name: _("Waiting"), value: number(waiting) },
    { name: _("Being made"), value: number(running) },
    { name: _("Made in the last hour"), value: number(finished) },
    { name: _("Open pages"), value: number(found.sockets.pages) },
    { name: _("Open programs"), value: number(found.sockets.programs) },
    { name: _("Open boards"), value: number(found.rooms) },
    { name: _("Pages on open boards"), value: number(found.sockets.in_rooms) },
  ];
}

const drawn = {
  alarms: rows(find("#alarms"), (told) => `${told.code} ${told.about}`, makeAlarm),
  tiles: rows(find("#tiles"), (tile) => tile.name, makeTile),
  workers: rows(find("#workers"), (worker) => worker.name, makeWorker),
  queues: rows(find("#queues"), (queue) => queue.name, makeQueue),
  running: rows(find("#running"), (row) => row.id, makeRunning),
  waiting: rows(find("#waiting"), (row) => row.id, makeWaiting),
  ended: rows(find("#ended"), (row) => row.id, makeEnded),
  paces: rows(find("#paces"), (pace) => pace.model, makePace),
  people: rows(find("#people"), (row) => row.name, makeCount),
  models: rows(find("#models"), (row) => row.name, makeCount),
  others: rows(find("#others"), (row) => row.name, makeOther),
};

/** Show a snapshot (studio/operations). */
export function draw(found) {
  for (const part of ["alarms", "workers", "queues", "running", "waiting", "ended", "paces", "people", "models"]) drawn[part](found[part]);
  drawn.tiles(tiles(found));
  drawn.others(others(found));
}
