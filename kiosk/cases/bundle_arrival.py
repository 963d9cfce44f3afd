"""Hall: whether all cases of a bundle (一件事) are here, before its one result is stated.

They are handed in with one time and their entries stand one after the other, but a line may break
between any two. A body says how many there are; one of an older program does not, and then it is
seen from what came after. Reads only. Neighbours: ``storing`` writes the bodies, ``bundle_closing``
asks, ``replay`` makes the cases.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from kiosk.cases import history
from kiosk.cases.model import Case
from sync.content import CONTENT_ERRORS
from sync.keys import Wrapper
from sync.ledger import APPLIED, HELD, QUARANTINED, REFUSED, LedgerEntry, Terminal

#: So many members a bundle has at most, with room: their entries stand one after the other.
_MOST = 32


def stands_apart(session: Session, first: Case) -> bool:
    """Tell whether an entry that was handed in with the first case is held or in quarantine."""
    entry = _entry_of(session, first)
    if entry is None:
        return False
    query = select(LedgerEntry.seq).where(
        *_beside(entry), LedgerEntry.verdict.in_((HELD, QUARANTINED))
    )
    return session.scalar(query.limit(1)) is not None


def is_whole(session: Session, keyring: Wrapper, cases: Sequence[Case]) -> bool:
    """Tell whether nothing that was handed in with these cases of one bundle is still to come.

    What the hall has refused has come, and never becomes a case.
    """
    entry = _entry_of(session, cases[0])
    if entry is None:
        return True
    told = _told(session, keyring, cases)
    if told is None:
        return _has_gone_on(session, entry)
    refused = select(func.count()).where(
        *_beside(entry), LedgerEntry.verdict == REFUSED, LedgerEntry.kind == entry.kind
    )
    return len(cases) + (session.scalar(refused) or 0) >= told


def _entry_of(session: Session, first: Case) -> LedgerEntry | None:
    query = select(LedgerEntry).where(
        LedgerEntry.terminal_id == first.terminal_id,
        LedgerEntry.subject == first.id,
        LedgerEntry.subject_seq == 1,
        LedgerEntry.verdict == APPLIED,
    )
    return session.scalars(query.limit(1)).first()


def _beside(entry: LedgerEntry) -> list[ColumnElement[bool]]:
    return [
        LedgerEntry.terminal_id == entry.terminal_id,
        LedgerEntry.epoch == entry.epoch,
        LedgerEntry.seq > entry.seq,
        LedgerEntry.seq < entry.seq + _MOST,
        LedgerEntry.recorded_at == entry.recorded_at,
    ]


def _told(session: Session, keyring: Wrapper, cases: Sequence[Case]) -> int | None:
    """Return how many cases were handed in, by the first body that can be read and says so."""
    for case in cases:
        try:
            bundle = history.receipt_body(session, keyring, case.id).get("bundle") or {}
        except CONTENT_ERRORS:
            continue
        told = str(bundle.get("members", ""))
        if told.isdecimal() and int(told) <= _MOST:
            return int(told)
    return None


def _has_gone_on(session: Session, entry: LedgerEntry) -> bool:
    """Tell whether something later came of its terminal, or that it has nothing left to send."""
    later = select(LedgerEntry.seq).where(
        LedgerEntry.terminal_id == entry.terminal_id,
        tuple_(LedgerEntry.epoch, LedgerEntry.seq) > (entry.epoch, entry.seq),
        LedgerEntry.recorded_at != entry.recorded_at,
    )
    idle = select(Terminal.terminal_id).where(
        Terminal.terminal_id == entry.terminal_id,
        Terminal.reported_pending == 0,
        Terminal.reported_at > entry.received_at,
    )
    return session.scalar(select(or_(later.exists(), idle.exists()))) is True
