// Runs the Khronos validator over the GLB files named on the command line; writes their reports as JSON, by name.
const { readFileSync } = require("node:fs");
const { validateBytes } = require("../vendor/gltf-validator/index.js");

const validated = process.argv.slice(2).map(async (name) => [name, await validateBytes(new Uint8Array(readFileSync(name)), { maxIssues: 50 })]);
Promise.all(validated).then((reports) => process.stdout.write(JSON.stringify(Object.fromEntries(reports))));
