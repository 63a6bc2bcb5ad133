#!/usr/bin/env bash
# Installs and builds what is missing, then scans the sample captures. Arguments are handed to `catpool scan`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install.sh
bash scripts/build.sh --if-needed
exec node dist/cli/main.js scan captures "$@"
