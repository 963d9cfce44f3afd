"""Proof that a terminal's part of the ledger is complete (I6): counted, and its chain followed.

The chain is followed from where it was proved last, so many entries at a time, so that a look at a
long ledger holds nobody up. Neighbours: `upkeep` keeps the place, `kiosk verify` proves all anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.hall.upkeep import Upkeep, upkeep_of
from sync.envelope import GENESIS, Entry, walk
from sync.ledger import LedgerEntry, Terminal, entry_of
from sync.tables import table_of

#: So many entries are proved at once: about a second.
STEP = 10_000
_TABLE = table_of(LedgerEntry)
_PLACE = tuple_(_TABLE.c.epoch, _TABLE.c.seq)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many entries there should be and are; how far the chain is proved, and when."""

    head: tuple[int, int]
    digest: str
    present: int
    #: Numbers below the head that no entry has, and entries beyond what the numbers allow.
    missing: int
    doubled: int
    backed_up: tuple[int, int]
    proved: tuple[int, int]
    proved_count: int
    proved_at: datetime | None
    fault: str | None

    @property
    def is_proved(self) -> bool:
        """Tell whether all that is here was proved."""
        return self.proved == self.head and not (self.fault or self.missing or self.doubled)


def completeness(session: Session, terminal: Terminal, upkeep: Upkeep | None) -> Completeness:
    """Count a terminal's entries by their keys, epoch by epoch, and say how far they are proved."""
    query = select(_TABLE.c.epoch, func.max(_TABLE.c.seq), func.count()).where(
        _TABLE.c.terminal_id == terminal.terminal_id
    )
    epochs = session.execute(query.group_by(_TABLE.c.epoch)).all()
    should = {epoch: last for epoch, last, _ in epochs}
    if terminal.cursor_seq:
        should[terminal.cursor_epoch] = terminal.cursor_seq
    present = {epoch: count for epoch, _, count in epochs}
    differences = [should[epoch] - present.get(epoch, 0) for epoch in should]
    return Completeness(
        head=(terminal.cursor_epoch, terminal.cursor_seq),
        digest=terminal.cursor_digest.hex(),
        present=sum(present.values()),
        missing=sum(each for each in differences if each > 0),
        doubled=-sum(each for each in differences if each < 0),
        backed_up=(terminal.backed_up_epoch, terminal.backed_up_seq),
        proved=(upkeep.proved_epoch, upkeep.proved_seq) if upkeep else (0, 0),
        proved_count=upkeep.proved_count if upkeep else 0,
        proved_at=upkeep.proved_at if upkeep else None,
        fault=upkeep.proof_fault if upkeep else None,
    )


def prove(session: Session, terminal: Terminal) -> Upkeep:
    """Follow the chain from where it is proved, at most ``STEP`` entries; the caller commits.

    A fault is kept, and looked for anew from the beginning the next time.
    """
    upkeep = upkeep_of(session, terminal.terminal_id)
    if upkeep.proof_fault is not None:
        upkeep.proved_epoch = upkeep.proved_seq = upkeep.proved_count = 0
        upkeep.proved_digest = None
    start = (upkeep.proved_epoch, upkeep.proved_seq)
    counted = _Counted(_entries(session, terminal.terminal_id, start))
    chain = walk(counted, start, upkeep.proved_digest or GENESIS)
    fault = chain.fault
    is_at_end = counted.count < STEP
    head = (terminal.cursor_epoch, terminal.cursor_seq)
    if (
        fault is None
        and is_at_end
        and (chain.place, chain.digest) != (head, terminal.cursor_digest)
    ):
        fault = f"the cursor is not at the last entry {chain.place[0]}/{chain.place[1]}"
    upkeep.proved_epoch, upkeep.proved_seq = chain.place
    upkeep.proved_count += counted.count - (chain.fault is not None)
    upkeep.proved_digest, upkeep.proved_at = chain.digest, clock.now()
    upkeep.proof_fault = fault
    return upkeep


def _entries(session: Session, terminal_id: str, after: tuple[int, int]) -> Iterator[Entry]:
    query = (
        select(_TABLE)
        .where(_TABLE.c.terminal_id == terminal_id, tuple_(*after) < _PLACE)
        .order_by(_TABLE.c.epoch, _TABLE.c.seq)
        .limit(STEP)
        .execution_options(yield_per=500)
    )
    for row in session.execute(query):
        yield entry_of(row)


class _Counted:
    """Entries on their way, counted."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries, self.count = entries, 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.count += 1
            yield entry
