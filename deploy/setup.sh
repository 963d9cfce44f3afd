#!/usr/bin/env bash
# Installs what the project needs and this machine does not have yet, then builds what is built.
#
#   deploy/setup.sh run     enough for `kiosk up`
#   deploy/setup.sh check   that, and the Python packages of the checks and tests
#   deploy/setup.sh test    that, and the browser, fonts and servers the tests use
#
# Every step leaves a stamp that names what it was made from (lock file, sources), so a second call
# does nothing and prints nothing. Python packages come from the lock files with their hashes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
purpose=${1:-run}
case $purpose in run | check | test) ;; *) echo "deploy/setup.sh: run, check or test, not '$purpose'" >&2 && exit 2 ;; esac

# The distribution's own Python first: it is mended with the system and built with profiles, which
# saves a tenth of a case's processor time against one built without them (docs/performance.md).
python=${PYTHON:-/usr/bin/python3}
[ -n "${PYTHON:-}" ] || "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || python=python3
venv=.venv
stamps=$venv/stamps
# Where ldconfig is, also for those who are not root.
PATH=$PATH:/usr/sbin:/sbin

stop() {
    echo "set-up: $*" >&2
    exit 2
}

# quietly WHAT COMMAND...: says WHAT, shows the command's output only when it fails.
quietly() {
    local log status=0
    echo "set-up: $1" >&2
    log=$(mktemp)
    "${@:2}" </dev/null >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        stop "$1: failed ($2, exit $status)"
    fi
    rm -f "$log"
}

# digest FILE...: one digest over names and contents; a folder stands for the files in it.
digest() { { find "$@" -type f -print0 2>/dev/null || true; } | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum; }
stamped() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$stamps" && printf '%s\n' "$2" >"$stamps/$1"; }

# ---- packages of the operating system ------------------------------------------------------------

missing_packages() {
    local wanted=()
    "$python" -c 'import ensurepip' 2>/dev/null || [ -x $venv/bin/pip ] || wanted+=(python3-venv)
    grep -q 'libzbar\.so\.0' <<<"$(ldconfig -p)" || wanted+=(libzbar0)
    # Printed papers: layout, cutting fonts down (else 18 s a paper for 1 s), Chinese.
    grep -q 'libpangoft2-1\.0\.so\.0' <<<"$(ldconfig -p)" || wanted+=(libpangoft2-1.0-0)
    grep -q 'libharfbuzz-subset\.so\.0' <<<"$(ldconfig -p)" || wanted+=(libharfbuzz-subset0)
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || wanted+=(fonts-noto-cjk)
    if [ "$purpose" = test ]; then
        command -v chromium >/dev/null || wanted+=(chromium)
        # The same engine for a third less processor time, where a test needs no camera nor Back.
        command -v chromium-headless-shell >/dev/null || wanted+=(chromium-headless-shell)
        command -v certutil >/dev/null || wanted+=(libnss3-tools)
        command -v redis-server >/dev/null || wanted+=(redis-server)
        compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || wanted+=(postgresql-15)
        # Clocks that are wrong by a year, and disks that lose their power.
        compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || wanted+=(faketime)
        command -v mkfs.ext4 >/dev/null || wanted+=(e2fsprogs)
        # Halls of several machines, each with a network of its own.
        command -v ip >/dev/null || wanted+=(iproute2)
    fi
    echo "${wanted[*]:-}"
}

install_packages() {
    local packages as_root=()
    command -v "$python" >/dev/null || stop "Python 3.11 or later is needed and '$python' is not there"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "Python 3.11 or later is needed; '$python' is $("$python" -V 2>&1). Name another with PYTHON=…"
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null || stop "please install: $packages (Debian's names), then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || stop "please install, then run this again: sudo apt-get install $packages"
        as_root=(sudo -n)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
    quietly "reading the package lists" "${as_root[@]}" update
    # shellcheck disable=SC2086 # a list of names without spaces
    quietly "installing $packages" "${as_root[@]}" install -y --no-install-recommends $packages
}

# ---- Python --------------------------------------------------------------------------------------

make_venv() {
    # A copied or moved folder, or a Python that was upgraded underneath, leaves a venv that cannot start.
    local made_with
    made_with="$PWD $("$python" -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])')"
    stamped venv "$made_with" && [ -x $venv/bin/pip ] && return 0
    rm -rf $venv
    quietly "making $venv" "$python" -m venv $venv
    stamp venv "$made_with"
}

install_locked() {
    local name=$1 lock
    shift
    lock=$(digest "$@")
    stamped "$name" "$lock" && return 0
    quietly "installing Python packages ($*)" $venv/bin/pip install --disable-pip-version-check \
        --require-hashes --only-binary=:all: "${@/#/--requirement=}"
    stamp "$name" "$lock"
}

install_public_suite() {
    # The only package that holds the public suite of JSON Logic is the source of a compiled one; what
    # stands in for its build program takes the suite out of it.
    local sources
    sources=$(digest deploy/public_suite)
    stamped public-suite "$sources" && return 0
    # In a shell of its own: without it one test fails, which must not keep anybody from all else.
    if (quietly "installing the public suite of JSON Logic" env PYTHONPATH="$PWD/deploy/public_suite" \
        $venv/bin/pip install --disable-pip-version-check --require-hashes --no-deps \
        --no-binary=:all: --no-build-isolation --requirement=deploy/public_suite/requirements.lock); then
        stamp public-suite "$sources"
    fi
}

install_project() {
    local metadata
    # An editable installation knows the folders that were there when it was made.
    metadata="$(digest setup.cfg pyproject.toml) $(echo */__init__.py)"
    stamped project "$metadata" && return 0
    quietly "installing the project" $venv/bin/pip install --disable-pip-version-check \
        --no-deps --no-index --no-build-isolation --editable .
    stamp project "$metadata"
}

compile_sources() {
    # Where Python is told to keep no bytecode, as in many containers, every process of ours would
    # compile all of its sources when it starts: a fifth of what a start costs. Looks at the sources
    # by itself and does only what is to be done; one that changes later is read as it is.
    local folders=(kiosk sync forms)
    [ "$purpose" = run ] || folders+=(tests)
    # pytest makes its own of the tests themselves.
    $venv/bin/python -m compileall -q -x '/test_[^/]*$' "${folders[@]}" || stop "a source cannot be compiled"
}

# ---- front end, translations, catalogue ----------------------------------------------------------

build_front_end() {
    local sources
    # The catalogue too: its words are offered by the kiosk's keyboard.
    sources=$(digest static/build.mjs static/js static/css static/img static/words static/*.* package-lock.json forms/releases)
    stamped front-end "$sources" && [ -s static/build/manifest.json ] && return 0
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        install_locked node requirements-node.lock
        PATH=$PWD/$venv/bin:$PATH
    fi
    local lock
    lock=$(digest package-lock.json)
    if ! stamped npm "$lock" || [ ! -d node_modules ]; then
        quietly "installing front-end packages" npm ci
        stamp npm "$lock"
    fi
    quietly "building the front end" node static/build.mjs
    stamp front-end "$sources"
}

compile_translations() {
    local sources
    compgen -G 'kiosk/translations/*/LC_MESSAGES/*.po' >/dev/null || return 0
    sources=$(digest kiosk/translations/*/LC_MESSAGES/*.po)
    stamped translations "$sources" && compgen -G 'kiosk/translations/*/LC_MESSAGES/*.mo' >/dev/null && return 0
    quietly "compiling translations" $venv/bin/pybabel compile -d kiosk/translations
    stamp translations "$sources"
}

compile_templates() {
    local sources
    sources=$(digest kiosk/templates/*/*.html kiosk/pages kiosk/app.py requirements.lock)
    stamped templates "$sources" && return 0
    quietly "compiling the pages' templates" $venv/bin/python -m kiosk.cli.compiling
    stamp templates "$sources"
}

build_catalogue() {
    # The release is made here, because a terminal does without what makes it.
    local sources
    sources=$(digest forms/items forms/bundles forms/shared forms/*.py forms/checks/*.py forms/fields/*.py)
    stamped catalogue "$sources" && compgen -G 'forms/releases/*.json' >/dev/null && return 0
    quietly "building the catalogue" $venv/bin/kiosk catalogue build
    stamp catalogue "$sources"
}

install_packages
make_venv
if [ "$purpose" != run ]; then
    install_locked python requirements-dev.lock
    install_public_suite
elif ! stamped python "$(digest requirements-dev.lock)"; then
    # What the tests need holds all of this, with the same pins.
    install_locked python requirements.lock requirements-build.lock
fi
install_project
compile_sources
compile_translations
build_catalogue
build_front_end
compile_templates
