"""What a decision takes a clerk's browser: the whole POST, at a hall whose cases lie in PostgreSQL.

Each of the connections is another clerk, signed in for real, who accepts one case after the other;
page, proof against forgery, feed item, audit record and commit are all in it.
"""

import http.client
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

from tests.bench.arriving import connected, wait_for
from tests.bench.backlog import fill
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import Stage, prepared

CLERKS = 8
#: So many for each clerk.
EACH = int(os.environ.get("BENCH_DECISIONS", "60"))
PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class DecisionRefused(Exception):
    """The hall answered something else than that it is done."""


def measure() -> Iterator[Figure]:
    """Accept cases at eight connections."""
    with prepared() as stage, closing(connected(stage)) as hall:
        stage.start("hall-web")
        fill(stage, CLERKS * EACH)
        stage.start("terminal-worker")
        wait_for(hall, CLERKS * EACH, 0.1)
        stage.stop("terminal-worker")
        ids = [str(row[0]) for row in hall.execute("select id from cases order by id").fetchall()]
        clerks = [_Clerk(stage, f"clerk{number}") for number in range(CLERKS)]
        watch, took = Watch.start(), list[float]()
        threads = [
            threading.Thread(target=clerk.accept, args=(ids[number::CLERKS], took))
            for number, clerk in enumerate(clerks)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        accepted = hall.execute("select count(*) from cases where state = 'accepted'").fetchone()
        machine = watch.others(0.0)
    if accepted is None or int(accepted[0]) != len(ids) or len(took) != len(ids):
        raise DecisionRefused(f"{accepted} of {len(ids)} cases were accepted")
    told = f"POST of accept, {CLERKS} connections, PostgreSQL; p50 {percentile(took, 0.5):.1f} ms"
    yield Figure(
        "decision_p95", round(percentile(took, 0.95), 1), "ms", len(took), f"{told}; {machine}"
    )


class _Clerk:
    """Somebody with a session and one connection."""

    def __init__(self, stage: Stage, name: str) -> None:
        account = ("hall", "account", name, "--role", "clerk", "--name", name)
        stage.run("hall", *account, "--password", PASSWORD)
        self._line = http.client.HTTPConnection("127.0.0.1", stage.hall_port, timeout=30)
        self._cookies: dict[str, str] = {}
        self._token = _token(self._ask("GET", "/sign-in"))
        self._post("/sign-in", username=name, password=PASSWORD)

    def accept(self, cases: list[str], took: list[float]) -> None:
        """Accept these cases and add how long each POST took, in milliseconds."""
        for case in cases:
            self._token = _token(self._ask("GET", f"/desk/{case}"))
            begun = time.perf_counter()
            self._post(f"/desk/{case}/decisions", action="accept")
            took.append((time.perf_counter() - begun) * 1000)

    def _post(self, path: str, **values: str) -> None:
        body = urlencode({"csrf_token": self._token, **values})
        self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: str = "") -> str:
        headers = {"Cookie": "; ".join(f"{name}={said}" for name, said in self._cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body or None, headers)
            answer = self._line.getresponse()
        except ConnectionError:
            # Idle while the other clerks signed in, so the hall closed it; nothing was asked twice.
            if method != "GET":
                raise
            self._line.close()
            self._line.request(method, path, None, headers)
            answer = self._line.getresponse()
        text = answer.read().decode()
        for told in answer.headers.get_all("Set-Cookie") or ():
            name, _, said = told.partition(";")[0].partition("=")
            self._cookies[name] = said
        if answer.status != (303 if method == "POST" else 200):
            raise DecisionRefused(f"{method} {path}: {answer.status}")
        return text


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise DecisionRefused("a page without a form")
    return found[1]
