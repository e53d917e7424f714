// What is not ours: every vendored file is what vendor.json says, with its licence; every icon in use is in the sprite.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const ROOT = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT));
const VENDOR = JSON.parse(read("static/vendor/vendor.json"));
const under = (folder, ending) => readdirSync(new URL(folder, ROOT), { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => `${folder}${name}`);

test("every vendored file has its hash, its version and its licence text", () => {
  for (const { name, version, licence, licence_file: text, source, file, sha256 } of VENDOR) {
    assert.match(version, /^\d+\.\d+/, name);
    assert.ok(licence && source.includes(version), name);
    assert.ok(read(`static/${text}`).length > 100, name);
    assert.equal(createHash("sha256").update(read(`static/${file}`)).digest("hex"), sha256, `${file} was changed`);
  }
});

test("nothing lies under vendor that vendor.json does not know", () => {
  const known = new Set(VENDOR.flatMap(({ file, licence_file: text }) => [file, text]).map((name) => `static/${name}`));
  for (const path of under("static/vendor/", "")) {
    if (/\.(js|mjs|css)$/.test(path)) assert.ok(known.has(path), path);
  }
});

test("no script names a source map that is not there", () => {
  for (const path of under("static/", ".js")) assert.doesNotMatch(read(path).toString(), /sourceMappingURL/, path);
});

test("vendored modules import each other by the names of the import map, so that hashed file names reach them", () => {
  const map = read("templates/importmap.json").toString();
  for (const path of under("static/vendor/", ".js")) {
    for (const [, name] of read(path).toString().matchAll(/\bfrom ?["']([./\w-]+)["'];/g)) assert.ok(map.includes(`"${name}": `), `${path}: ${name}`);
  }
});

test("every icon in use is in the sprite", () => {
  const sprite = new Set([...read("static/img/icons.svg").toString().matchAll(/<symbol id="([^"]+)"/g)].map((m) => m[1]));
  for (const path of under("templates/", ".html")) {
    for (const [, name] of read(path).toString().matchAll(/include "icon\.html" with name="([^"]+)"/g)) assert.ok(sprite.has(name), `${path}: ${name}`);
  }
  for (const path of under("static/js/", ".js")) {
    for (const [, name] of read(path).toString().matchAll(/\bicon\("([^"]+)"\)/g)) assert.ok(sprite.has(name), `${path}: ${name}`);
  }
});
