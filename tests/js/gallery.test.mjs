// The pure parts of the gallery's lists: rows of pictures, and what an address says.
import assert from "node:assert/strict";
import test from "node:test";
import { asked, viewOf, withoutView, withView } from "../../static/js/gallery/address.js";
import { heightFor, rows } from "../../static/js/gallery/rows.js";

const room = { width: 1000, height: 200, gap: 10 };
const ratiosOf = (count) => Array.from({ length: count }, (_, n) => [1, 1.33, 0.75, 1.78, 0.56, 2.3][(n * 7) % 6]);

test("every row but the last fills the width to the pixel", () => {
  const found = rows(ratiosOf(60), room);
  for (const row of found.slice(0, -1)) {
    const total = row.widths.reduce((sum, width) => sum + width, 0) + room.gap * (row.widths.length - 1);
    assert.ok(row.height >= room.height * 1.5 - 1 || total === room.width, `${total} at ${row.height}`);
  }
});

test("no picture is left out or shown twice, and shapes are kept", () => {
  const ratios = ratiosOf(47);
  const found = rows(ratios, room);
  assert.deepEqual(found.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, n) => from + n)), [...ratios.keys()]);
  for (const { from, height, widths } of found) {
    widths.forEach((width, n) => assert.ok(Math.abs(width / height / ratios[from + n] - 1) < 0.05, `${width}×${height} of ${ratios[from + n]}`));
  }
});

test("rows stay near the height asked for", () => {
  for (const { height } of rows(ratiosOf(200), room)) assert.ok(height > 110 && height <= 300, String(height));
});

test("more pictures at the end move no row but the last", () => {
  const short = rows(ratiosOf(30), room);
  const long = rows(ratiosOf(60), room);
  assert.deepEqual(long.slice(0, short.length - 1), short.slice(0, -1));
});

test("a last row that is not full is as high as the others, not as wide", () => {
  const [only] = rows([1], room);
  assert.deepEqual(only, { from: 0, to: 1, height: 200, widths: [200] });
});

test("a panorama is never wider than the page, a tower never higher than half as much again", () => {
  const [first, second] = rows([9, 0.3, 9], { width: 300, height: 200, gap: 10 });
  assert.ok(first.widths[0] <= 300);
  assert.ok(second.height <= 300);
});

test("nothing makes no row", () => assert.deepEqual(rows([], room), []));

test("phones get lower rows than desks", () => {
  assert.ok(heightFor(366) < heightFor(1400));
  assert.ok(heightFor(366) >= 170 && heightFor(3000) <= 260);
});

test("the address says which work is open, and is the list's without it", () => {
  const list = "http://x.test/explore/?q=%E7%8C%AB&sort=liked";
  const open = withView(list, "abc");
  assert.equal(viewOf(open), "abc");
  assert.equal(withoutView(open), list);
  assert.equal(withView(open, "def"), `${list}&view=def`);
  assert.equal(viewOf(list), "");
});

test("a form asks for what is filled in, and for nothing else", () => {
  const entries = [["q", "  red boat "], ["tool", ""], ["colour", "red"], ["since", ""]];
  assert.equal(asked("http://x.test/explore/?old=1", entries), "http://x.test/explore/?q=red+boat&colour=red");
  assert.equal(asked("http://x.test/explore/", [["q", " "]]), "http://x.test/explore/");
});
