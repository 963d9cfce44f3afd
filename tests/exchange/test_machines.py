"""A hall of several machines, each with a network of its own: two serve, two do what comes round.

The database and Redis are on a fifth. What is lost is a machine, or its line, in the midst of an
envelope; what must hold is that terminals go on at the other machine, and every case is there once.
"""

import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import urllib3
from redis import Redis
from rq import Worker
from sqlalchemy import func, select

from kiosk import schema
from kiosk.cases.model import Case
from kiosk.config import Config
from sync import push
from sync.ledger import LedgerEntry
from sync.transport import HttpTransport, LineDown
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair, enrolled, initialised
from tests.builders.network import Network, Programs, end, network, programs
from tests.builders.privileges import need_networks
from tests.builders.servers import running_postgres

KIOSK = str(Path(sys.executable).with_name("kiosk"))
LIMIT = 150.0
#: The address that terminals know; it moves to the machine that is left.
KNOWN = "10.77.0.100"
CASES = 15
EVERY = "0.0.0.0"  # noqa: S104 - of a network that nobody else is on


@dataclass
class Installation:
    """A hall of five machines, and a village with two terminals."""

    network: Network
    programs: Programs
    hall: Machine
    terminals: tuple[Pair, ...]
    redis: str
    log: Path

    def web(self, name: str, address: str):
        started = self.start(name, "hall", "serve", KIOSK_LISTEN=f"{EVERY}:8100")
        until(lambda: self.answers(address), f"{name} serves")
        return started

    def start(self, name: str, *command: str, **settings: str):
        config = self.hall.parts.config
        return self.programs.start(
            name,
            KIOSK,
            *command,
            log=self.log / name,
            KIOSK_DATA_DIR=str(config.data_dir),
            KIOSK_DATABASE_URL=f"postgresql+psycopg://postgres@{self.network.addresses['data']}/hall",
            KIOSK_REDIS_URL=self.redis,
            KIOSK_WEB_PROCESSES="1",
            **settings,
        )

    def answers(self, address: str) -> bool:
        found: list[bool] = []
        url = f"http://{address}:8100/healthz"
        self.network.on("village", lambda: found.append(responds(url))).join()
        return found == [True]

    def push(self, pair: Pair, address: str) -> list[BaseException | int]:
        """Push all that a terminal has from the village to an address; what came of it."""
        outcome: list[BaseException | int] = []
        self.pushing(pair, address, outcome).join()
        return outcome

    def pushing(self, pair: Pair, address: str, outcome: list[BaseException | int]):
        def go() -> None:
            signing = pair.terminal.parts.identity.signing
            transport = HttpTransport(f"http://{address}:8100", pair.line.key_id, signing)
            try:
                outcome.append(push.push(replace(pair.exchange, transport=transport)))
            except LineDown as error:
                outcome.append(error)

        return self.network.on("village", go)

    def counts(self) -> tuple[int, int, int]:
        """Entries, cases and different cases at the hall."""
        with self.hall.reading() as session:
            return (
                session.scalar(select(func.count()).select_from(LedgerEntry)),
                session.scalar(select(func.count()).select_from(Case)),
                session.scalar(select(func.count(Case.number.distinct()))),
            )


def responds(url: str) -> bool:
    with (
        urllib3.PoolManager(retries=False, timeout=2) as http,
        suppress(urllib3.exceptions.HTTPError),
    ):
        return http.request("GET", url).status == 200
    return False


def until(holds: Callable[[], object], what: str, seconds: float = LIMIT) -> None:
    finish = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < finish, what
        time.sleep(0.05)


@pytest.fixture
def hall(installation) -> Iterator[Installation]:
    """The installation with none of the hall's programs running yet, and every cable in."""
    with programs(installation.network) as started:
        yield replace(installation, programs=started)
    for name in installation.network.addresses:
        installation.network.mend(name)


@pytest.fixture(scope="module")
def installation(on_sqlite, tmp_path_factory) -> Iterator[Installation]:
    need_networks()
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as kept:
        net = kept.enter_context(network())
        for name in ("data", "web1", "web2", "work1", "work2", "village"):
            net.machine(name)
        server = kept.enter_context(
            running_postgres(net.command("data"), "10.77.0.0/24", listen_addresses="*")
        )
        started = kept.enter_context(programs(net))
        redis = shutil.which("redis-server")
        assert redis, "deploy/setup.sh test installs redis-server"
        open_to_all = ["--bind", "*", "--protected-mode", "no", "--save", ""]
        socket = ["--unixsocket", str(folder / "redis.sock")]
        started.start("data", redis, *open_to_all, *socket, log=folder / "redis")
        server.run("CREATE DATABASE hall")
        schema.ensure(Config("hall", folder, database_url=server.url("hall")))
        hall = initialised(Machine.made("hall", folder, server.url("hall")))
        kept.callback(hall.close)
        terminals = [on_sqlite("terminal") for _ in range(2)]
        for terminal in terminals:
            kept.callback(terminal.close)
        pairs = tuple(enrolled(hall, terminal) for terminal in terminals)
        address = f"redis://{net.addresses['data']}:6379/0"
        yield Installation(net, started, hall, pairs, address, folder)


def in_the_midst_of_an_envelope(server: str, begins: Callable[[], object], then) -> None:
    """Let `begins` start an envelope, and `then` happen while half of it is in."""
    with psycopg.connect(server) as blocking, psycopg.connect(server, autocommit=True) as looking:
        blocking.execute("LOCK TABLE cases IN EXCLUSIVE MODE")
        begins()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        until(lambda: looking.execute(waiting).fetchone()[0], "an envelope is half in")
        then()


def test_two_machines_serve_at_once_and_what_comes_round_outlives_one_of_two_workers(hall):
    one, other = (hall.network.addresses[name] for name in ("web1", "web2"))
    hall.web("web1", one)
    hall.web("web2", other)
    workers = [hall.start(name, "worker", "hall") for name in ("work1", "work2")]
    client = Redis(unix_socket_path=str(hall.log / "redis.sock"))
    until(lambda: len(Worker.all(connection=client)) == 2, "two workers")
    outcomes: list[list[BaseException | int]] = [[], [], [], []]
    for pair in hall.terminals:
        for _ in range(CASES):
            a_case_at(pair.terminal)
    # Each terminal by both machines at the same time, the worst that a balancer may do.
    ways = [(pair, address) for pair in hall.terminals for address in (one, other)]
    for thread in [hall.pushing(*way, into) for way, into in zip(ways, outcomes, strict=True)]:
        thread.join()
    assert hall.counts() == (2 * CASES,) * 3, outcomes
    end(workers[0], signal.SIGKILL)
    client.flushall()
    until(lambda: client.exists("jishiban:duty:forget_failed_sign_ins"), "the duty is called")
    until(lambda: client.llen("rq:queue:jishiban-hall") == 0, "and done by the one that is left")


@pytest.mark.parametrize("loses", ["its power", pytest.param("its line", marks=pytest.mark.soak)])
def test_a_machine_is_lost_in_the_midst_of_an_envelope_and_the_other_takes_its_address(hall, loses):
    pair = hall.terminals[0]
    url = hall.hall.parts.config.database.replace("+psycopg", "")
    first = hall.web("web1", hall.network.addresses["web1"])
    hall.web("web2", hall.network.addresses["web2"])
    hall.network.give(KNOWN, "web1")
    before = hall.counts()[0]
    for _ in range(CASES):
        a_case_at(pair.terminal)
    outcome: list[BaseException | int] = []

    def lost() -> None:
        if loses == "its line":
            hall.network.cut("web1")
        else:
            end(first, signal.SIGKILL)

    in_the_midst_of_an_envelope(url, lambda: hall.pushing(pair, KNOWN, outcome), lost)
    hall.network.give(KNOWN, "web2")
    # The lost machine holds what it had locked until the database has noticed that it is gone.
    until(lambda: hall.push(pair, KNOWN) != [] and hall.counts()[0] == before + CASES, "all is in")
    assert hall.counts() == (before + CASES,) * 3
    assert pair.peer().acknowledged[1] >= CASES
    until(lambda: outcome, "the terminal was told")
    assert isinstance(outcome[0], LineDown)
