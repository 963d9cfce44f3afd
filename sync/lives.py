"""Hall: the runs of a terminal's life: who may go on, and what it gets back.

A terminal that was restored goes on in a new epoch, which is given here and never twice.
Neighbours: ``recovery`` asks, ``contact`` sees that two machines are at work,
``restored_hall.raise_epoch`` looks after a restored hall.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import String, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import bulk, journal, keys
from sync.envelope import Entry, entry_to_wire, is_genuine
from sync.keys import Wrapper
from sync.ledger import APPLIED, LedgerEntry, Terminal, entry_of
from sync.state import RESTORED, WAITING
from sync.tables import Base, table_of

log = structlog.get_logger(__name__)


class Life(Base):
    """One run of a terminal's life, or the wish for one; ``epoch`` is None until it is granted."""

    __tablename__ = "life"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Random, made by the machine before it asked.
    life_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int | None]
    #: Why it is asked for, as ``sync.state`` names it.
    reason: Mapped[str] = mapped_column(String(12))
    #: How many entries the machine has that contradict the ledger.
    diverging: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    #: An admin has let this machine go on.
    let_in: Mapped[bool] = mapped_column(default=False)
    granted_at: Mapped[datetime | None]


_LEDGER = table_of(LedgerEntry)
_PLACE = tuple_(_LEDGER.c.epoch, _LEDGER.c.seq)
#: A rollback that nobody declared goes on by itself when no other machine reports for so long:
#: some sweeps of a terminal, which reports every 15 seconds where it was told nothing else.
WATCH = timedelta(seconds=60)
#: What an entry that comes back weighs at least, beside its body.
_ENTRY_BYTES = 256
GRANTED, WAIT, MORE = "granted", "waiting", "behind"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a machine says that asks for a life: why, how far it is, and what contradicts.

    ``epoch`` is the newest that it knows, ``head`` its newest entry with its digest.
    """

    life_id: str
    reason: str
    diverging: int
    epoch: int
    head: tuple[tuple[int, int], bytes]


def ask(
    session: Session,
    terminal: Terminal,
    wish: Wish,
    now: datetime,
    longer: timedelta = timedelta(0),
) -> tuple[str, int | None]:
    """Answer a machine that asks for the next epoch; the caller has locked the terminal's row.

    ``granted`` with the epoch, for ever the same for the same life; ``behind`` when the ledger goes
    on beyond the machine's head, which it fetches first, or to be asked again; ``waiting`` for an
    admin (``let_go_on``) when it has entries that contradict, or when two machines are at work.
    ``longer`` is watched for another one where terminals were told to report more rarely.
    """
    life = _life(session, terminal, wish, now)
    life.heard_at, life.diverging = now, wish.diverging
    if life.epoch is not None:
        return GRANTED, life.epoch
    if not life.let_in:
        is_declared = wish.reason == RESTORED
        if not is_declared and (terminal.reported_at or life.asked_at) > life.asked_at:
            # A machine that stands still reports nothing: another one did meanwhile.
            terminal.twins_at = terminal.twins_at or now
        is_alone = terminal.forked_at is None and terminal.twins_at is None
        if life.reason == WAITING or wish.diverging or not (is_declared or is_alone):
            life.reason = WAITING
            return WAIT, None
        head = ((terminal.cursor_epoch, terminal.cursor_seq), terminal.cursor_digest)
        if wish.head != head or not (is_declared or now - life.asked_at >= WATCH + longer):
            return MORE, None
    life.epoch = max(terminal.life_epoch, terminal.cursor_epoch, wish.epoch) + 1
    life.granted_at = now
    # From now on only this machine goes on: whatever else is new comes of another.
    terminal.life_epoch = terminal.fence_epoch = life.epoch
    terminal.contact = terminal.contact_offered = terminal.contact_before = None
    terminal.cloned_at = None
    if life.let_in:
        terminal.forked_at = terminal.twins_at = None
    log.warning("life_granted", terminal=terminal.number, epoch=life.epoch, reason=life.reason)
    return GRANTED, life.epoch


def _life(session: Session, terminal: Terminal, wish: Wish, now: datetime) -> Life:
    """Return the row of a wish, new when it is heard for the first time."""
    life = session.get(Life, (terminal.terminal_id, wish.life_id))
    if life is None:
        life = Life(
            terminal_id=terminal.terminal_id,
            life_id=wish.life_id,
            epoch=None,
            reason=wish.reason,
            asked_at=now,
            let_in=False,
        )
        session.add(life)
    return life


def waiting(session: Session, terminal_id: str) -> list[Life]:
    """Return the machines that wait to be let go on, the newest wish first."""
    query = select(Life).where(
        *(Life.terminal_id == terminal_id, Life.reason == WAITING),
        *(Life.epoch.is_(None), Life.let_in.is_(False)),
    )
    return list(session.scalars(query.order_by(Life.asked_at.desc())))


def let_go_on(session: Session, terminal: Terminal, code: str | None) -> Life | None:
    """Let one machine go on whose life begins with ``code``; the caller commits.

    Without a code the only one that waits. None when nobody waits: then what was flagged is taken
    back (``take_back``). LookupError when there are several, or none with this code.
    """
    found = waiting(session, terminal.terminal_id)
    if code:
        found = [each for each in found if each.life_id.startswith(code.lower())]
    if not found and not code:
        take_back(session, terminal)
        return None
    if len(found) != 1:
        raise LookupError("no machine with this code waits, or several do")
    found[0].let_in = True
    return found[0]


def take_back(session: Session, terminal: Terminal) -> None:
    """Take back what was flagged, for it was looked at; lets nobody go on. The caller commits.

    LookupError when a machine waits: somebody has to say which one goes on.
    """
    if waiting(session, terminal.terminal_id):
        raise LookupError("a machine waits")
    terminal.forked_at = terminal.cloned_at = terminal.twins_at = None
    terminal.contact_before = None


def beyond(
    session: Session,
    terminal: Terminal,
    known: Iterable[tuple[tuple[int, int], bytes]],
    wrapper: Wrapper,
    unsealed: Collection[str],
    most_bytes: int | None = None,
) -> dict[str, Any]:
    """Return what the ledger has of a terminal beyond the first known place that it has too.

    With the keys of its own cases: it may have named another's. Kinds that are ``unsealed`` need
    none. ``most_bytes`` makes it smaller than it is at most; one entry comes whatever it weighs.
    """
    most_bytes = min(most_bytes or journal.MAX_BODY_BYTES, journal.MAX_BODY_BYTES)
    after = _first_known(session, terminal, known)
    rows = session.execute(
        select(_LEDGER)
        .where(_LEDGER.c.terminal_id == terminal.terminal_id, after < _PLACE)
        .order_by(_LEDGER.c.epoch, _LEDGER.c.seq)
        .limit(min(journal.MAX_ENTRIES, most_bytes // _ENTRY_BYTES + 1))
    ).all()
    size, entries = 0, list[dict[str, Any]]()
    for row in rows:
        size += len(row.body) + _ENTRY_BYTES
        if entries and size > most_bytes:
            break
        wire = entry_to_wire(entry_of(row))
        entries.append({**wire, "verdict": row.verdict, "reason": row.reason})
    last = (entries[-1]["epoch"], entries[-1]["seq"]) if entries else after
    mine = _owned(session, terminal.terminal_id, {each["subject"] for each in entries}, unsealed)
    case_keys = keys.fetch(session, wrapper, mine)
    return {
        "after": {"epoch": after[0], "seq": after[1]},
        "entries": entries,
        "keys": {subject: key.hex() for subject, key in case_keys.items()},
        "cursor": {"epoch": terminal.cursor_epoch, "seq": terminal.cursor_seq},
        "head": terminal.cursor_digest.hex(),
        "more": last < (terminal.cursor_epoch, terminal.cursor_seq),
    }


def _first_known(
    session: Session, terminal: Terminal, known: Iterable[tuple[tuple[int, int], bytes]]
) -> tuple[int, int]:
    """Return the first of these places that the ledger has with this digest, else the beginning."""
    own = LedgerEntry.terminal_id == terminal.terminal_id
    for place, digest in known:
        query = select(LedgerEntry.digest).where(
            own, LedgerEntry.epoch == place[0], LedgerEntry.seq == place[1]
        )
        if session.scalar(query) == digest:
            return place
    return (0, 0)


def _owned(
    session: Session, terminal_id: str, subjects: Collection[str], unsealed: Collection[str]
) -> set[str]:
    """Return those of ``subjects`` that are this terminal's alone: to name a case gives nobody it.

    It is of whose entry was applied, for that was sealed with the case's key; while none was, of
    the only one that names it. Entries of the kinds ``unsealed`` show nothing.
    """
    applied = func.max(case((_LEDGER.c.verdict == APPLIED, 1), else_=0))
    query = (
        select(_LEDGER.c.subject, _LEDGER.c.terminal_id, applied.label("applied"))
        .where(bulk.among(session, _LEDGER.c.subject, list(subjects)))
        .where(_LEDGER.c.kind.not_in(unsealed))
        .group_by(_LEDGER.c.subject, _LEDGER.c.terminal_id)
    )
    claims: dict[str, list[tuple[int, str]]] = {}
    for row in session.execute(query):
        claims.setdefault(row.subject, []).append((row.applied, row.terminal_id))
    return {
        subject
        for subject, rivals in claims.items()
        if [who for applied, who in rivals if applied == max(rivals)[0]] == [terminal_id]
    }


def begins_lost_life(session: Session, terminal: Terminal, entry: Entry) -> bool:
    """Tell whether an entry begins a life that a lost hall granted, and follows what is not here.

    Then entries before it are missing, as a restored hall lacks them: no sign of a second machine.
    Of a life that was granted here, the ledger had all that came before it.
    """
    if entry.epoch == 1 or entry.seq != 1 or not is_genuine(entry):
        return False
    mine = Life.terminal_id == terminal.terminal_id
    granted = exists().where(mine, Life.epoch == entry.epoch)
    followed = exists().where(
        LedgerEntry.terminal_id == terminal.terminal_id, LedgerEntry.digest == entry.prev_digest
    )
    return not session.scalar(select(or_(granted, followed)))


def case_of_file(session: Session, terminal_id: str, sha256: str, subject: str) -> str | None:
    """Return a case of which an entry of this terminal names a file, or None when none does.

    With a ``subject`` that case is looked at alone.
    """
    query = select(LedgerEntry.subject).where(
        LedgerEntry.terminal_id == terminal_id,
        LedgerEntry.blobs.contains(f'"{sha256}"', autoescape=True),
    )
    if subject:
        query = query.where(LedgerEntry.subject == subject)
    return session.scalar(query.limit(1))
