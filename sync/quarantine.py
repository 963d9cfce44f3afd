"""Hall: entries that could not be replayed are judged anew: by people, or by a newer program.

An entry is never edited. A correction lies in a table of its own, signed by the hall, and is
replayed in the entry's place; every change of a verdict is a row of ``resolution``. Whoever calls
has locked the terminal's row, as a push does, so that two admins and a push come one after the
other. Neighbours: ``ingest`` judged first, ``kiosk.hall.resolving`` calls and tells the terminal.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Index, LargeBinary, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import ledger
from sync.envelope import Entry
from sync.ingest import BLOCKING, Refusal, Replayer, judge
from sync.ledger import APPLIED, REFUSED, LedgerEntry, Terminal, entry_of
from sync.tables import Base

REPLAY, CORRECT, SET_ASIDE, RELEASE, UPDATE = "replay", "correct", "set-aside", "release", "update"
#: How the reason of an entry begins that people have set aside; what follows is said to residents.
SET_ASIDE_REASON = "set aside: "
_SIGNED = b"jishiban correction 1\n"
#: A verdict and its reason.
Judgement = tuple[str, str | None]


class NotWaiting(LookupError):
    """The entry waits for no decision: it is unknown, decided, or held by an earlier one."""


class Correction(Base):
    """What an admin wrote in the place of an entry's body, sealed as that is. Never changed."""

    __tablename__ = "correction"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Counts the corrections of one entry from 1; the last one counts.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Of the entry as the terminal wrote it.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    body: Mapped[bytes]
    body_sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[int]
    operator: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text)
    #: Ed25519 by the hall over ``statement``.
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))

    def statement(self) -> bytes:
        """Return the bytes that the hall signs."""
        fields: dict[str, Any] = {
            "terminal_id": self.terminal_id,
            "epoch": self.epoch,
            "seq": self.seq,
            "number": self.number,
            "digest": self.digest.hex(),
            "kind": self.kind,
            "version": self.version,
            "body_sha256": self.body_sha256,
            "made_at": self.made_at,
            "operator": self.operator,
            "reason": self.reason,
        }
        return _SIGNED + rfc8785.dumps(fields)

    def is_genuine(self, hall: Ed25519PublicKey | None) -> bool:
        """Tell whether body, statement and signature belong together."""
        if hashlib.sha256(self.body).hexdigest() != self.body_sha256:
            return False
        try:
            if hall is not None:
                hall.verify(self.signature, self.statement())
        except InvalidSignature:
            return False
        return True


class Resolution(Base):
    """One act on one entry: who or what, when, why, and the verdict before and after it."""

    __tablename__ = "resolution"
    __table_args__ = (Index("ix_resolution_at", "at"),)

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: replay, correct or set-aside by people; release of what waited behind; update of the program.
    act: Mapped[str] = mapped_column(String(12))
    #: None when no person did it.
    operator: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
    why: Mapped[str | None] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Act:
    """What is done, by whom (None for the program), when and why."""

    verb: str
    operator: str | None
    at: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry lies in the ledger."""

    terminal_id: str
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Change:
    """An entry whose verdict is another now, or has another reason."""

    entry: Entry
    verdict: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Where entries of one terminal are judged: its locked row, and how they are replayed."""

    session: Session
    terminal: Terminal
    replay: Replayer

    def waiting(self, place: Place) -> LedgerEntry:
        """Return the entry that a decision is asked for; NotWaiting."""
        row = self.session.get(
            LedgerEntry, (place.terminal_id, place.epoch, place.seq), populate_existing=True
        )
        if row is None or row.verdict not in BLOCKING:
            raise NotWaiting("this entry waits for nothing")
        first = next(iter(self._blocked(row.subject)))
        if (first.epoch, first.seq) != (row.epoch, row.seq):
            raise NotWaiting("an earlier entry of this case comes first")
        return row

    def again(self, place: Place, act: Act) -> list[Change]:
        """Replay the entry as it is, and what waits behind it when that succeeds; NotWaiting."""
        row = self.waiting(place)
        return self._decide(row, act, self._judge)

    def corrected(
        self,
        place: Place,
        act: Act,
        write: Callable[[LedgerEntry], tuple[int, bytes]],
        signer: Ed25519PrivateKey,
    ) -> list[Change]:
        """Keep a correction, signed, and replay it in the entry's place; NotWaiting.

        ``write`` returns version and sealed body. The caller looks at the verdict, and ends the
        transaction when what was written is no better.
        """
        row = self.waiting(place)
        version, body = write(row)
        correction = Correction(
            terminal_id=row.terminal_id,
            epoch=row.epoch,
            seq=row.seq,
            number=_next(self.session, Correction, place),
            digest=row.digest,
            kind=row.kind,
            version=version,
            body=body,
            body_sha256=hashlib.sha256(body).hexdigest(),
            made_at=int(act.at.timestamp() * 1_000_000),
            operator=str(act.operator),
            reason=act.why or "",
            signature=b"",
        )
        correction.signature = signer.sign(correction.statement())
        self.session.add(correction)
        self.session.flush()
        return self._decide(row, act, self._judge)

    def set_aside(self, place: Place, act: Act) -> list[Change]:
        """Refuse the entry for good, and replay what waits behind it; NotWaiting."""
        row = self.waiting(place)
        verdict = (REFUSED, f"{SET_ASIDE_REASON}{act.why}")
        return self._decide(row, act, lambda _: verdict)

    def _judge(self, row: LedgerEntry) -> Judgement:
        fixed = newest_corrections(self.session, [row])
        entry = _with(row, fixed.get((row.terminal_id, row.epoch, row.seq)))
        # As in a push, where what is replayed counts among what the case has seen.
        ledger.mark(self.session, self.terminal, entry, APPLIED, None)
        self.session.expire(row)
        return judge(self.session, self.terminal, entry, self.replay)

    def _decide(
        self, row: LedgerEntry, act: Act, judged: Callable[[LedgerEntry], Judgement]
    ) -> list[Change]:
        changes, verdict = self._note(row, act, judged)
        behind = Act(RELEASE, act.operator, act.at)
        for each in () if verdict in BLOCKING else self._blocked(row.subject):
            more, verdict = self._note(each, behind, self._judge)
            changes += more
            if verdict in BLOCKING:
                break
        return changes

    def _note(
        self, row: LedgerEntry, act: Act, judged: Callable[[LedgerEntry], Judgement]
    ) -> tuple[list[Change], str]:
        """Judge an entry, write verdict and act; what a program tries in vain is worth no row."""
        entry, before = entry_of(row), (row.verdict, row.reason)
        verdict, reason = judged(row)
        ledger.mark(self.session, self.terminal, entry, verdict, reason)
        changed = before != (verdict, reason)
        if changed or act.verb not in (UPDATE, RELEASE):
            place = Place(row.terminal_id, row.epoch, row.seq)
            self.session.add(
                Resolution(
                    terminal_id=place.terminal_id,
                    epoch=place.epoch,
                    seq=place.seq,
                    number=_next(self.session, Resolution, place),
                    act=act.verb,
                    operator=act.operator,
                    at=act.at,
                    why=act.why,
                    before=before[0],
                    verdict=verdict,
                    reason=reason,
                )
            )
        self.session.flush()
        self.session.expire(row)
        return ([Change(entry, verdict, reason)] if changed else []), verdict

    def _blocked(self, subject: str) -> Sequence[LedgerEntry]:
        """Return what of a case is not decided, in order."""
        query = select(LedgerEntry).where(
            LedgerEntry.terminal_id == self.terminal.terminal_id,
            LedgerEntry.subject == subject,
            LedgerEntry.verdict.in_(BLOCKING),
        )
        return self.session.scalars(query.order_by(LedgerEntry.subject_seq)).all()


def refuse_if_set_aside(session: Session, terminal: Terminal, entry: Entry) -> None:
    """Raise Refusal when the entry that began this case was set aside: nothing follows it."""
    query = select(LedgerEntry.seq).where(
        LedgerEntry.terminal_id == terminal.terminal_id,
        LedgerEntry.subject == entry.subject,
        LedgerEntry.subject_seq == 1,
        LedgerEntry.verdict == REFUSED,
    )
    if entry.subject_seq > 1 and session.scalar(query.limit(1)) is not None:
        raise Refusal("what this case began with was not taken")


def newest_corrections(
    session: Session, rows: Iterable[Any]
) -> Mapping[tuple[str, int, int], Correction]:
    """Return the correction that counts for each of these ledger rows that has one, by place."""
    places = {(row.terminal_id, row.seq) for row in rows}
    if not places:
        return {}
    query = select(Correction).where(
        Correction.terminal_id.in_({terminal_id for terminal_id, _ in places}),
        Correction.seq.in_({seq for _, seq in places}),
    )
    corrections = session.scalars(query.order_by(Correction.number))
    return {(each.terminal_id, each.epoch, each.seq): each for each in corrections}


def applied_of_subject(session: Session, subject: str) -> list[Entry]:
    """Return what of a case was replayed, in order, as it was replayed: corrections in place."""
    rows = [row for row in ledger.of_subject(session, subject) if row.verdict == APPLIED]
    return as_judged(session, rows)


def as_judged(session: Session, rows: Sequence[LedgerEntry]) -> list[Entry]:
    """Return the entries of these rows as they are replayed: corrections in their places."""
    fixed = newest_corrections(session, rows)
    return [_with(row, fixed.get((row.terminal_id, row.epoch, row.seq))) for row in rows]


def _with(row: LedgerEntry, fixed: Correction | None) -> Entry:
    entry = entry_of(row)
    return entry if fixed is None else replace(entry, version=fixed.version, body=fixed.body)


def story_of(session: Session, terminal_id: str, epoch: int, seq: int) -> Sequence[Resolution]:
    """Return what was done about an entry, in order."""
    query = select(Resolution).where(
        Resolution.terminal_id == terminal_id, Resolution.epoch == epoch, Resolution.seq == seq
    )
    return session.scalars(query.order_by(Resolution.number)).all()


def unproved(session: Session, hall: Ed25519PublicKey | None) -> list[str]:
    """Return in words what of corrections and changed verdicts does not prove. Reads only."""
    faults = [
        f"the correction of entry {each.epoch}/{each.seq} is altered"
        for each in session.scalars(select(Correction))
        if not each.is_genuine(hall)
    ]
    last = select(
        Resolution.terminal_id, Resolution.epoch, Resolution.seq, func.max(Resolution.number)
    ).group_by(Resolution.terminal_id, Resolution.epoch, Resolution.seq)
    for terminal_id, epoch, seq, number in session.execute(last).all():
        row = session.get(LedgerEntry, (terminal_id, epoch, seq))
        told = session.get_one(Resolution, (terminal_id, epoch, seq, number))
        if row is None or (row.verdict, row.reason) != (told.verdict, told.reason):
            faults.append(f"the verdict on entry {epoch}/{seq} is not the one last decided")
    return faults


def _next(session: Session, model: type[Any], place: Place) -> int:
    query = select(func.max(model.number)).where(
        model.terminal_id == place.terminal_id,
        model.epoch == place.epoch,
        model.seq == place.seq,
    )
    return (session.scalar(query) or 0) + 1
