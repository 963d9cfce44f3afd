"""Compare a terminal's data with its hall's, receipt by receipt. Reads only.

What `kiosk.cases.proof` cannot see on one machine: that every entry is at the hall once with the
same digest or visibly on its way, that both tell the same verdicts, states and receipts, and that
files are equal. Both sides are walked in one order, a few hundred rows at a time, so that a large
queue needs no more memory than a small one. Neighbour: `kiosk.cli.verify`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from kiosk.cases.model import Case
from sync import ledger
from sync.blobs import BlobStore
from sync.expecting import ExpectedBlob
from sync.feed import FeedItem
from sync.journal import JournalEntry
from sync.ledger import Fork, LedgerEntry, Terminal
from sync.lost_words import LostWord
from sync.state import InboxItem, Peer, Verdict

#: Faults beyond so many are counted, not told one by one.
MAX_TOLD = 100
#: Told even when there is none.
COUNTED = (
    *("created", "applied", "pending", "held", "quarantined", "refused", "forked"),
    *("receipts", "receipts_at_hall", "receipts_waiting", "blobs", "blobs_pending"),
)
_ROWS = 500


@dataclass
class Agreement:
    """What was counted on the way, and every fault in words up to ``MAX_TOLD``."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))
    faults: list[str] = field(default_factory=list)

    def fault(self, words: str) -> None:
        """Note a fault."""
        self.counts["faults"] += 1
        if len(self.faults) < MAX_TOLD:
            self.faults.append(words)

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**self.counts, "ok": not self.faults, "faults": self.faults}


@dataclass(frozen=True, slots=True)
class Sides:
    """Both databases and stores; ``there`` is None where the hall's files cannot be read."""

    terminal: Session
    hall: Session
    here: BlobStore
    there: BlobStore | None


def compare(sides: Sides, acknowledged: tuple[int, int]) -> Agreement:
    """Return where terminal and hall agree and where not; all that is on its way is counted.

    ``acknowledged`` is what the terminal knew before the hall was read: while both are running,
    each may have moved on meanwhile, and nothing of that is a fault.
    """
    found = Agreement()
    peer = sides.terminal.get(Peer, 1)
    if peer is None:
        found.fault("I1: the terminal is not enrolled at any hall")
        return found
    known = sides.hall.get(Terminal, peer.terminal_id)
    if known is None:
        found.fault(f"I1: the hall does not know terminal {peer.terminal_number}")
        return found
    if acknowledged > (known.cursor_epoch, known.cursor_seq):
        found.fault("I1: the terminal was told of entries that the hall has no more")
    _Entries(sides, known, acknowledged, found).walk()
    _Cases(sides, peer, known, found).walk()
    return found


class _Entries:
    """The journal beside the ledger, place by place."""

    def __init__(
        self, sides: Sides, known: Terminal, acknowledged: tuple[int, int], found: Agreement
    ) -> None:
        self._sides, self._known, self._acknowledged = sides, known, acknowledged
        self._found = found
        self._cursor = (known.cursor_epoch, known.cursor_seq)
        #: While the hall has more to say, verdicts may be changed by what is not heard yet.
        peer = sides.terminal.get_one(Peer, 1)
        self._has_heard_all = peer.feed_cursor >= newest_item(sides.hall, known)

    def walk(self) -> None:
        mine = (
            select(
                *(JournalEntry.epoch, JournalEntry.seq, JournalEntry.digest, JournalEntry.blobs),
                Verdict.verdict,
            )
            .outerjoin(Verdict, Verdict.digest == JournalEntry.digest)
            .order_by(JournalEntry.epoch, JournalEntry.seq)
        )
        theirs = (
            select(LedgerEntry.epoch, LedgerEntry.seq, LedgerEntry.digest, LedgerEntry.verdict)
            .where(LedgerEntry.terminal_id == self._known.terminal_id)
            .order_by(LedgerEntry.epoch, LedgerEntry.seq)
        )
        rows = _side_by_side(
            _streamed(self._sides.terminal, mine), _streamed(self._sides.hall, theirs), 2
        )
        for place, here, there in rows:
            if here is None:
                self._found.fault(f"I1: entry {_named(place)} is at the hall and not here")
            elif there is None:
                self._only_here(place, here)
            else:
                self._at_both(place, here, there)

    def _only_here(self, place: tuple[Any, ...], here: Any) -> None:
        self._found.counts["created"] += 1
        if place > self._cursor:
            self._found.counts["pending"] += 1
        elif self._is_forked(here.digest):
            self._found.counts["forked"] += 1
        else:
            self._found.fault(f"I1: entry {_named(place)} is not at the hall, and its cursor is on")

    def _at_both(self, place: tuple[Any, ...], here: Any, there: Any) -> None:
        self._found.counts["created"] += 1
        if here.digest != there.digest:
            if self._is_forked(here.digest):
                self._found.counts["forked"] += 1
            else:
                self._found.fault(f"I2: entry {_named(place)} is another one at the hall")
            return
        self._found.counts[there.verdict] += 1
        told = here.verdict or ledger.APPLIED
        if place <= self._acknowledged and told != there.verdict and self._has_heard_all:
            self._found.fault(f"I5: entry {_named(place)} is {there.verdict}, told as {told}")
        for sha in json.loads(here.blobs):
            self._file(sha)

    def _is_forked(self, digest: bytes) -> bool:
        return self._sides.hall.get(Fork, digest) is not None

    def _file(self, sha: str) -> None:
        here, there = self._sides.here, self._sides.there
        if there is None:
            self._found.counts["blobs_not_compared"] += 1
        elif there.has(sha):
            self._found.counts["blobs"] += 1
            if here.has(sha) and here.size(sha) != there.size(sha):
                self._found.fault(f"I4: file {sha} differs")
        elif self._sides.hall.get(ExpectedBlob, (sha, self._known.terminal_id)):
            self._found.counts["blobs_pending"] += 1
        else:
            self._found.fault(f"I4: file {sha} is not at the hall, which does not ask for it")


class _Cases:
    """The cases of both sides, by id."""

    def __init__(self, sides: Sides, peer: Peer, known: Terminal, found: Agreement) -> None:
        self._sides, self._peer, self._known, self._found = sides, peer, known, found
        self._newest_item = newest_item(sides.hall, known)

    def walk(self) -> None:
        columns = (Case.id, Case.number, Case.token_hash, Case.state)
        mine = select(*columns).order_by(Case.id)
        theirs = mine.where(Case.terminal_id == self._known.terminal_id)
        rows = _side_by_side(
            _streamed(self._sides.terminal, mine), _streamed(self._sides.hall, theirs), 1
        )
        for (case_id,), here, there in rows:
            if here is None:
                self._found.fault(f"I1: case {case_id} is at the hall and not here")
                continue
            self._found.counts["receipts"] += 1
            if there is None:
                self._only_here(case_id, here.number)
                continue
            self._found.counts["receipts_at_hall"] += 1
            if (here.number, here.token_hash) != (there.number, there.token_hash):
                self._found.fault(f"I1: case {case_id} has another receipt at the hall")
            if here.state != there.state and not self._is_on_its_way(case_id):
                words = f"I5: case {here.number} is {here.state} here and {there.state} at the hall"
                self._found.fault(words)

    def _only_here(self, case_id: str, number: str) -> None:
        """It waits, or the hall shows it as held, quarantined or refused."""
        applied = self._of_case(LedgerEntry, case_id).where(
            LedgerEntry.kind == "case.submitted", LedgerEntry.verdict == ledger.APPLIED
        )
        if self._sides.hall.scalar(applied):
            self._found.fault(f"I1: receipt {number} was applied at the hall and has no case")
        else:
            self._found.counts["receipts_waiting"] += 1

    def _is_on_its_way(self, case_id: str) -> bool:
        """Whether either side has something to say of a case that the other has not applied."""
        cursor = (self._known.cursor_epoch, self._known.cursor_seq)
        mine, theirs = self._sides.terminal, self._sides.hall
        entries = self._of_case(JournalEntry, case_id).where(
            tuple_(JournalEntry.epoch, JournalEntry.seq) > cursor
        )
        items = select(func.count()).where(
            FeedItem.terminal_id == self._known.terminal_id,
            FeedItem.subject == case_id,
            FeedItem.seq > self._peer.feed_cursor,
        )
        lowered = self._of_case(LedgerEntry, case_id).where(LedgerEntry.verdict != ledger.APPLIED)
        # Heard by the terminal since the hall was read, or kept until a version knows its kind.
        heard = self._of_case(InboxItem, case_id).where(
            or_(InboxItem.seq > self._newest_item, InboxItem.applied.is_(False))
        )
        # Said by a hall that was restored since; a clerk decides again.
        lost = self._of_case(LostWord, case_id)
        return any(
            (
                *(mine.scalar(query) for query in (entries, heard)),
                *(theirs.scalar(query) for query in (items, lowered, lost)),
            )
        )

    @staticmethod
    def _of_case(table: Any, case_id: str) -> Select[int]:
        return select(func.count()).where(table.subject == case_id)


def acknowledged_by(terminal: Session) -> tuple[int, int]:
    """Return the place that the terminal knows the hall to have; (0, 0) when it is not enrolled."""
    peer = terminal.get(Peer, 1)
    return peer.acknowledged if peer is not None else (0, 0)


def newest_item(hall: Session, known: Terminal) -> int:
    """Return the number of a terminal's newest feed item, 0 when there is none.

    The head of the feed is beyond it from a restore of the hall until the next item.
    """
    query = select(func.max(FeedItem.seq)).where(FeedItem.terminal_id == known.terminal_id)
    return hall.scalar(query) or 0


def _streamed(session: Session, query: Executable) -> Iterator[Any]:
    yield from session.execute(query.execution_options(yield_per=_ROWS))


def _side_by_side(
    left: Iterable[Any], right: Iterable[Any], key: int
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Merge two streams that are sorted by their first ``key`` columns; None where one lacks it."""
    lefts, rights = iter(left), iter(right)
    mine, theirs = next(lefts, None), next(rights, None)
    while mine is not None or theirs is not None:
        places = [tuple(row[:key]) for row in (mine, theirs) if row is not None]
        place = min(places)
        here = mine if mine is not None and tuple(mine[:key]) == place else None
        there = theirs if theirs is not None and tuple(theirs[:key]) == place else None
        yield place, here, there
        mine = next(lefts, None) if here is not None else mine
        theirs = next(rights, None) if there is not None else theirs


def _named(place: tuple[Any, ...]) -> str:
    return f"{place[0]}/{place[1]}"
