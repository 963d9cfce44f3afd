"""Terminal: what the hall says of an entry, by an acknowledgement or later by the feed.

People at the hall judge again what could not be replayed, and tell it as a feed item. An
acknowledgement that is read after that item was made before it, so that it must not win.
Neighbours: ``push`` and ``kiosk.cases.feedback`` call, ``quarantine`` is where verdicts change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from sync import journal
from sync.envelope import Entry
from sync.feed import Item
from sync.journal import JournalEntry
from sync.ledger import APPLIED, REFUSED
from sync.state import Acknowledgement, Verdict, peer_of

KIND = "entry.verdict"


@dataclass(frozen=True, slots=True)
class Told:
    """What an item says: the case or record, its state at the hall, and what is known there of it.

    ``state`` is None when the hall has no such case; ``after_entry`` is as in a decision.
    """

    subject: str
    kind: str
    verdict: str
    state: str | None
    after_entry: int


def note(
    session: Session,
    run: Sequence[Entry],
    named: Mapping[str, Mapping[str, Any]],
    answer: Mapping[str, Any],
    known_epoch: int,
) -> list[Entry]:
    """Keep the verdicts of an acknowledgement, ``named`` by digest in hex; the caller commits.

    Return the entries of which the hall said another thing before: it was restored, and judged them
    anew.
    """
    known = {
        row.digest: row
        for row in session.scalars(
            select(Verdict).where(Verdict.digest.in_([entry.digest for entry in run]))
        )
    }
    is_restored = int(answer["hall_epoch"]) > known_epoch
    changed = []
    for entry in run:
        said, row = named.get(entry.digest.hex()), known.get(entry.digest)
        if said is None or (row is None and said["verdict"] == APPLIED):
            continue
        if row is not None and row.told_by > int(answer["feed_head"]) and not is_restored:
            continue
        before = row.verdict if row is not None else _told_before(session, entry)
        if before not in (None, said["verdict"]):
            changed.append(entry)
        _write(session, entry.digest, (entry.epoch, entry.seq), said, 0)
    return changed


def _told_before(session: Session, entry: Entry) -> str | None:
    """Return what the hall must have said of an entry that has no row: nothing, or *applied*."""
    places = tuple_(Acknowledgement.epoch, Acknowledgement.seq)
    query = select(Acknowledgement.seq).where(places >= (entry.epoch, entry.seq)).limit(1)
    return APPLIED if session.scalar(query) is not None else None


def keep(session: Session, entry: Entry, verdict: str, reason: str | None) -> None:
    """Keep what the hall says of an entry that comes back from its ledger; the caller commits."""
    if verdict != APPLIED:
        place = (entry.epoch, entry.seq)
        _write(session, entry.digest, place, {"verdict": verdict, "reason": reason}, 0)


def hear(session: Session, item: Item) -> Told:
    """Keep the verdict that an item tells; KeyError, TypeError or ValueError when malformed."""
    body = orjson.loads(item.body)
    told = Told(
        subject=str(body["subject"]),
        kind=str(body["kind"]),
        verdict=str(body["verdict"]),
        state=None if body.get("state") is None else str(body["state"]),
        after_entry=int(body.get("after_entry", 0)),
    )
    digest = bytes.fromhex(body["digest"])
    row = session.get(Verdict, digest)
    if row is None or row.told_by < item.seq:
        _write(session, digest, (int(body["epoch"]), int(body["seq"])), body, item.seq)
    return told


def refused_among(session: Session, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return those of these entries that the hall has refused."""
    query = select(Verdict.digest).where(Verdict.digest.in_(digests), Verdict.verdict == REFUSED)
    return frozenset(session.scalars(query))


def taken_after_all(session: Session, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return those of these entries that the hall has applied, having said another thing before."""
    query = select(Verdict.digest).where(Verdict.digest.in_(digests), Verdict.verdict == APPLIED)
    return frozenset(session.scalars(query))


def taken(session: Session, subjects: Select[Any] | Sequence[str]) -> list[Entry]:
    """Return the entries of these cases that the hall has applied, as far as is known here."""
    places = tuple_(JournalEntry.epoch, JournalEntry.seq)
    told = select(Verdict.digest).where(Verdict.verdict == APPLIED)
    untold = JournalEntry.digest.not_in(select(Verdict.digest))
    is_taken = or_(
        JournalEntry.digest.in_(told), and_(places <= peer_of(session).acknowledged, untold)
    )
    return journal.matching(session, JournalEntry.subject.in_(subjects), is_taken)


def counts(session: Session) -> dict[str, int]:
    """Return how many entries have each verdict other than *applied*."""
    query = select(Verdict.verdict, func.count()).where(Verdict.verdict != APPLIED)
    return dict(session.execute(query.group_by(Verdict.verdict)).all())


def _write(
    session: Session,
    digest: bytes,
    place: tuple[int, int],
    said: Mapping[str, Any],
    told_by: int,
) -> None:
    session.merge(
        Verdict(
            digest=digest,
            epoch=place[0],
            seq=place[1],
            verdict=str(said["verdict"])[:12],
            reason=said.get("reason"),
            told_by=told_by,
        )
    )
