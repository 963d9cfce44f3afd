"""How fast others replicate the like: documents of 2 kB from one store to another over HTTP.

PouchDB is installed by npm into a temporary folder each time: nothing of ours needs it. It keeps no
signature, no encryption, no chain and no verdicts; its documents are not replayed to anything. So
the figure says what such a machine gives to the simplest thing that could be used instead.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
_SCRIPT = Path(__file__).with_name("pouchdb.cjs")
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


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    return done.stdout


def _environment() -> dict[str, str]:
    # Where the machine has no Node.js, set-up has put one beside this Python.
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
