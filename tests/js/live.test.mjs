// The pacing of live drawing: one drawing on its way, the newest wins, a still board is refined, a lost one sent again.
import assert from "node:assert/strict";
import test from "node:test";

import { Pacer } from "../../static/js/studio/live/pacing.js";

const done = (revision, kind = "draft") => ({ revision, kind, done: true });

/** A pacer that has just started at time 0, with its first draft sent. */
function drawing() {
  const pacer = new Pacer();
  pacer.start(0);
  assert.equal(pacer.wanted(0), "draft");
  pacer.send("draft", 0);
  return pacer;
}

test("nothing is sent before it starts, nor after it stops", () => {
  const pacer = new Pacer();
  pacer.change(0);
  assert.equal(pacer.wanted(1000), null);
  assert.equal(pacer.wakeAt(0), Infinity);
  pacer.start(2000);
  pacer.stop();
  assert.equal(pacer.wanted(9000), null);
});

test("while a draft is on its way no other is sent, however much changes", () => {
  const pacer = drawing();
  for (let now = 10; now < 3000; now += 10) {
    pacer.change(now);
    assert.equal(pacer.wanted(now), null);
  }
  assert.equal(pacer.frame(done(1), 3000), true);
  assert.equal(pacer.wanted(3000), "draft");
});

test("a still board is refined once, with the next revision, and then nothing is sent any more", () => {
  const pacer = drawing();
  pacer.frame(done(1), 200);
  assert.equal(pacer.wanted(700), null);
  assert.equal(pacer.wakeAt(200), 800);
  assert.equal(pacer.wanted(800), "refined");
  assert.deepEqual(pacer.send("refined", 800), { revision: 2, kind: "refined" });
  pacer.frame(done(2, "refined"), 2500);
  assert.equal(pacer.wanted(100_000), null);
  assert.equal(pacer.wakeAt(100_000), Infinity);
});

test("a stroke overtakes a picture that is being refined", () => {
  const pacer = drawing();
  pacer.frame(done(1), 100);
  pacer.send("refined", 900);
  pacer.change(1000);
  assert.equal(pacer.wanted(1000), "draft");
  assert.deepEqual(pacer.send("draft", 1000), { revision: 3, kind: "draft" });
  assert.equal(pacer.frame(done(2, "refined"), 1050), true);
  assert.equal(pacer.settled, false, "it is not the board as it is now");
  assert.equal(pacer.frame(done(3), 1100), true);
  assert.equal(pacer.wanted(1800), "refined");
});

test("a frame that is older than what is shown is not shown", () => {
  const pacer = drawing();
  pacer.change(1);
  pacer.frame(done(1), 5);
  pacer.send("draft", 100);
  assert.equal(pacer.frame({ revision: 2, kind: "draft", done: false }, 120), true);
  assert.equal(pacer.frame(done(1), 130), false);
});

test("drafts do not follow each other faster than the server likes", () => {
  const pacer = drawing();
  pacer.change(1);
  pacer.frame(done(1), 2);
  assert.equal(pacer.wanted(10), null);
  assert.equal(pacer.wakeAt(10), 66);
  assert.equal(pacer.wanted(66), "draft");
});

test("each one that nothing is heard of is waited for twice as long as the one before, until something is heard", () => {
  const pacer = drawing();
  let now = 0;
  for (const patience of [4000, 8000, 16_000, 32_000, 64_000, 64_000]) {
    assert.equal(pacer.wanted(now + patience), null);
    now += patience + 1;
    assert.equal(pacer.wanted(now), "draft");
    pacer.send("draft", now);
  }
  pacer.frame(done(pacer.revision), now + 100);
  assert.equal(pacer.patience, 4000);
});

test("what is lost is sent again with a new revision; a sign of life makes it wait longer", () => {
  const pacer = drawing();
  assert.equal(pacer.wanted(4000), null);
  pacer.frame({ revision: 1, kind: "draft", done: false }, 3900);
  assert.equal(pacer.wanted(7900), null);
  assert.equal(pacer.wanted(7901), "draft");
  assert.equal(pacer.send("draft", 7901).revision, 2);
});

test("a slow model is given its time", () => {
  const pacer = drawing();
  pacer.frame(done(1), 3500);
  pacer.change(3600);
  pacer.send("draft", 3600);
  assert.equal(pacer.wanted(3600 + 13_900), null);
  pacer.change(4000);
  assert.equal(pacer.wanted(3600 + 14_001), "draft");
});

test("a passing trouble is tried again later and later, a lasting one not before something changes", () => {
  const pacer = drawing();
  const waits = [];
  let now = 0;
  for (let n = 0; n < 6; n += 1) {
    pacer.failed(pacer.revision, true, now);
    assert.equal(pacer.wanted(now), null);
    const next = pacer.wakeAt(now);
    waits.push(next - now);
    now = next;
    assert.equal(pacer.wanted(now), "draft");
    pacer.send("draft", now);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15_000, 15_000]);
  pacer.failed(pacer.revision, false, now);
  assert.equal(pacer.wanted(now + 60_000), null);
  pacer.change(now + 60_000);
  assert.equal(pacer.wanted(now + 60_000), "draft");
});

test("the failure of an overtaken drawing is of no interest", () => {
  const pacer = drawing();
  pacer.frame(done(1), 10);
  pacer.send("refined", 900);
  pacer.change(950);
  pacer.send("draft", 950);
  pacer.failed(2, true, 960);
  assert.equal(pacer.onItsWay.revision, 3);
});

test("after a break everything counts as new", () => {
  const pacer = drawing();
  pacer.frame(done(1), 10);
  pacer.send("refined", 900);
  pacer.frame(done(2, "refined"), 1000);
  pacer.stop();
  pacer.start(5000);
  assert.equal(pacer.wanted(5000), "draft");
});

test("frames a second are those of the last two seconds", () => {
  const pacer = drawing();
  assert.equal(pacer.rate(0), 0);
  for (let n = 1; n <= 20; n += 1) {
    pacer.frame(done(n), n * 250);
    pacer.change(n * 250);
    pacer.send("draft", n * 250);
  }
  assert.equal(Math.round(pacer.rate(5000)), 4);
  assert.equal(pacer.rate(60_000), 0);
});
