// Who is here and what they see, as numbers and lists: no page.
import assert from "node:assert/strict";
import test from "node:test";

import { initials, personsOf } from "../../static/js/studio/room/people.js";
import { lookAt, onSpace, spanOf } from "../../static/js/studio/room/sight.js";

const page = (name, user, more = {}) => ({ page: `${name}${more.at ?? 0}`, user, name, colour: "#123456", role: "draw", teacher: false, at: 0, ...more });

test("a person is listed once: oneself first, then the teacher, then by what they may do, then by name", () => {
  const people = [page("zoe", 5), page("bob", 2, { at: 1 }), page("bob", 2, { at: 9 }), page("carol", 3, { role: "watch" }), page("mr", 4, { teacher: true, role: "comment" }), page("alice", 1, { role: "owner" }), page("adam", 6)];
  assert.deepEqual(personsOf(people, { user: 3 }).map(({ name }) => name), ["carol", "mr", "alice", "adam", "bob", "zoe"]);
  assert.equal(personsOf(people, null).find(({ user }) => user === 2).at, 9, "the page that spoke last stands for them");
});

test("a face has the first signs of a name", () => {
  assert.deepEqual(["bob", "anna maria lind", "max.muster", "小明", "élodie", ""].map(initials), ["B", "AM", "MM", "小", "É", "?"]);
});

const boardOf = (width, height, look = {}) => {
  const view = { frame: { offsetWidth: 400 }, look: { x: 0, y: 0, scale: 1, angle: 0, mirror: false, ...look } };
  const size = { width: 512, height: 384 };
  view.unit = () => (400 / 512) * view.look.scale;
  return { view, size, space: { clientWidth: width, clientHeight: height } };
};

test("who follows sees the same middle and as much around it, on whatever screen", () => {
  const theirs = boardOf(900, 700, { x: -120, y: 40, scale: 2.5 });
  const seen = spanOf(theirs);
  for (const mirror of [false, true]) {
    const mine = boardOf(380, 600, { mirror });
    mine.view.look = lookAt(mine, seen);
    const [x, y, span] = spanOf(mine);
    assert.ok(Math.abs(x - seen[0]) < 1e-9 && Math.abs(y - seen[1]) < 1e-9 && Math.abs(span - seen[2]) < 1e-9);
    const middle = onSpace(mine, x, y);
    assert.ok(Math.abs(middle.x - 190) < 1e-9 && Math.abs(middle.y - 300) < 1e-9);
    assert.equal(mine.view.look.mirror, mirror);
  }
});
