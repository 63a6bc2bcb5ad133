#!/usr/bin/env bash
# Everything that must hold before a change is taken: installs what it needs, builds, checks, tests. Stops at the first step that
# fails. The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# step <name> <command...>: one line when it is well, its output where it is not.
step() {
  local name=$1 started=$SECONDS
  shift
  if "$@" >"$work/log" 2>&1; then
    printf 'ok    %-16s %4d s\n' "$name" $((SECONDS - started))
  else
    cat "$work/log"
    printf 'FAIL  %-16s %4d s\n' "$name" $((SECONDS - started))
    exit 1
  fi
}

shared_captures() {
  [ -d "$CATPOOL_SHARED/captures/sip" ] || {
    echo "no captures at $CATPOOL_SHARED/captures/sip: set CATPOOL_SHARED to the folder that holds captures/"
    return 1
  }
}

tests() {
  local started=$SECONDS status=0
  node_modules/.bin/vitest run --coverage --reporter=default --reporter=json --outputFile.json="$work/tests.json" || status=$?
  [ -e "$work/tests.json" ] || { echo 'FAIL  tests: vitest wrote no report'; return 1; }
  node -e '
    const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const left = report.numTotalTests - report.numPassedTests - report.numFailedTests;
    if (left > 0) console.log(`FAIL  ${left} tests were skipped: every test must run`);
    console.log(`${Number(process.argv[2]) === 0 && left === 0 ? "ok  " : "FAIL"}  tests            ${String(process.argv[3]).padStart(4)} s`);
    console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
    if (left > 0 || report.numPassedTests === 0) process.exit(1);
  ' "$work/tests.json" "$status" $((SECONDS - started)) || status=1
  return "$status"
}

CATPOOL_SHARED=$(realpath -m "${CATPOOL_SHARED:-../shared}")
export CATPOOL_SHARED
step 'shared captures' shared_captures
step 'system packages' bash scripts/system-packages.sh
step 'npm packages' bash scripts/install.sh
step build bash scripts/build.sh
step types npm run --silent types
step 'lint and format' npm run --silent lint
step 'unused code' npm run --silent unused
tests
