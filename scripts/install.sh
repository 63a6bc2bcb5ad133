#!/usr/bin/env bash
# Installs the npm packages of the lock file where they are missing or older than it. Plain bash: runs before anything is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in node npm; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: install Node 20.19 or later" >&2; exit 1; }
done
node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node ${process.versions.node} is too old: install 20.19 or later`);
    process.exit(1);
  }'

installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci --no-audit --no-fund >&2
  touch "$installed"
fi
