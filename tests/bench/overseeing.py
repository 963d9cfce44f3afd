"""How long people at the hall wait for a page, with twenty thousand terminals and millions of cases.

What is measured are pages as a browser asks for them, in changing order, over eight connections.
Neighbours: `town` makes the hall, `deciding` measures there after the pages.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import psycopg
import urllib3

from kiosk.cli.selftest import Api
from kiosk.operators.departments import GENERAL_WINDOWS
from tests.bench import deciding, town
from tests.bench.client import exchange, request
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.multiplying import TERMINALS
from tests.bench.stage import Stage, cpu_seconds
from tests.bench.town import CASES, PASSWORD

CONNECTIONS, TURNS = 8, 50
_OVERVIEW = (
    "/terminals",
    "/terminals?light=red",
    "/terminals?light=yellow&after=1-200500",
    "/terminals?why=well&after=2-210000",
    "/terminals?q=4711",
    "/terminals?q=399%E6%9D%91",
    "/terminals?before=2-215000",
)
#: A clerk of the general window, who sees everything, and one of a department.
_CLERKS = ("clerk0", f"clerk{GENERAL_WINDOWS}")
_WORKLIST = (
    "/desk",
    "/desk?state=submitted",
    f"/desk?state=accepted&after={date.today() + timedelta(days=9)}.0",
    "/desk?light=yellow",
    "/desk?state=delivered",
    "/desk?state=delivered&station=320582100211",
    "/desk?state=refused&item=RS-011",
    "/desk?state=all",
    "/desk?station=320582100211",
    "/desk?item=RS-011",
    "/desk?holder=nobody",
    "/desk?number=000000000000001",
)


#: Terminals that have nothing but what is told of them now.
_TOLD = (204_711, 200_333, 205_555, 212_122, 218_011)
_LOW_DISK = """
update terminal set reported_disk_free = 100000000,
  last_seen = (extract(epoch from now()) * 1000000)::bigint where number = %s"""


def measure() -> Iterator[Figure]:
    """Make the hall once, then measure the pages, and what changes it last."""
    with town.standing() as (stage, hall):
        stage.start("hall-web")
        yield _behind(stage, hall)
        yield from figures(stage)


def _behind(stage: Stage, hall: psycopg.Connection[tuple[int]]) -> Figure:
    """Write what a report writes, and ask for the terminal until its light is another."""
    cookie, waits = _signed_in(stage, "admin"), list[float]()
    for number in map(str, _TOLD):
        page = f"http://127.0.0.1:{stage.hall_port}/terminals?q={number}&light=yellow"
        hall.execute(_LOW_DISK, (number,))
        began, link = time.perf_counter(), f'/terminals/{number}"'.encode()
        while link not in urllib3.request("GET", page, headers={"Cookie": cookie}).data:
            time.sleep(0.1)
        waits.append(time.perf_counter() - began)
    conditions = (
        f"{TERMINALS:,} terminals; from the row of a report to the light on the page, which a "
        f"browser asks for anew by itself; median {statistics.median(waits):.1f} s; the report "
        "of so many comes every 286 s"
    )
    return Figure("state_behind", round(max(waits), 1), "s", len(waits), conditions)


def figures(stage: Stage) -> Iterator[Figure]:
    """Measure at the hall that stands here; its web processes run."""
    yield _figure(stage, "overview_p95", ("admin",), _OVERVIEW)
    yield _figure(stage, "worklist_p95", _CLERKS, _WORKLIST)
    yield deciding.measure(stage)


def _figure(stage: Stage, name: str, accounts: Sequence[str], paths: Sequence[str]) -> Figure:
    cookies = [_signed_in(stage, account) for account in accounts]
    wanted = [
        request("GET", path, headers=f"Cookie: {cookie}\r\n")
        for path in paths
        for cookie in cookies
    ]
    exchange(stage.hall_port, wanted, connections=1)
    watch, processes = Watch.start(), stage.processes("hall-web")
    used = cpu_seconds(processes)
    outcome = exchange(stage.hall_port, wanted * (TURNS // len(accounts)), CONNECTIONS)
    web = cpu_seconds(processes) - used
    machine = watch.others(web + outcome.cpu_seconds)
    largest = max(_size(stage, path, cookie) for path in paths for cookie in cookies)
    waits = outcome.milliseconds
    conditions = (
        f"{TERMINALS:,} terminals and {CASES:,} cases, {len(wanted)} pages in turn over "
        f"{CONNECTIONS} connections, median {statistics.median(waits):.0f} ms, largest page "
        f"{largest / 1000:.0f} kB plain, {dict(outcome.statuses)}; web processes "
        f"{1000 * web / len(waits):.1f} ms of the processor for a page, PostgreSQL's is in "
        f"what others used; {machine}"
    )
    return Figure(name, round(percentile(waits, 0.95), 1), "ms", len(waits), conditions)


def _signed_in(stage: Stage, account: str) -> str:
    api = Api(f"http://127.0.0.1:{stage.hall_port}")
    api.sign_in({"username": account, "password": PASSWORD})
    return api.cookie


def _size(stage: Stage, path: str, cookie: str) -> int:
    address = f"http://127.0.0.1:{stage.hall_port}{path}"
    return len(urllib3.request("GET", address, headers={"Cookie": cookie}).data)
