#!/usr/bin/env bash
# Pins what setup.cfg and package.json ask for. Pins that still fit are kept; `deploy/lock.sh --upgrade`
# takes the newest. The Python locks hold for every Python from 3.11 on and every platform: a package
# that only an older patch release needs is in them with its marker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

extra() {
    .venv/bin/python - "$1" <<'PY'
import configparser
import sys

setup = configparser.ConfigParser()
setup.read("setup.cfg")
print(setup["options.extras_require"][sys.argv[1]])
PY
}

pin() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header "$@"
}

pin "$@" --output-file requirements.lock setup.cfg
for part in build node; do
    extra $part | pin "$@" --output-file requirements-$part.lock -
done
pin "$@" --constraint requirements.lock --constraint requirements-build.lock \
    --extra build --extra dev --output-file requirements-dev.lock setup.cfg
npm install --package-lock-only
rm -rf jishiban.egg-info
