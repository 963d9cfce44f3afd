"""The hall's files by tus-js-client: what it sends is signed in JavaScript, as the protocol says.

Neighbours: ``test_tus`` does the same with tuspy; ``tus_client.mjs`` is the program that runs here.
"""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.proxy import Proxy, Toxic, lost, proxying, unheard

_CLIENT = Path(__file__).with_name("tus_client.mjs")
_PIECE = 60_000


@pytest.fixture
def line(small_pair) -> Iterator[Proxy]:
    """A line to the hall that can be cut."""
    server = make_server("127.0.0.1", 0, small_pair.hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with proxying(f"http://127.0.0.1:{server.port}") as proxy:
        yield proxy
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wanted(small_pair) -> str:
    """A large picture that the hall waits for: its SHA-256."""
    builder = a_submission(small_pair.terminal, "RS-001")
    large = a_picture_at(small_pair.terminal, os.urandom(300_000))
    a_case_at(small_pair.terminal, builder.with_material(next(iter(builder.attachments)), large))
    small_pair.push()
    store = small_pair.terminal.parts.blobs
    return max(small_pair.pull(), key=store.size)


def bring(pair, line: Proxy, sha: str, retries: tuple[int, ...] = (), key_id: str = ""):
    """Run the client to its end; return its exit code and what it tells of its requests."""
    key = pair.terminal.parts.identity.signing
    told = {
        "path": str(pair.terminal.parts.blobs.path(sha)),
        "url": f"{line.address}/sync/v1/blobs/{sha}",
        "keyId": key_id or pair.line.key_id,
        "key": key.private_bytes_raw().hex(),
        "chunkSize": _PIECE,
        "retryDelays": retries or None,
    }
    # Where the machine has no Node.js, set-up has put one beside this Python.
    places = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["node", str(_CLIENT)],
        input=json.dumps(told),
        env={**os.environ, "PATH": places},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def spoiling(spoilt: dict[int, Toxic]) -> Toxic:
    """Return what spoils the pieces with these numbers, the first being 1."""
    counted = itertools.count(1)

    def pass_on(exchange, ask):
        toxic = spoilt.get(next(counted)) if exchange.method == "PATCH" else None
        return toxic(exchange, ask) if toxic else ask(exchange)

    return pass_on


def arrived(pair, sha: str) -> bool:
    return hashlib.sha256(pair.hall.parts.blobs.read(sha)).hexdigest() == sha


def test_tus_js_client_brings_a_file_in_pieces(small_pair, line, wanted):
    code, told = bring(small_pair, line, wanted)
    assert code == 0, told
    pieces = [offset for method, offset in told["requests"] if method == "PATCH"]
    assert pieces == list(range(0, small_pair.terminal.parts.blobs.size(wanted), _PIECE))
    assert arrived(small_pair, wanted)
    assert wanted not in small_pair.pull()


def test_it_asks_again_where_it_is_when_a_piece_or_an_answer_is_lost(small_pair, line, wanted):
    line.toxic = spoiling({2: lost, 4: unheard})
    code, told = bring(small_pair, line, wanted, retries=(10, 10, 10))
    assert code == 0, told
    sent = [offset // _PIECE for method, offset in told["requests"] if method == "PATCH"]
    # The second piece goes twice; the one whose answer was lost is there and goes once.
    assert sent == [0, 1, 1, 2, 3, 4, 5]
    assert [method for method, _ in told["requests"]].count("HEAD") == 3
    assert arrived(small_pair, wanted)


def test_another_run_goes_on_where_a_cut_ended_the_first(small_pair, line, wanted):
    line.toxic = spoiling({3: lost})
    code, told = bring(small_pair, line, wanted)
    assert code == 1, told
    line.toxic = None
    code, told = bring(small_pair, line, wanted)
    assert code == 0, told
    assert told["requests"][:2] == [["HEAD", -1], ["PATCH", 2 * _PIECE]]
    assert arrived(small_pair, wanted)


def test_a_key_that_the_hall_does_not_know_brings_nothing(small_pair, line, wanted):
    code, told = bring(small_pair, line, wanted, key_id="0" * 36)
    assert (code, [method for method, _ in told["requests"]]) == (1, ["HEAD"])
    assert "401" in told["error"]
    assert small_pair.hall.parts.blobs.received(wanted) == 0
