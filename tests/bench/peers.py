"""How fast others replicate the like: documents of 2 kB from one store to another over HTTP.

PouchDB is installed by npm into a temporary folder each time: nothing of ours needs it. It keeps no
signature, no encryption, no chain and no verdicts; its documents are not replayed to anything. So
the figure says what such a machine gives to the simplest thing that could be used instead.

Morango, with which Kolibri's schools replicate, is installed by pip into an environment of its own
in such a folder (`morango_peer` is what runs there). It knows certificates, but signs no records.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.cli.platform import free_port
from tests.bench.figure import Figure, Watch

DOCUMENTS, BYTES = 10_000, 2_000
PACKAGES = (
    "pouchdb-core@9",
    "pouchdb-adapter-http@9",
    "pouchdb-adapter-leveldb@9",
    "pouchdb-replication@9",
    "express@4",
    "express-pouchdb@4",
)
#: The Django that it supports comes with it; signatures by `cryptography` are its quickest.
MORANGO_PACKAGES = ("morango==0.8.15", "gunicorn", "cryptography")
MORANGO_PIECES = (500, 2_000)
_SCRIPT = Path(__file__).with_name("pouchdb.cjs")
_PROJECT = Path(__file__).with_name("morango_peer")
_SERVER = ("morango_peer.project:serve()", "--threads=4", "--timeout=600", "--no-control-socket")
_SECONDS = 600


def pouchdb() -> Iterator[Figure]:
    """Replicate from one PouchDB to another, in batches of 500 as our envelopes are."""
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        _run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES)
        server = subprocess.Popen(
            ["node", _SCRIPT, "serve", name],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            port = json.loads(server.stdout.readline())["port"]
            watch = Watch.start()
            sizes = (str(port), str(DOCUMENTS), str(BYTES))
            told = json.loads(_run(folder, "node", str(_SCRIPT), "send", name, *sizes))
            busy = watch.others(0.0)
        finally:
            server.terminate()
            server.wait(10)
    conditions = (
        f"PouchDB 9 to express-pouchdb 4, LevelDB on both sides, {BYTES:,} bytes each, batches of "
        f"500; one document put and replicated: p50 {told['put']:.0f} ms; {busy} (its own counted)"
    )
    rate = round(told["written"] / told["seconds"])
    yield Figure("peer_pouchdb_rate", rate, "documents/s", told["written"], conditions)


def morango() -> Iterator[Figure]:
    """Push from one Morango to another, in pieces of its default size and in larger ones."""
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        try:
            _run(folder, sys.executable, "-m", "venv", "own")
            _run(folder, "own/bin/pip", "install", "--quiet", *MORANGO_PACKAGES)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            why = str(error.stderr or error).strip()[-300:]
            print(
                f"peer_morango_rate is left out, Morango cannot be installed: {why}",
                file=sys.stderr,
            )
            return
        shutil.copytree(_PROJECT, folder / _PROJECT.name)
        watch = Watch.start()
        told = {piece: _pushed(folder / f"of-{piece}", folder, piece) for piece in MORANGO_PIECES}
        busy = watch.others(0.0)
    rates = {piece: round(one["written"] / one["seconds"]) for piece, one in told.items()}
    best = max(rates, key=lambda piece: rates[piece])
    versions = ", ".join(f"{package} {told[best][package]}" for package in ("morango", "django"))
    conditions = (
        f"{versions}, gunicorn as server, SQLite (WAL, synchronous=FULL) on both sides, "
        f"{BYTES:,} bytes each, one push session with gzip as it comes, from serialising to the "
        "rows at the server; cases/s in pieces of "
        + ", ".join(f"{piece:,}: {rate}" for piece, rate in rates.items())
        + f" (500 is the default); one case saved and pushed: {told[best]['put']:.0f} ms, most of "
        f"both are pauses between its questions; {busy} (its own counted)"
    )
    yield Figure("peer_morango_rate", rates[best], "cases/s", told[best]["written"], conditions)


def _pushed(place: Path, folder: Path, piece: int) -> dict[str, Any]:
    """Make a server and a client anew in `place`, push, and return what the client told."""
    place.mkdir()
    more = {"PEER_FOLDER": str(place), "PEER_PIECE": str(piece)}
    python, load = "own/bin/python", "from morango_peer import project; project."
    station = _run(folder, python, "-c", f"{load}prepare()", **more).strip()
    port = free_port()
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            ["own/bin/gunicorn", *_SERVER, "--bind", f"127.0.0.1:{port}"],
            cwd=folder,
            env=_environment(**more),
            stdout=log,
            stderr=log,
        )
    try:
        _until_open(port)
        sending = f"{load}send({station!r}, {port}, {DOCUMENTS}, {BYTES})"
        told = _run(folder, python, "-c", sending, **more)
    finally:
        server.terminate()
        server.wait(10)
    return dict(json.loads(told.splitlines()[-1]))


def _until_open(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def _run(folder: Path, *command: str, **more: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(**more),
        check=True,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    return done.stdout


def _environment(**more: str) -> dict[str, str]:
    # Where the machine has no Node.js, set-up has put one beside this Python.
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}
