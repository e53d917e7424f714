#!/bin/sh
# Puts static/vendor/yjs together again, byte for byte: Yjs and what it needs of lib0, as one module with the exports in use.
# Needs npm and the network, once; says the hash that vendor.json has to name.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --save-exact --no-audit --no-fund yjs@13.6.33 lib0@0.2.120 esbuild@0.25.12
cat >entry.mjs <<'EOF'
export { Array, Doc, Map, Text, UpdateEncoderV1, applyUpdate, decodeStateVector, decodeUpdate, encodeStateAsUpdate, encodeStateVector, mergeUpdates } from "yjs";
EOF
notice="/*! Yjs 13.6.33 and lib0 0.2.120, (c) Kevin Jahns and contributors, MIT: LICENSE beside this file */"
npx esbuild entry.mjs --bundle --format=esm --target=es2022 --minify --legal-comments=none "--banner:js=$notice" --outfile="$here/yjs.min.js"
{
  echo "Yjs"
  echo
  cat node_modules/yjs/LICENSE
  echo
  echo "lib0"
  echo
  cat node_modules/lib0/LICENSE
} >"$here/LICENSE"
sha256sum "$here/yjs.min.js"
