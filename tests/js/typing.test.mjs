// Two people in one text: what a key press is, and where the caret stays.
import assert from "node:assert/strict";
import test from "node:test";

import { editOf, moved } from "../../static/js/studio/room/typing.js";

const apply = (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove);

test("a change of a text is as small as it can be, and makes the one of the other", () => {
  assert.deepEqual(editOf("a boat", "a red boat"), { at: 2, remove: 0, insert: "red " });
  assert.deepEqual(editOf("a red boat", "a boat"), { at: 2, remove: 4, insert: "" });
  assert.deepEqual(editOf("same", "same"), { at: 4, remove: 0, insert: "" });
  const texts = ["", "aaaa", "aa", "abab", "海边的灯塔", "海边灯塔", "😀😁", "😀", "😁😀", "x😀y"];
  for (const before of texts) {
    for (const after of texts) {
      const edit = editOf(before, after);
      assert.equal(apply(before, edit), after, `${before} > ${after}`);
      assert.ok(edit.insert.isWellFormed?.() ?? true, `${before} > ${after}`);
    }
  }
});

test("the caret stays with the signs before it", () => {
  assert.equal(moved(3, [{ insert: "xx" }]), 5);
  assert.equal(moved(3, [{ retain: 3 }, { insert: "xx" }]), 3, "what is typed at the caret by somebody else comes behind it");
  assert.equal(moved(3, [{ retain: 5 }, { insert: "xx" }]), 3);
  assert.equal(moved(6, [{ retain: 2 }, { delete: 2 }]), 4);
  assert.equal(moved(3, [{ retain: 2 }, { delete: 9 }]), 2);
  assert.equal(moved(0, [{ delete: 4 }, { insert: "abc" }]), 0);
});
