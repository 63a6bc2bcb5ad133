#!/usr/bin/env bash
# Compiles src/ to dist/, and bundles the pages of the desk. With --if-needed, only where a source is newer than what was built.
set -euo pipefail
cd "$(dirname "$0")/.."

main=dist/cli/main.js
if [ "${1:-}" = --if-needed ] && [ -e "$main" ]; then
  newer=$(find src package-lock.json tsconfig.json tsconfig.build.json vite.config.ts -type f -newer "$main" -print -quit)
  [ -n "$newer" ] || exit 0
fi
rm -rf dist
node_modules/.bin/tsc -p tsconfig.build.json --noEmitOnError
node_modules/.bin/vite build --logLevel warn
[ -e "$main" ] || { echo "the build made no $main" >&2; exit 1; }
chmod +x "$main"
