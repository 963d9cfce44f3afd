"""Time, chance and the present machine of a simulated world; all of it comes from one seed.

The story draws from one stream and the product from another, so that a change in the product does
not change what befalls it. Knows no database. Neighbour: ``machines`` are what it rules.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kiosk import clock
from sync import chance, disk, elapsed

#: When every story begins: midnight before a Monday in China.
BEGINNING = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


class Placed(Protocol):
    """What nature has to know of a machine."""

    #: How much its wall clock is wrong.
    skew: timedelta
    #: When it was started, in seconds of the story.
    booted: float

    def keep(self, descriptor: int) -> None:
        """Keep an open file as ``os.fsync`` does."""


@dataclass
class Nature:
    """What one seed decides; ``seconds`` is the true time since the beginning."""

    seed: int
    seconds: float = 0.0
    story: random.Random = field(init=False)
    _product: random.Random = field(init=False)
    _present: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw both streams from the seed."""
        self.story = random.Random(f"story {self.seed}")  # noqa: S311
        self._product = random.Random(f"product {self.seed}")  # noqa: S311

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """Let the product ask here for time, chance, names and the disk while the block runs."""
        with ExitStack() as stack:
            stack.enter_context(clock.use(self._wall, self._uptime, self._identifier))
            stack.enter_context(chance.use(self._product.randbytes))
            stack.enter_context(elapsed.use(lambda: self.seconds, self.pass_by))
            stack.enter_context(disk.use(lambda descriptor: self._present[-1].keep(descriptor)))
            yield

    @contextmanager
    def at(self, machine: Placed) -> Iterator[None]:
        """Let what runs in the block run on this machine."""
        self._present.append(machine)
        try:
            yield
        finally:
            self._present.pop()

    def pass_by(self, seconds: float) -> None:
        """Let time go on."""
        self.seconds += seconds

    def moment(self) -> str:
        """Return the true time as people read it: day and time of the story."""
        at = timedelta(seconds=int(self.seconds))
        return f"day {at.days + 1} {(BEGINNING + at).astimezone(clock.LOCAL):%H:%M:%S}"

    def _wall(self) -> datetime:
        skew = self._present[-1].skew if self._present else timedelta()
        return BEGINNING + timedelta(seconds=self.seconds) + skew

    def _uptime(self) -> int:
        booted = self._present[-1].booted if self._present else 0.0
        return int((self.seconds - booted) * 1000)

    def _identifier(self) -> str:
        """Return a UUIDv7 (RFC 9562) of the machine's own time."""
        at = int(self._wall().timestamp() * 1000) << 80
        drawn = int.from_bytes(self._product.randbytes(10), "big")
        return str(uuid.UUID(int=(at | drawn) & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62))
