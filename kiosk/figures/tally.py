"""A tally: counts by name, and two distributions of times; tallies add up. Pure.

A distribution is kept as counts of fixed buckets, each an eighth of a doubling wide, so that those
of days and stations can be added: a median read from it is right to within 5 %. Neighbours:
`counting` fills tallies, `reading` adds them.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

#: The first bucket holds all below this (seconds); then eight buckets for each doubling.
_LEAST, _PER_DOUBLING = 60.0, 8
#: Of so many buckets the last holds all above, some 400 years.
_MOST = 240


def bucket_of(seconds: float) -> int:
    """Return the bucket of a time."""
    if seconds < _LEAST:
        return 0
    return min(_MOST, 1 + math.floor(_PER_DOUBLING * math.log2(seconds / _LEAST)))


def middle_of(bucket: int) -> float:
    """Return the time in seconds that stands for a bucket: the geometric middle of its ends."""
    if bucket == 0:
        return _LEAST / 2
    return float(_LEAST * 2 ** ((bucket - 0.5) / _PER_DOUBLING))


def quantile(distribution: Mapping[int, int], share: float) -> float | None:
    """Return the time in seconds that ``share`` of all do not exceed (nearest rank), or None."""
    total = sum(distribution.values())
    rank, passed = math.ceil(total * share), 0
    for bucket in sorted(distribution):
        passed += distribution[bucket]
        if passed >= rank > 0:
            return middle_of(bucket)
    return None


@dataclass(slots=True)
class Tally:
    """Counts by the names of ``measures``, and how long handling and waiting took, by bucket."""

    numbers: Counter[str] = field(default_factory=Counter)
    handling: Counter[int] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Add another one to this."""
        self.numbers.update(other.numbers)
        self.handling.update(other.handling)
        self.waiting.update(other.waiting)

    def subtract(self, other: "Tally") -> None:
        """Take another one away that was added to this."""
        self.numbers.subtract(other.numbers)
        self.handling.subtract(other.handling)
        self.waiting.subtract(other.waiting)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was counted, or all was taken away again."""
        return not any(any(c.values()) for c in (self.numbers, self.handling, self.waiting))

    def __getitem__(self, name: str) -> int:
        """Return one count; 0 when nothing was counted."""
        return self.numbers[name]

    def dumped(self) -> str:
        """Return it as JSON, always the same for the same counts."""
        told = {
            "n": {name: count for name, count in self.numbers.items() if count},
            "h": {str(bucket): count for bucket, count in self.handling.items() if count},
            "w": {str(bucket): count for bucket, count in self.waiting.items() if count},
        }
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def loaded(text: str) -> Tally:
    """Return what `Tally.dumped` has made a text of."""
    told = orjson.loads(text)
    return Tally(
        Counter(told["n"]),
        Counter({int(bucket): count for bucket, count in told["h"].items()}),
        Counter({int(bucket): count for bucket, count in told["w"].items()}),
    )
