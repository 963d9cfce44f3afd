"""Two web machines of one hall on one PostgreSQL: which of them answers makes no difference.

They share database and data folder, as two machines with common storage do.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import urllib3
from sqlalchemy import func, select

from kiosk.cases.model import Case
from kiosk.cli.platform import free_port
from sync import push
from sync.ledger import LedgerEntry
from sync.transport import HttpTransport, LineDown
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair, enrolled

CASES = 12
KIOSK = str(Path(sys.executable).with_name("kiosk"))


@contextmanager
def web_machine(hall: Machine) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Another machine that serves this hall; its process and its address."""
    port, config = free_port(), hall.parts.config
    settings = {
        "KIOSK_DATA_DIR": str(config.data_dir),
        "KIOSK_DATABASE_URL": config.database,
        "KIOSK_LISTEN": f"127.0.0.1:{port}",
        "KIOSK_WEB_PROCESSES": "1",
    }
    process = subprocess.Popen([KIOSK, "hall", "serve"], env={**os.environ, **settings})
    try:
        wait_until(lambda: answers(port), "the machine serves")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    with (
        urllib3.PoolManager(retries=False, timeout=2) as http,
        suppress(urllib3.exceptions.HTTPError),
    ):
        return http.request("GET", f"http://127.0.0.1:{port}/healthz").status == 200
    return False


def wait_until(holds, what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def push_to(pair: Pair, address: str) -> int:
    signing = pair.terminal.parts.identity.signing
    transport = HttpTransport(address, pair.line.key_id, signing)
    return push.push(replace(pair.exchange, transport=transport))


def counts(pair: Pair) -> tuple[int, int, int]:
    """Entries, cases, and different cases at the hall."""
    with pair.hall.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(LedgerEntry)),
            session.scalar(select(func.count()).select_from(Case)),
            session.scalar(select(func.count(Case.number.distinct()))),
        )


@pytest.fixture
def pair(a_hall, a_terminal) -> Pair:
    return enrolled(a_hall("postgresql"), a_terminal())


def test_both_take_the_same_queue_at_once_and_one_is_killed_in_the_middle_of_an_envelope(pair):
    with web_machine(pair.hall) as (doomed, one), web_machine(pair.hall) as (_, other):
        for _ in range(CASES):
            a_case_at(pair.terminal)
        threads = [threading.Thread(target=push_to, args=(pair, each)) for each in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts(pair) == (CASES, CASES, CASES)

        for _ in range(CASES):
            a_case_at(pair.terminal)
        url = pair.hall.parts.config.database.replace("+psycopg", "")
        with psycopg.connect(url) as blocking, psycopg.connect(url, autocommit=True) as looking:
            blocking.execute("LOCK TABLE cases IN EXCLUSIVE MODE")
            outcome: list[Exception] = []
            thread = threading.Thread(target=failing, args=(pair, one, outcome))
            thread.start()
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            wait_until(lambda: looking.execute(waiting).fetchone()[0], "an envelope is half in")
            kill_all(doomed)
            thread.join()
        assert [type(error) for error in outcome] == [LineDown]
        assert counts(pair)[0] == CASES
        assert push_to(pair, other) == CASES
        assert counts(pair) == (2 * CASES, 2 * CASES, 2 * CASES)
        assert pair.peer().acknowledged == (1, 2 * CASES)


def failing(pair: Pair, address: str, outcome: list[Exception]) -> None:
    try:
        push_to(pair, address)
    except LineDown as error:
        outcome.append(error)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 the server and its workers, all at once."""
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    for pid in (process.pid, *children):
        os.kill(pid, 9)
