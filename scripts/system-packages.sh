#!/usr/bin/env bash
# Installs the Debian packages that the tests need, where they are missing and this is root; else names them and stops.
set -euo pipefail

# command=package
needed=(zstd=zstd tshark=tshark editcap=wireshark-common sipp=sip-tester tcpdump=tcpdump openssl=openssl chromium=chromium)

missing=()
for pair in "${needed[@]}"; do
  command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing Debian packages: ${missing[*]} (as root: apt-get install ${missing[*]})" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "could not install Debian packages: ${missing[*]}" >&2
  exit 1
fi
