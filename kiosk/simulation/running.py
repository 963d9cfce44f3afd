"""Telling many stories on one platform, and what came of them.

This is the edge of the simulation: whatever the product does in a story, be it an error that
nobody foresaw, becomes a violation with its seed. Neighbours: ``world`` builds the platform once,
``stories`` tells one.
"""

import gc
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.simulation.stories import Story
from kiosk.simulation.watch import Violated
from kiosk.simulation.world import Platform, World

#: A file system in memory where there is one: what survives is decided by the simulation.
_MEMORY = Path("/dev/shm")  # noqa: S108 — only the parent of a folder of one's own
#: Told of the last events when a story goes wrong.
LAST_EVENTS = 25


@dataclass(frozen=True)
class Outcome:
    """What came of one seed; ``violation`` is None when all went well."""

    seed: int
    entries: int
    faults: int
    digest: str
    events: tuple[str, ...]
    violation: str | None


@dataclass
class Sum:
    """What came of all of them."""

    terminals: int
    seeds: int = 0
    entries: int = 0
    faults: int = 0
    violations: list[int] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.seeds += 1
        self.entries += outcome.entries
        self.faults += outcome.faults
        if outcome.violation is not None:
            self.violations.append(outcome.seed)

    def as_json(self) -> dict[str, int]:
        """Return the counts as JSON values."""
        return {
            "seeds": self.seeds,
            "terminals": self.terminals,
            "entries": self.entries,
            "faults": self.faults,
            "violations": len(self.violations),
        }


@contextmanager
def platform(terminals: int, migrated: Path | None = None) -> Iterator[Platform]:
    """Build a platform in a folder of its own, and remove it at the end."""
    parent = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="jishiban-simulation-", dir=parent))
    try:
        built = Platform(folder / "platform", terminals, migrated)
        try:
            yield built
        finally:
            built.close()
    finally:
        shutil.rmtree(folder)


def run(built: Platform, seeds: Iterable[int], days: int, told: Callable[[Outcome], None]) -> Sum:
    """Tell the story of each seed for so many days; ``told`` hears of each when it is over."""
    total = Sum(built.terminals)
    # The platform stays: looking through it again and again takes a tenth of the time.
    froze = gc.get_freeze_count() == 0
    if froze:
        gc.collect()
        gc.freeze()
    try:
        for seed in seeds:
            outcome = one(built, seed, days)
            total.add(outcome)
            told(outcome)
    finally:
        if froze:
            gc.unfreeze()
    return total


def one(built: Platform, seed: int, days: int) -> Outcome:
    """Tell one story."""
    with built.world(seed) as world:
        violation = _told(world, days)
        entries = sum(
            terminal.rows("SELECT count(*) FROM journal")[0][0] for terminal in world.terminals
        )
        events = tuple(world.events)
        return Outcome(seed, entries, world.faults, world.digest(), events, violation)


def _told(world: World, days: int) -> str | None:
    try:
        Story(world).tell(days)
    except Violated as violation:
        return str(violation)
    except Exception as error:  # whatever nobody foresaw is what is looked for here
        places = traceback.extract_tb(error.__traceback__)[-6:]
        at = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(places))
        return f"{type(error).__name__}: {error} at {at}"
    return None
