"""What a decision takes a clerk's browser: the whole POST, at the hall of a large town.

All windows are at work, each with a session and a connection of its own, and go round as people do:
look at the list, open one case of it, think, accept it, and see its page again. The POST alone is
timed; proof against forgery, feed item, audit record and commit are all in it. Neighbours: `town`
is where they sit, `overseeing` measures the pages there.
"""

import http.client
import os
import random
import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import Stage, cpu_seconds
from tests.bench.town import PASSWORD, WINDOWS

#: Seconds from one decision of a clerk to the next, on average: several times what people need.
ROUND_SECONDS = 20.0
MINUTES = float(os.environ.get("BENCH_MINUTES", "3"))
#: The same again by so many, who do not think at all.
HASTY, EACH = 8, 40
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_CASES = re.compile(r'class="table__open" href="/desk/([0-9a-f-]{36})"')
_LIST = "/desk?state=submitted&holder=nobody"


class DecisionRefused(Exception):
    """The hall answered something else than that it is done, or that a colleague was first."""


def measure(stage: Stage) -> Figure:
    """Let the clerks of the town that stands here accept cases; its web processes run."""
    clerks = [Clerk(stage, f"clerk{number}", number) for number in range(WINDOWS)]
    ends = time.monotonic() + 60 * MINUTES
    watch, processes = Watch.start(), stage.processes("hall-web")
    used = cpu_seconds(processes)
    took = _together(clerks, lambda clerk: clerk.work_until(ends, ROUND_SECONDS))
    machine = watch.others(cpu_seconds(processes) - used)
    hasty = _together(clerks[:HASTY], lambda clerk: clerk.work_off(EACH))
    late = sum(clerk.late for clerk in clerks)
    conditions = (
        f"POST of accept; {WINDOWS} clerks, each again after {ROUND_SECONDS:.0f} s on average with "
        f"list and pages between, p50 {percentile(took, 0.5):.1f} ms, worst {max(took):.0f} ms; "
        f"{late} found that a colleague was first; {HASTY} who never think, {len(hasty)} "
        f"decisions: p50 {percentile(hasty, 0.5):.1f} ms, p95 {percentile(hasty, 0.95):.1f} ms; "
        f"PostgreSQL's CPU is in what others used; {machine}"
    )
    return Figure("decision_p95", round(percentile(took, 0.95), 1), "ms", len(took), conditions)


def _together(clerks: "list[Clerk]", work: "Callable[[Clerk], list[float]]") -> list[float]:
    """Let all work at once; return the milliseconds of each decision."""
    took, failures = list[float](), list[BaseException]()

    def one(clerk: "Clerk") -> None:
        try:
            took.extend(work(clerk))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(clerk,)) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return took


class Clerk:
    """Somebody with a session and one connection."""

    def __init__(self, stage: Stage, name: str, seed: int) -> None:
        """Sign in; which cases are chosen, and how long is thought, follows from the seed."""
        self._line = http.client.HTTPConnection("127.0.0.1", stage.hall_port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._chance = random.Random(seed)
        self.late = 0
        self._token = _token(self._ask("GET", "/sign-in")[1])
        self._post("/sign-in", username=name, password=PASSWORD)

    def work_until(self, ends: float, round_seconds: float) -> list[float]:
        """Decide, and think between the pages, until then; return milliseconds."""
        took = list[float]()
        self._wait(self._chance.uniform(0, round_seconds), ends)
        while time.monotonic() < ends:
            told = self._decide(lambda: self._wait(self._thought(round_seconds / 2), ends))
            took += [told] if told else []
            self._wait(self._thought(round_seconds / 2), ends)
        return took

    def work_off(self, count: int) -> list[float]:
        """Decide so many cases, one after the other."""
        took = list[float]()
        while len(took) < count:
            told = self._decide(lambda: None)
            took += [told] if told else []
        return took

    def _decide(self, think: Callable[[], None]) -> float | None:
        """Accept one case of the list and look at it again; None when a colleague was first."""
        case = self._chance.choice(_CASES.findall(self._ask("GET", _LIST)[1]))
        self._token = _token(self._ask("GET", f"/desk/{case}")[1])
        think()
        begun = time.perf_counter()
        status = self._post(f"/desk/{case}/decisions", action="accept")
        took = (time.perf_counter() - begun) * 1000
        if status == http.HTTPStatus.CONFLICT:
            self.late += 1
            return None
        self._ask("GET", f"/desk/{case}")
        return took

    def _thought(self, seconds: float) -> float:
        return min(self._chance.expovariate(1 / seconds), 5 * seconds)

    @staticmethod
    def _wait(seconds: float, ends: float) -> None:
        time.sleep(max(0.0, min(seconds, ends - time.monotonic())))

    def _post(self, path: str, **values: str) -> int:
        return self._ask("POST", path, urlencode({"csrf_token": self._token, **values}))[0]

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={said}" for name, said in self._cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body or None, headers)
            answer = self._line.getresponse()
        except (ConnectionError, http.client.BadStatusLine):
            # Thought for longer than a server keeps a connection: a browser opens another.
            self._line.close()
            self._line.request(method, path, body or None, headers)
            answer = self._line.getresponse()
        text = answer.read().decode()
        for told in answer.headers.get_all("Set-Cookie") or ():
            name, _, said = told.partition(";")[0].partition("=")
            self._cookies[name] = said
        if answer.status not in ({303, 409} if method == "POST" else {200}):
            raise DecisionRefused(f"{method} {path}: {answer.status}")
        return answer.status, text


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise DecisionRefused("a page without a form")
    return found[1]
