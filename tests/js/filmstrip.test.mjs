// The filmstrip's questions: one after the other, none twice in line, none lost.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { body: { getAttribute: () => null } };
const { Filmstrip } = await import("../../static/js/studio/panels/filmstrip.js");

/** A filmstrip whose questions are answered by hand, in their order, and what the store was told. */
function stripped() {
  const asked = [];
  const told = [];
  globalThis.fetch = (path) => new Promise((answer) => asked.push({ query: path.split("results")[1], answer }));
  const store = { board: "b", finished: new Set(), results: (items) => told.push(...items) };
  const film = new Filmstrip(store);
  const answer = async (items, next) => {
    while (!asked.length) await new Promise(setImmediate);
    const { query, answer: give } = asked.shift();
    give({ ok: true, status: 200, headers: new Headers(), json: async () => ({ items, next }) });
    return query;
  };
  return { film, asked, told, answer };
}

test("what changed while a page is fetched is asked for after it", async () => {
  const { film, told, answer } = stripped();
  const first = film.refresh();
  assert.equal(await answer([1, 2], "2"), "");
  await first;
  film.earlier();
  await new Promise(setImmediate);
  const again = film.refresh();
  assert.equal(film.refresh(), again, "once is enough");
  assert.equal(await answer([3], null), "?cursor=2");
  assert.equal(await answer([0, 1], "1"), "");
  await again;
  assert.deepEqual([told, film.more], [[1, 2, 3, 0, 1], false]);
});

test("the next page waits for the newest, and where nothing is left nothing is asked", async () => {
  const { film, asked, told, answer } = stripped();
  film.refresh();
  const next = film.earlier();
  assert.equal(await answer([1], "1"), "");
  assert.equal(await answer([2], null), "?cursor=1");
  await next;
  await film.earlier();
  assert.deepEqual([told, asked.length], [[1, 2], 0]);
});

test("a question without an answer stops no other", async () => {
  const { film, told, answer } = stripped();
  const lost = film.refresh();
  globalThis.fetch = ((usual) => (path) => ((globalThis.fetch = usual), Promise.reject(new TypeError(path))))(globalThis.fetch);
  await lost;
  const found = film.refresh();
  await answer([1], null);
  await found;
  assert.deepEqual(told, [1]);
});
