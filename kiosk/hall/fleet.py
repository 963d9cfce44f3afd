"""All terminals at a glance: which there are, what is found at each, how many of what.

The light of each is decided by the database, by the one rule of `terminal_lights`. Of a large fleet
the answer serves all who ask for a moment, so that twenty thousand rows are read once and not for
each page. Neighbours: `looking_for` narrows and pages it, `monitor` knows the rest of a row.
"""

import zlib
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, func, select, type_coerce

from kiosk import clock
from kiosk.db import reading
from kiosk.hall import terminal_lights
from kiosk.hall.kept import kept
from kiosk.hall.terminal_lights import BY_CODE, LIGHTS, RANK, Moment
from sync import ledger
from sync.ledger import Terminal
from sync.tables import table_of

#: A fleet of more terminals than this is kept for so many seconds: at most a third of the time in
#: which a terminal tells of itself once.
LARGE, KEPT_SECONDS = 1_000, 5.0
#: What is found at a terminal that waits to be let in.
WAITS = "pending"
_T = table_of(Terminal).c


class Known(NamedTuple):
    """What must be known of a terminal to find it; ``shown`` is of what its row shows."""

    terminal_id: str
    number: str
    station_code: str
    station_name: str
    finding: str
    shown: tuple[Any, ...]

    @property
    def mark(self) -> str:
        """What changes when its row does; the same in all processes of the hall."""
        return f"{zlib.crc32(repr((self.finding, self.shown)).encode()):08x}"

    @property
    def light(self) -> str:
        """The light that belongs to what was found."""
        return BY_CODE[self.finding].light

    @property
    def place(self) -> str:
        """Where it stands in the order of the list, as an address says it: worst first."""
        return f"{RANK[self.light]}-{self.number}"


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over all terminals, and how many have each light."""

    lights: Mapping[str, int]
    created: int
    applied: int
    pending: int
    held: int
    quarantined: int
    refused: int
    blobs: int


@dataclass(frozen=True)
class Fleet:
    """All terminals but those that wait to be let in, worst first, then by number; and those."""

    known: tuple[Known, ...]
    waiting: tuple[Known, ...]
    totals: Totals
    #: What was looked for among them, see `looking_for`: whoever watches asks again and again.
    looked_for: dict[Hashable, list[Known]] = field(default_factory=dict, compare=False)

    @cached_property
    def findings(self) -> Mapping[str, int]:
        """How many terminals have each finding, the worst first, then in the order of the rule."""
        counted = Counter(each.finding for each in self.known)
        codes = sorted(BY_CODE, key=lambda code: RANK[BY_CODE[code].light])
        return {code: counted[code] for code in codes if counted[code]}


def fleet() -> Fleet:
    """Return all terminals as they are now, or were ``KEPT_SECONDS`` ago, and never twice that."""
    return kept("fleet", KEPT_SECONDS, _made, lambda found: len(found.known) > LARGE)


def _made() -> Fleet:
    """Ask the database for every terminal; a few columns, and no objects."""
    sums = [0] * 6
    known, waiting = [], []
    with reading() as session:
        at = terminal_lights.moment_here(session, clock.now())
        for row in session.execute(_query(at)):
            each = Known(row[0], row[1], row[2], row[3], row[4], tuple(row[5:]))
            if each.finding == WAITS:
                waiting.append(each)
                continue
            known.append(each)
            for place in range(6):
                sums[place] += each.shown[place]
    known.sort(key=lambda each: (RANK[each.light], each.number))
    taken, pending, blobs, held, quarantined, refused = sums
    counted = Counter(each.light for each in known)
    totals = Totals(
        lights={light: counted[light] for light in LIGHTS},
        created=taken + pending,
        applied=taken - held - quarantined - refused,
        pending=pending,
        held=held,
        quarantined=quarantined,
        refused=refused,
        blobs=blobs,
    )
    return Fleet(tuple(known), tuple(waiting), totals)


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return an instant as it is stored: of twenty thousand nobody looks at the days."""
    return type_coerce(column, BigInteger)


def _query(at: Moment) -> Select[Any]:
    """Return what is asked: who it is, what is found, the six counts, and what else is shown."""
    tally, terminal = ledger.unapplied(), table_of(Terminal)
    return select(
        *(_T.terminal_id, _T.number, _T.station_code, _T.station_name),
        terminal_lights.first_in_sql(terminal, tally, at),
        *(_T.taken, _T.reported_pending, _T.reported_blobs),
        *(func.coalesce(tally.c[name], 0) for name in ledger.NOT_APPLIED),
        *(_plain(_T.reported_oldest_at), _plain(_T.paused_until), _T.reported_error),
        *(_T.reported_disk_free // 100_000_000, _T.release, _T.reported_version),
    ).select_from(terminal.outerjoin(tally, tally.c.terminal_id == _T.terminal_id))
