// One live picture for all: who asks for it, what counts as an answer, and that it settles on a picture with everybody's strokes.
import assert from "node:assert/strict";
import test from "node:test";

import { SharedPacer } from "../../static/js/studio/live/sharedpacing.js";

/** A pacer of the page of this rank, in a room whose newest change is `room.seq`. */
function pacer({ rank = 0, room = { seq: 0 } } = {}) {
  const made = new SharedPacer(
    () => room.seq,
    () => rank,
  );
  made.start(0);
  return made;
}

const frame = (number, more = {}) => ({ number, revision: 0, seq: 99, mine: false, kind: "draft", done: true, ...more });
const own = (number, revision, more = {}) => frame(number, { mine: true, revision, ...more });

test("who comes in asks for nothing, and who watches neither does when others draw", () => {
  const one = pacer({ room: { seq: 4 } });
  assert.equal(one.wanted(10_000), null);
  one.frame(frame(7, { seq: 4, kind: "refined" }), 100);
  one.stop();
  one.theirs(200);
  assert.equal(one.wanted(60_000), null);
  assert.equal(one.sharp, true);
});

test("what somebody else asked for later is an answer; what they asked for before is none", () => {
  const one = pacer();
  one.change(0);
  one.send("draft", 0);
  one.taken(1, 50);
  one.change(10);
  one.frame(frame(49), 20);
  assert.equal(one.wanted(100), null, "that one was asked for before");
  one.frame(frame(51), 120);
  assert.equal(one.wanted(130), "draft");
});

test("the word of one's number may come after a later frame", () => {
  const one = pacer();
  one.change(0);
  one.send("draft", 0);
  one.frame(frame(51), 20);
  assert.notEqual(one.onItsWay, null);
  one.taken(1, 50);
  assert.equal(one.onItsWay, null);
  one.taken(9, 60);
});

test("one's own frame is known without its number, and an older one than what is shown is not shown", () => {
  const one = pacer();
  one.change(0);
  one.send("draft", 0);
  assert.equal(one.frame(own(50, 1), 40), true);
  assert.equal(one.onItsWay, null);
  assert.equal(one.took, 40);
  assert.equal(one.frame(frame(49), 50), false);
});

test("a stranger's change soon after one's own is asked for once more, a later one is theirs to ask for", () => {
  const one = pacer();
  one.change(0);
  one.send("draft", 0);
  one.frame(own(50, 1), 100);
  one.theirs(600);
  assert.equal(one.wanted(700), "draft");
  one.send("draft", 700);
  one.frame(own(51, 2), 750);
  one.theirs(1200);
  assert.equal(one.wanted(1300), null, "more than a second after one's own");
  assert.equal(one.settled, true);
});

test("whoever changed the board last refines it, of two at once the first before the second", () => {
  const [first, second] = [pacer({ rank: 0 }), pacer({ rank: 1 })];
  for (const one of [first, second]) {
    one.change(0);
    one.theirs(100);
    one.send("draft", 100);
    one.frame(own(50, 1), 150);
  }
  assert.equal(first.wanted(900), "refined");
  assert.equal(second.wanted(900), null);
  assert.equal(second.wanted(1500), "refined");
  second.frame(frame(60, { kind: "refined", done: false }), 1499);
  assert.equal(second.wanted(1600), null, "the first one's is on its way");
  second.frame(frame(60, { kind: "refined" }), 2000);
  assert.equal(second.wanted(60_000), null);
  assert.equal(second.wakeAt(2100), Infinity);
});

test("a full picture that lacks a change does not settle it", () => {
  const room = { seq: 8 };
  const one = pacer({ room });
  one.change(0);
  one.send("draft", 0);
  one.frame(own(50, 1), 50);
  one.frame(frame(51, { kind: "refined", seq: 7 }), 100);
  assert.equal(one.wanted(2000), "refined");
});

test("a full picture of somebody else's does not settle what a later draft of one's own takes the place of", () => {
  const room = { seq: 8 };
  const one = pacer({ room });
  one.change(0);
  one.send("draft", 0);
  one.taken(1, 51);
  one.frame(frame(50, { kind: "refined", seq: 8 }), 100);
  assert.equal(one.sharp, true);
  one.frame(own(51, 1), 200);
  assert.equal(one.sharp, false);
  assert.equal(one.wanted(800), "refined");
});

test("where the word of one's number comes late, a full picture that came after it settles it all the same", () => {
  const one = pacer({ room: { seq: 8 } });
  one.change(0);
  one.send("draft", 0);
  one.frame(frame(51, { kind: "refined", seq: 8 }), 100);
  one.taken(1, 50);
  assert.equal(one.wanted(60_000), null);
  assert.equal(one.settled, true);
});

test("where whoever asked for the last draft is gone, another one refines it", () => {
  const one = pacer({ room: { seq: 3 } });
  one.frame(frame(50, { kind: "refined", seq: 3 }), 0);
  one.frame(frame(51, { seq: 3 }), 100);
  assert.equal(one.wanted(4099), null);
  assert.equal(one.wanted(4100), "refined");
});

test("where whoever drew last does not ask, the first of the others does after a while, and only once", () => {
  const room = { seq: 3 };
  const [first, second] = [pacer({ room, rank: 0 }), pacer({ room, rank: 1 })];
  for (const one of [first, second]) one.theirs(0);
  assert.equal(first.wanted(3999), null);
  assert.equal(first.wakeAt(0), 4000);
  assert.equal(first.wanted(4000), "refined");
  first.send("refined", 4000);
  first.frame(own(50, 1, { kind: "refined", seq: 3 }), 4300);
  second.frame(frame(50, { kind: "refined", seq: 3 }), 4300);
  for (const one of [first, second]) assert.equal(one.wanted(60_000), null);
});

test("signs of life of a stranger's picture put the heirs off", () => {
  const one = pacer({ room: { seq: 3 } });
  one.theirs(0);
  for (let now = 1000; now < 20_000; now += 1000) {
    one.frame(frame(50, { done: false, kind: "refined", seq: 2 }), now);
    assert.equal(one.wanted(now + 900), null);
  }
});

test("hidden, nothing is asked for; what was changed meanwhile is asked for afterwards", () => {
  const one = pacer();
  one.stop();
  one.change(100);
  assert.equal(one.wanted(5000), null);
  one.start(6000);
  assert.equal(one.wanted(6000), "draft");
});

// A whole room -------------------------------------------------------------------------------------------------------

/** Numbers from 0 to 1 that are the same at every run. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pages that draw at random, a server with one slot, and lines that take their time: plays `seconds`, then rests. */
function play(seed, { pages, seconds }) {
  const random = dice(seed);
  let [now, head, number, making, slot, frames] = [0, 0, 1000, null, null, 0];
  const later = [];
  const after = (ms, run) => later.push({ at: now + ms, run });
  const trip = () => 10 + random() * 150;
  const room = Array.from({ length: pages }, (_unused, rank) => ({ room: { seq: 0 }, has: new Set(), name: rank }));
  for (const page of room) {
    page.pacer = pacer({ rank: page.name, room: page.room });
    page.shown = null;
  }
  const draws = (page) => {
    const stroke = `${page.name}-${now}`;
    page.has.add(stroke);
    page.pacer.change(now);
    after(trip(), () => {
      const seq = (head += 1);
      for (const other of room) {
        after(trip(), () => {
          other.room.seq = Math.max(other.room.seq, seq);
          if (other === page) return;
          other.has.add(stroke);
          other.pacer.theirs(now);
        });
      }
    });
  };
  const asks = (page, kind) => {
    const turn = page.pacer.send(kind, now);
    const drawing = { ...turn, seq: page.room.seq, by: page, has: new Set(page.has) };
    after(trip(), () => {
      slot = { ...drawing, number: (number += 1) };
      const given = slot.number;
      after(trip(), () => page.pacer.taken(turn.revision, given));
    });
  };
  const makes = () => {
    if (slot) {
      making = { frame: slot, until: now + (slot.kind === "draft" ? 80 : 900) };
      slot = null;
    }
    if (!making || now < making.until) return;
    const { frame: made } = making;
    making = null;
    frames += 1;
    for (const page of room) {
      after(trip(), () => {
        const seen = page.pacer.frame({ ...made, mine: made.by === page, done: true }, now);
        if (seen) page.shown = made;
      });
    }
  };
  for (; now < seconds * 1000 + 15_000; now += 10) {
    for (const due of later.filter(({ at }) => at <= now)) due.run();
    later.splice(0, later.length, ...later.filter(({ at }) => at > now));
    makes();
    for (const page of room) {
      if (now < seconds * 1000 && random() < 0.03) draws(page);
      const kind = page.pacer.wanted(now);
      if (kind) asks(page, kind);
    }
  }
  return { room, frames };
}

for (const pages of [1, 2, 5]) {
  test(`${pages} who draw at random settle on the same full picture with every stroke`, () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { room, frames } = play(seed, { pages, seconds: 4 });
      const all = new Set(room.flatMap((page) => [...page.has]));
      for (const page of room) {
        const about = `seed ${seed}, page ${page.name}`;
        assert.equal(page.shown.number, room[0].shown.number, about);
        assert.equal(page.shown.kind, "refined", about);
        assert.deepEqual(new Set(page.shown.has), all, about);
        assert.equal(page.pacer.onItsWay, null, about);
      }
      assert.ok(frames > 3, `seed ${seed}: ${frames} frames`);
    }
  });
}
