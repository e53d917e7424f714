// Parts that are fetched when they are first needed.
import assert from "node:assert/strict";
import test from "node:test";

import { later } from "../../static/js/lib/later.js";

test("a part is fetched by whoever asks first, and made once", async () => {
  const log = [];
  const part = later(async () => (log.push("fetched"), { name: "it" }), ({ name }) => (log.push("made"), { name }));
  assert.equal(part.now, null);
  assert.deepEqual(log, []);
  const [one, other] = await Promise.all([part(), part.soon()]);
  assert.equal(one, other);
  assert.equal(part.now, one);
  assert.deepEqual(log, ["fetched", "made"]);
});

test("without a network it fails, and the next one who asks tries again", async () => {
  let online = false;
  const part = later(async () => (online ? 1 : Promise.reject(new TypeError("Failed to fetch"))), (module) => module + 1);
  await assert.rejects(part(), { code: "offline" });
  assert.equal(await part.soon(), null);
  await part.ahead();
  assert.equal(part.now, null);
  online = true;
  assert.equal(await part(), 2);
});
