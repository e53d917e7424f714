// The order of the studio's modules: main | world > picture > timelapse, room > panels, live, editing, unsent > canvas > actions > store, socket > line > protocol > lib > what is vendored.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const ROOT = new URL("../../static/js/", import.meta.url);
const LEVEL = { main: 0, world: 0, picture: 1, timelapse: 2, room: 2, panels: 3, live: 3, editing: 3, examples: 3, unsent: 3, canvas: 4, actions: 5, views: 6, store: 6, socket: 6, line: 7, protocol: 8, lib: 9, vendor: 10 };

const files = readdirSync(ROOT, { recursive: true }).filter((name) => /^(lib|studio|world)\/.*\.js$/.test(name));
const layer = (name) => (/^(lib|world|vendor)\//.test(name) ? name.split("/")[0] : name.split("/")[1].replace(/\.js$/, ""));
const imports = (name) => [...readFileSync(new URL(name, ROOT), "utf8").matchAll(/^(?:import|export) [^;]*? from "#([^"]+)";$/gm)].map((m) => m[1]);

test("every module has a place", () => {
  for (const name of files) assert.ok(layer(name) in LEVEL, name);
});

test("modules use only what lies below them, or their own layer", () => {
  for (const name of files) {
    for (const used of imports(name)) {
      const [from, to] = [layer(name), layer(used)];
      assert.ok(from === to || LEVEL[to] > LEVEL[from], `${name} imports ${used}`);
    }
  }
});

test("modules are imported by their bare names, so that hashed file names reach them", () => {
  for (const name of files) {
    assert.doesNotMatch(readFileSync(new URL(name, ROOT), "utf8"), /from "\.{1,2}\//, name);
  }
});
