#!/usr/bin/env bash
# Makes one archive that installs Catpool on a machine of this kind without internet: the built program, its packages with their
# natives, models, samples, systemd units, example configuration, and what installs them.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/install.sh
bash scripts/build.sh --if-needed

version=$(node -p 'require("./package.json").version')
kind=$(node -p '`${process.platform}-${process.arch}`')
name=catpool-$version-$kind
out=${1:-$name.tar.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
mkdir -p "$root/lib"

cp -r dist models captures package.json package-lock.json README.md LICENSE CHANGELOG.md "$root/lib/"
cp -r scripts/systemd scripts/probe.yaml scripts/config.schema.json "$root/"
# What is installed here, without what only development needs: natives are those of this machine.
cp -r node_modules "$root/lib/"
(cd "$root/lib" && npm prune --omit=dev --offline --ignore-scripts --no-audit --no-fund >&2)
rm -rf "$root/lib/node_modules/.cache" "$root/lib/node_modules/.vite"

cat >"$root/install.sh" <<'INSTALL'
#!/usr/bin/env bash
# Installs Catpool below PREFIX (default /usr/lib/catpool, with the command in /usr/bin). Needs Node 20.19 or later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=${PREFIX:-/usr/lib/catpool}
bin=${BIN:-/usr/bin}
command -v node >/dev/null || { echo 'node is missing: install Node 20.19 or later' >&2; exit 1; }
mkdir -p "$(dirname "$prefix")" "$bin"
# The new one takes the place of the old one whole.
rm -rf "$prefix.new"
cp -r "$here/lib" "$prefix.new"
rm -rf "$prefix.old"
[ ! -e "$prefix" ] || mv "$prefix" "$prefix.old"
mv "$prefix.new" "$prefix"
rm -rf "$prefix.old"
printf '#!/bin/sh\nexec node %s/dist/cli/main.js "$@"\n' "$prefix" >"$bin/catpool"
chmod 755 "$bin/catpool"
"$bin/catpool" --version
echo "Next: $here/systemd holds the units, $here/probe.yaml an example for /etc/catpool/probe.yaml; catpool doctor --config checks it."
INSTALL
chmod 755 "$root/install.sh"

tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$out" -C "$work" "$name"
echo "$out"
