#!/usr/bin/env bash
# Installs a wheel of deploy/build.sh for use: deploy/install.sh WHEEL FOLDER
#
# FOLDER becomes a virtual environment with the pinned packages and the wheel, nothing for building or
# testing; run again with a newer wheel, it is brought up to date. As root it installs the packages
# of the operating system that are needed, otherwise it expects them. Those after libzbar0 are for
# printing alone: without them everything else works. Used by the Dockerfile.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: deploy/install.sh WHEEL FOLDER" >&2 && exit 2; }
wheel=$(realpath "$1")
folder=$2
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends python3-venv libzbar0 \
        libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk libusb-1.0-0
fi
[ -x "$folder/bin/pip" ] || "${PYTHON:-python3}" -m venv "$folder"
pip=("$folder/bin/pip" --quiet --disable-pip-version-check --no-cache-dir)
"${pip[@]}" install --require-hashes --only-binary=:all: --requirement requirements.lock
"${pip[@]}" install --no-deps --no-index --force-reinstall "$wheel"
"$folder/bin/pip" check
# Else each start compiles them.
"$folder/bin/python" -m kiosk.cli.compiling
