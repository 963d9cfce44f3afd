"""Redis under Sentinel: the machine with the queue is killed, and the bell is heard on the other."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from kiosk import redis_link
from kiosk.cli.platform import free_port
from kiosk.config import Config
from kiosk.core import redis_client
from kiosk.rate_store import PREFIX, RateStore
from sync import jobs
from sync.jobs import Doorbell, Duties

LIMIT = 30.0


@dataclass
class Watched:
    """Two Redis servers and the sentinel that watches them under the name `bell`."""

    url: str
    servers: dict[int, subprocess.Popen[bytes]]

    def master(self) -> int:
        """The port that the sentinel names."""
        port = sentinel_port(self.url)
        with Redis(port=port) as sentinel:
            return int(sentinel.sentinel_get_master_addr_by_name("bell")[1])


def sentinel_port(url: str) -> int:
    return int(url.partition("/bell")[0].rpartition(":")[2])


def until(look, what: str) -> None:
    end = time.monotonic() + LIMIT
    while True:
        with suppress(RedisError):
            if look():
                return
        assert time.monotonic() < end, what
        time.sleep(0.05)


def started(program: str, folder: Path, port: int, *settings: str) -> subprocess.Popen[bytes]:
    config = folder / f"{port}.conf"
    lines = [f"port {port}", "bind 127.0.0.1", f"dir {folder}", 'save ""', *settings]
    config.write_text("\n".join(lines) + "\n", encoding="ascii")
    more = ["--sentinel"] if "sentinel" in "".join(settings) else []
    return subprocess.Popen([program, str(config), *more], stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    program = shutil.which("redis-server")
    assert program, "deploy/setup.sh test installs redis-server"
    first, second, sentinel = free_port(), free_port(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="sentinel-"))
    with ExitStack() as afterwards:
        afterwards.callback(shutil.rmtree, folder)
        servers = {
            first: started(program, folder, first),
            second: started(program, folder, second, f"replicaof 127.0.0.1 {first}"),
        }
        watcher = started(
            program,
            folder,
            sentinel,
            f"sentinel monitor bell 127.0.0.1 {first} 1",
            "sentinel down-after-milliseconds bell 300",
            "sentinel failover-timeout bell 2000",
        )
        for process in (*servers.values(), watcher):
            afterwards.callback(process.wait, 10)
            afterwards.callback(process.terminate)
        found = Watched(f"sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel}/bell", servers)
        with Redis(port=sentinel) as asked:
            until(lambda: asked.sentinel_slaves("bell"), "the sentinel knows the replica")
        yield found


def test_a_killed_master_costs_rings_for_moments_and_no_restart(watched, tmp_path):
    config = Config("terminal", tmp_path, redis_url=watched.url)
    client, done = redis_client(config), list[str]()
    bell = Doorbell(client)
    jobs.take_up(Duties(lambda: done.append("push") or 0, list, list, done.append, bell))
    store = RateStore(PREFIX + watched.url)
    assert bell.ring("push")
    assert store.incr("somebody", 60) == 1
    killed = watched.master()
    until(lambda: client.wait(1, 100), "the replica has the ring")
    watched.servers[killed].kill()
    until(lambda: watched.master() != killed, "the sentinel names the other server")
    until(lambda: bell.ring("push", anew=True), "the bell is heard again")
    connection = redis_link.connect(watched.url)
    queue = Queue(jobs.QUEUE, connection=connection, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")
    assert done[0] == "push"
    assert set(done) == {"push"}
    assert store.incr("somebody", 60) >= 1
