#!/usr/bin/env bash
# Builds dist/jishiban-*.whl with everything a machine needs: front end, translations, items, migrations.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/setup.sh run
rm -rf build dist
.venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation \
    --wheel-dir dist .
rm -rf build jishiban.egg-info
ls dist
