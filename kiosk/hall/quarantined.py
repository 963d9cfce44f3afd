"""What waits in quarantine at the hall, as the admins' list and page show it. Reads only.

Of each case the first entry that waits is shown; what is held behind it is counted. Contents are
opened for one entry, when somebody who may asks, and the caller logs that. Neighbours: `resolving`
acts, `quarantine` draws.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases import bodies
from kiosk.cases.model import Case
from kiosk.counter import days
from kiosk.db import reading
from kiosk.errors import NotFound
from sync import bounded, keys, quarantine
from sync.ingest import NEEDS
from sync.ledger import HELD, QUARANTINED, LedgerEntry, Terminal
from sync.quarantine import Place, Resolution

#: Kinds whose bodies are not sealed.
PLAIN = frozenset({days.KIND})
PAGE = 50
#: As the list is narrowed: all, what another program can replay, what nobody could read.
ALL, UPDATE, POISON = "all", "update", "poison"
REASONS = (ALL, UPDATE, POISON)


_NEEDS = re.compile(re.escape(NEEDS) + r"(.+) of version (\d+)(?:, which program (.+) wrote)?")
_MISSING = Text("缺少必需的内容", "Something that must be there is missing")
_SHAPE = Text("内容的格式不对", "The contents have another shape")
#: What the class of an error means to people.
_WORDS = {
    "Unreadable": Text("打不开，或格式不对", "It does not open, or has another shape"),
    "Wiped": Text(
        "终端已按期清除内容；内容在较新的大厅备份中",
        "The terminal has wiped the contents in due time; a newer backup of the hall has them",
    ),
    "UnknownMode": Text("材料的提供方式中心不认识", "A material is supplied in a way unknown here"),
    "Misshapen": Text("帮代办记录的格式不对", "A record of help has another shape"),
    "KeyError": _MISSING,
    "LookupError": _MISSING,
    "ValueError": _SHAPE,
    "TypeError": _SHAPE,
    "AttributeError": _SHAPE,
    "IntegrityError": Text("与已有的记录重复", "It doubles what is here already"),
    "DataError": Text("有数据库存不下的内容", "It holds what fits no column"),
    "OverflowError": Text("有数据库存不下的内容", "It holds what fits no column"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry that waits for somebody, without its contents."""

    place: Place
    terminal_number: str
    station_name: str
    case_number: str | None
    subject: str
    kind: str
    version: int
    verdict: str
    reason: str
    received_at: datetime
    recorded_at: datetime
    behind: int

    @property
    def words(self) -> Text:
        """The reason in words; one that nobody has written words for stays as it is."""
        if found := _NEEDS.fullmatch(self.reason):
            kind, number, program = found[1], found[2], found[3] or "–"
            return Text(
                f"需要认识 {kind} 第 {number} 版的程序（终端程序：{program}）",
                f"Needs a program that knows {kind} {number} (the terminal's is {program})",
            )
        name = self.reason.partition(":")[0]
        return _WORDS.get(name, Text(self.reason, self.reason))

    @property
    def needs_update(self) -> bool:
        """Tell whether another program of the hall could replay it."""
        return self.reason.startswith(NEEDS)


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry with what waits behind it and what was done about it; ``digest`` in hex."""

    entry: Waiting
    digest: str
    followers: tuple[tuple[int, str, datetime], ...]
    story: Sequence[Resolution]
    has_key: bool


def waiting(number: str = "", reason: str = ALL, page: int = 1) -> tuple[list[Waiting], int]:
    """Return one page of what waits, oldest first, and how many there are; ``number`` narrows."""
    asked = [_is_first(reason)]
    if number:
        asked.append(Terminal.number == number)
    base = select(LedgerEntry, Terminal).join(
        Terminal, Terminal.terminal_id == LedgerEntry.terminal_id
    )
    with reading() as session:
        total = session.scalar(
            select(func.count())
            .select_from(LedgerEntry)
            .join(Terminal, Terminal.terminal_id == LedgerEntry.terminal_id)
            .where(*asked)
        )
        query = base.where(*asked).order_by(LedgerEntry.received_at, LedgerEntry.seq)
        found = session.execute(query.limit(PAGE).offset((page - 1) * PAGE)).all()
        rows = [(entry, terminal) for entry, terminal in found]
        return _lines(session, rows), total or 0


def find(number: str, epoch: int, seq: int) -> Place:
    """Return the place of an entry by its terminal's number; NotFound."""
    with reading() as session:
        terminal_id = session.scalar(select(Terminal.terminal_id).where(Terminal.number == number))
        key = (terminal_id, epoch, seq)
        row = session.get(LedgerEntry, key) if terminal_id else None
    if terminal_id is None or row is None:
        raise NotFound("entry_unknown", Text("没有这条记录。", "There is no such entry."))
    return Place(terminal_id, epoch, seq)


def detail(place: Place) -> Detail:
    """Return all that may be known of an entry without its contents; of a decided one too."""
    with reading() as session:
        row = session.get_one(LedgerEntry, (place.terminal_id, place.epoch, place.seq))
        terminal = session.get_one(Terminal, place.terminal_id)
        held = session.scalars(
            select(LedgerEntry)
            .where(
                LedgerEntry.terminal_id == place.terminal_id,
                LedgerEntry.subject == row.subject,
                LedgerEntry.subject_seq > row.subject_seq,
                LedgerEntry.verdict == HELD,
            )
            .order_by(LedgerEntry.subject_seq)
        ).all()
        return Detail(
            entry=_lines(session, [(row, terminal)])[0],
            digest=row.digest.hex(),
            followers=tuple((each.seq, each.kind, each.received_at) for each in held),
            story=quarantine.story_of(session, place.terminal_id, place.epoch, place.seq),
            has_key=session.get(keys.SubjectKey, row.subject) is not None,
        )


def opened(services: Services, place: Place) -> dict[str, Any] | None:
    """Return what is in an entry as the terminal wrote it, or None when it does not open."""
    with reading() as session:
        row = session.get_one(LedgerEntry, (place.terminal_id, place.epoch, place.seq))
        key = keys.fetch(session, services.keyring, [row.subject]).get(row.subject)
    return contents(row, key)


def contents(row: LedgerEntry, key: bytes | None) -> dict[str, Any] | None:
    """Return the body of an entry, or None when it does not open or is no object."""
    try:
        if row.kind in PLAIN:
            body = bounded.loads(row.body)
            return body if isinstance(body, dict) else None
        return None if key is None else bodies.open_fact(key, row)
    except ValueError:
        return None


def all_first(session: Session) -> list[Place]:
    """Return the places of all entries that wait for somebody, oldest first."""
    query = select(LedgerEntry.terminal_id, LedgerEntry.epoch, LedgerEntry.seq)
    rows = session.execute(query.where(_is_first(ALL)).order_by(LedgerEntry.received_at))
    return [Place(*row) for row in rows]


def _is_first(reason: str) -> ColumnElement[bool]:
    """Return what tells an entry that waits itself from those that are held behind it."""
    needs = and_(LedgerEntry.verdict == HELD, LedgerEntry.reason.startswith(NEEDS))
    poison = LedgerEntry.verdict == QUARANTINED
    return {ALL: or_(poison, needs), UPDATE: needs, POISON: poison}[reason]


def _lines(session: Session, rows: Sequence[tuple[LedgerEntry, Terminal]]) -> list[Waiting]:
    subjects = {entry.subject for entry, _ in rows}
    numbers: Mapping[str, str] = dict(
        session.execute(select(Case.id, Case.number).where(Case.id.in_(subjects))).all()
    )
    held = dict(
        session.execute(
            select(LedgerEntry.subject, func.count())
            .where(
                LedgerEntry.subject.in_(subjects),
                LedgerEntry.verdict == HELD,
                ~LedgerEntry.reason.startswith(NEEDS),
            )
            .group_by(LedgerEntry.subject)
        ).all()
    )
    return [
        Waiting(
            place=Place(entry.terminal_id, entry.epoch, entry.seq),
            terminal_number=terminal.number,
            station_name=terminal.station_name,
            case_number=numbers.get(entry.subject),
            subject=entry.subject,
            kind=entry.kind,
            version=entry.version,
            verdict=entry.verdict,
            reason=entry.reason or "",
            received_at=entry.received_at,
            recorded_at=datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC),
            behind=held.get(entry.subject, 0),
        )
        for entry, terminal in rows
    ]
