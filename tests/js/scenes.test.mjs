// The text of a scene, read over a network that cuts it off anywhere; and what is seen of its imports before it runs.

import assert from "node:assert/strict";
import test from "node:test";

import { EventParser, follow } from "../../static/js/lib/sse.js";
import { imports, MOST, refusal } from "../../static/js/scenes/stage.js";
import { Text } from "../../static/js/scenes/writing.js";

const WHOLE = Array.from({ length: 200 }, (_, n) => `const größe${n} = "方块 🎈"; // ${n}\n`).join("");
const bytes = new TextEncoder().encode(WHOLE);

/** A small generator (mulberry32): the same numbers in every run. */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What the server sends from byte `from` on, in pieces of whole characters, with the end. */
function stream(from, random) {
  let out = "retry: 1000\n\n";
  if (!from) out += 'id: 1-0\nevent: begin\ndata: {"type":"begin","attempt":1}\n\n';
  for (let at = from; at < bytes.length; ) {
    let end = Math.min(bytes.length, at + 1 + Math.floor(random() * 900));
    while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end += 1;
    const text = new TextDecoder().decode(bytes.subarray(at, end));
    out += `: heartbeat\n\nid: 1-${end}\nevent: text\ndata: ${JSON.stringify({ attempt: 1, at, text })}\n\n`;
    at = end;
  }
  return new TextEncoder().encode(`${out}event: end\ndata: {"generation":{"state":"finished"}}\n\n`);
}

/** A fetch that cuts every answer off at a random byte, and hands it out in random pieces. */
function unsteady(random, seen) {
  return async (_address, { headers }) => {
    const last = headers["Last-Event-ID"] ?? "";
    seen.push(last);
    if (random() < 0.2) throw new TypeError("network");
    if (random() < 0.1) return { ok: false, status: 503 };
    const all = stream(Number(last.split("-")[1] ?? 0), random);
    const cut = random() < 0.8 ? all.subarray(0, Math.floor(random() * all.length)) : all;
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < cut.length; ) {
          const size = 1 + Math.floor(random() * 3000);
          controller.enqueue(cut.slice(at, at + size));
          at += size;
        }
        controller.close();
      },
    });
    return { ok: true, status: 200, body };
  };
}

test("cut at random bytes and resumed, the text is the same", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = chance(seed);
    const seen = [];
    const text = new Text();
    let ended = null;
    const hear = (type, value) => {
      text.take(type, value);
      if (type === "end") ended = value.generation.state;
      return ended !== null;
    };
    await follow("/x", { hear, fetch: unsteady(random, seen), wait: async () => {} });
    assert.equal(text.whole, WHOLE);
    assert.equal(text.size, bytes.length);
    assert.equal(ended, "finished");
  }
});

test("an answer that will not change ends it, and so does whoever stops it", async () => {
  const refused = async () => ({ ok: false, status: 404 });
  await assert.rejects(follow("/x", { hear: () => false, fetch: refused, wait: async () => {} }), { status: 404 });
  const stopping = new AbortController();
  const hanging = async () => {
    stopping.abort();
    throw new DOMException("stopped", "AbortError");
  };
  await assert.rejects(follow("/x", { hear: () => false, fetch: hanging, signal: stopping.signal }), { name: "AbortError" });
});

test("events are read however their bytes come", () => {
  const said = new TextEncoder().encode('id: 7\r\nevent: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata\n\nid: 8\ndata: "é🎈"\n\nevent: b\ndata: lost');
  for (let size = 1; size <= said.length; size += 1) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < said.length; at += size) events.push(...parser.feed(said.subarray(at, at + size)));
    assert.deepEqual(events.map(({ type, data, id }) => [type, data, id]), [["a", "1\n2", "7"], ["message", "", "7"], ["message", '"é🎈"', "8"]]);
    assert.equal(parser.lastId, "8");
  }
});

test("what is heard twice or out of place does not count; another attempt begins anew", () => {
  const text = new Text();
  text.take("begin", { attempt: 1 });
  assert.ok(text.take("text", { attempt: 1, at: 0, text: "aé" }));
  assert.ok(!text.take("text", { attempt: 1, at: 0, text: "aé" }));
  assert.ok(!text.take("text", { attempt: 1, at: 9, text: "x" }));
  assert.ok(!text.take("text", { attempt: 2, at: 3, text: "x" }));
  assert.ok(text.take("text", { attempt: 1, at: 3, text: "b" }));
  assert.equal(text.whole, "aéb");
  text.take("begin", { attempt: 2 });
  assert.ok(text.take("text", { attempt: 2, at: 0, text: "c" }));
  assert.equal(text.whole, "c");
});

test("foreign imports are named before anything runs", () => {
  assert.deepEqual(imports('import * as THREE from "three";\nimport { A } from "three/addons/a.js"\nimport "b";\n// import "c"\n/* import "d" */\nconst s = \'import "e"\';'), ["three", "three/addons/a.js", "b"]);
  assert.equal(refusal('import * as THREE from "three";\nexport default () => {};'), "");
  assert.match(refusal('import "https://evil.example/x.js";'), /only "three"/);
  assert.notEqual(refusal("x".repeat(MOST + 1)), "");
});
