// The pure part of the 3D view: where the camera stands.
import assert from "node:assert/strict";
import test from "node:test";

import { distanceFor, moveOf, turned } from "../../static/js/lib/viewer/poses.js";

const far = ({ x, y, z }) => Math.hypot(x, y, z);
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("a ball fits into the narrower side of the view", () => {
  close(distanceFor(1, 60, 1), 2);
  close(distanceFor(1, 60, 3), 2);
  assert.ok(distanceFor(1, 60, 0.5) > 3.5);
  close(distanceFor(5, 60, 1), 10);
});

test("turning keeps the distance, goes all the way around, and never over a pole", () => {
  const start = { x: 1, y: 2, z: 3 };
  close(far(turned(start, 1, 0.2)), far(start));
  const around = turned(start, 2 * Math.PI, 0);
  for (const side of ["x", "y", "z"]) close(around[side], start[side]);
  for (const pitch of [10, -10]) {
    const end = turned(start, 0, pitch);
    close(far(end), far(start));
    assert.ok(Math.abs(end.y) < far(start) && Math.sign(end.y) === Math.sign(pitch));
    close(Math.atan2(end.x, end.z), Math.atan2(start.x, start.z));
  }
  close(far(turned({ x: 0, y: 0, z: 0 }, 1, 1)), 1);
});

test("keys turn, come nearer and go back; with Shift a little only; the browser's own keys are left alone", () => {
  assert.ok(moveOf({ key: "ArrowRight" }).yaw > moveOf({ key: "ArrowRight", shiftKey: true }).yaw);
  assert.equal(moveOf({ key: "ArrowLeft" }).yaw, -moveOf({ key: "ArrowRight" }).yaw);
  assert.equal(moveOf({ key: "ArrowUp" }).pitch, -moveOf({ key: "ArrowDown" }).pitch);
  assert.ok(moveOf({ key: "+" }).zoom < 1 && moveOf({ key: "-" }).zoom > 1);
  assert.deepEqual(moveOf({ key: "Home" }), { reset: true });
  for (const event of [{ key: "ArrowLeft", altKey: true }, { key: "0", ctrlKey: true }, { key: "+", metaKey: true }, { key: "a" }]) assert.equal(moveOf(event), null);
});
