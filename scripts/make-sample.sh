#!/usr/bin/env bash
# Makes the sample capture of captures/ again, and the truth about its lines.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build.sh --if-needed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node dist/cli/main.js simulate --out "$work" --scenario scripts/scenarios/sample.yaml
gzip -9nc "$work/capture-001.pcap" >captures/sample.pcap.gz
cp "$work/labels.csv" captures/sample-labels.csv
