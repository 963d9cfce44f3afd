"""Faults at random for a platform of real processes, one after the other, from a seed.

Each takes some seconds and is over when its function returns, but for what was killed and what is
armed. Neighbours: `tests.builders.platforms`, `tests.builders.proxy`.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from kiosk.cli.selftest import Api, SelftestFailed
from tests.builders import proxy as toxics
from tests.builders.platforms import RunningPlatform
from tests.builders.proxy import Proxy, saying
from tests.exchange import points
from tests.exchange.test_locked import held

PROGRAMS = ("terminal-web", "terminal-worker", "hall-web", "redis")
POINTS = (*points.HANDING_IN, *points.FILES, *points.DECIDING)
#: What the hall or somebody in its place may answer, and what may become of a request.
TOXICS = (
    *(toxics.lost, toxics.unheard, toxics.doubled, toxics.altered, toxics.answer_altered),
    *(saying(500), saying(429, Retry_After="1"), saying(200, b"<h1>Wi-Fi</h1>"), saying(502)),
)


@dataclass
class Trouble:
    """Makes faults; `made` counts them by name."""

    platform: RunningPlatform
    line: Proxy
    chance: random.Random
    made: Counter[str] = field(default_factory=Counter)

    def make_one(self) -> None:
        """Let the next fault happen."""
        fault = self.chance.choice(self._faults())
        self.made[fault.__name__.strip("_")] += 1
        fault()

    def end(self) -> None:
        """Let everything be as it should be again."""
        self.platform.disarm()
        self.line.toxic, self.line.bits, self.line.latency = None, None, 0.0
        self.line.is_down = False

    def _faults(self) -> list[Callable[[], None]]:
        twice = [self._kill, self._arm, self._spoil, self._decide]
        once = [self._cut_line, self._slow_line, self._flush, self._without_redis, self._lock]
        return [*twice, *twice, *once, self._quiet]

    def _seconds(self, most: float) -> None:
        time.sleep(self.chance.uniform(0.5, most))

    def _kill(self) -> None:
        self.platform.kill(self.chance.choice(PROGRAMS))
        self._seconds(3)

    def _arm(self) -> None:
        self.platform.arm(self.chance.choice(POINTS))
        self._seconds(3)

    def _spoil(self) -> None:
        self.line.soon(self.chance.choice(TOXICS), times=self.chance.randint(1, 5))
        self._seconds(4)

    def _cut_line(self) -> None:
        self.line.is_down = True
        self._seconds(15)
        self.line.is_down = False

    def _slow_line(self) -> None:
        self.line.bits, self.line.latency = 64_000, self.chance.uniform(0.1, 1.5)
        self._seconds(15)
        self.line.bits, self.line.latency = None, 0.0

    def _flush(self) -> None:
        try:
            with self.platform.redis() as redis:
                redis.flushall()
        except RedisError:
            return
        self._seconds(2)

    def _without_redis(self) -> None:
        self.platform.stop("redis")
        self._seconds(10)
        self.platform.start("redis")

    def _lock(self) -> None:
        with held(self.platform.folder / "terminal", 60):
            self._seconds(3)

    def _decide(self) -> None:
        """No fault: a clerk works meanwhile, and may be cut off in the midst."""
        clerk = Api(self.platform.started.hall)
        try:
            clerk.sign_in(self.platform.started.accounts["clerk"])
            for case in clerk.get("/cases?state=submitted&limit=3")["cases"]:
                clerk.post(f"/cases/{case['id']}/decisions", {"action": "accept"})
        except SelftestFailed:
            return

    def _quiet(self) -> None:
        self._seconds(6)
