// The teacher's wall: how long ago something was, and asking again and again what is new.
import assert from "node:assert/strict";
import test from "node:test";

import { ago } from "../../static/js/boardwall/times.js";

globalThis.document = Object.assign(new EventTarget(), { hidden: false, documentElement: { lang: "en" } });
globalThis.window = new EventTarget();
const { Watcher } = await import("../../static/js/boardwall/watcher.js");

test("what was just now is now, and what was long ago is counted in the largest unit", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  const before = (seconds) => ago(new Date(now - seconds * 1000).toISOString(), now, "en");
  assert.deepEqual([0, 59, 60, 3599, 7200, 90_000].map(before), ["now", "now", "1 min. ago", "59 min. ago", "2 hr. ago", "yesterday"]);
  assert.equal(before(-500), "now", "another computer's clock is ahead");
});

/** A watcher whose answers are given, in their order; what it asked and said. */
function watching(...answers) {
  const heard = { asked: [], states: [], values: [] };
  globalThis.fetch = async (path, { headers }) => {
    heard.asked.push(headers["If-None-Match"] ?? null);
    const { status = 200, values = null, etag = null, type = "basic" } = answers.shift() ?? { status: 304 };
    if (status === 0) throw new TypeError("no network");
    return { status, type, headers: new Headers(etag ? { ETag: etag } : {}), json: async () => values };
  };
  const hooks = { onState: (values) => heard.values.push(values), onTrouble: (state) => heard.states.push(state), every: 1e8 };
  return { heard, watcher: new Watcher("/state", hooks) };
}

test("it asks with what it knows, and hears only what is new", async () => {
  const { heard, watcher } = watching({ values: { n: 1 }, etag: '"a"' }, { status: 304 }, { values: { n: 2 }, etag: '"b"' });
  for (let n = 0; n < 3; n += 1) await watcher.look();
  assert.deepEqual(heard, { asked: [null, '"a"', '"a"'], states: [], values: [{ n: 1 }, { n: 2 }] });
  clearTimeout(watcher.timer);
});

test("it says that the connection is lost and back, and asks no more where it may not", async () => {
  const { heard, watcher } = watching({ status: 0 }, { status: 503 }, { status: 304 }, { status: 404 }, { values: {} });
  for (let n = 0; n < 5; n += 1) await watcher.look();
  assert.deepEqual(heard.states, ["offline", "online", "gone"]);
  assert.equal(heard.asked.length, 4);
  clearTimeout(watcher.timer);
  const { heard: out, watcher: other } = watching({ status: 0, type: "opaqueredirect" });
  globalThis.fetch = async () => ({ status: 0, type: "opaqueredirect", headers: new Headers() });
  await other.look();
  assert.deepEqual(out.states, ["out"], "logged out: the answer leads to the log-in");
  clearTimeout(other.timer);
});

test("what came by another way is not overwritten by an answer that was asked for before", async () => {
  const { heard, watcher } = watching({ values: { old: true }, etag: '"a"' });
  const asked = watcher.look();
  watcher.forget();
  await asked;
  assert.deepEqual(heard.values, []);
  clearTimeout(watcher.timer);
});
