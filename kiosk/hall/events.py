"""What happened to a terminal, the newest first: acts of people, and what was noticed of it.

Acts come from the audit log, notes from `upkeep`, the rest from the terminal's own row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.hall.acts import OTHERS, name_of
from kiosk.hall.upkeep import notes_of
from kiosk.hall.worklist import display_names
from kiosk.operators.audit import AuditRecord
from sync.ledger import Terminal

MOST = 50
_ACTS = {
    "terminal.approved": Text("批准接入", "Let in"),
    "terminal.revoked": Text("停用", "Shut out"),
    "terminal.asked": Text("要求重新核对和告知", "Asked to compare and tell everything anew"),
    "terminal.paused": Text("设为维护", "Paused for maintenance"),
    "terminal.resumed": Text("结束维护", "Watched again"),
    "terminal.files_given_up": Text("不再等待丢失的文件", "Gave lost files up"),
    "terminal.noted": Text("写了备注", "Wrote a note"),
    "terminal.caretaker_named": Text("更改联系人", "Changed whom to call"),
    "terminal.proved": Text("核验了链条", "Followed the chain"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, who did it (None when nobody did), and what was written."""

    at: datetime
    what: Text
    who: Text | str | None
    note: str = ""


def of(session: Session, terminal: Terminal) -> list[Event]:
    """Return the newest events of a terminal."""
    found = [*_noticed(terminal), *_acts(session, terminal), *_notes(session, terminal)]
    return sorted(found, key=lambda event: event.at, reverse=True)[:MOST]


def _noticed(terminal: Terminal) -> Iterator[Event]:
    yield Event(terminal.enrolled_at, Text("接入登记", "Enrolled"), None)
    for at, what in (
        (terminal.forked_at, Text("发现身份重复", "Two machines with its identity were seen")),
        (terminal.twins_at, Text("两台机器轮流联系", "Two machines took turns")),
        (terminal.cloned_at, Text("发现被回退或有副本", "A rollback or a copy was noticed")),
    ):
        if at is not None:
            yield Event(at, what, None)


def _acts(session: Session, terminal: Terminal) -> Iterator[Event]:
    query = (
        select(AuditRecord)
        .where(
            AuditRecord.target == terminal.number,
            AuditRecord.act.startswith("terminal."),
            # A note stands there itself.
            AuditRecord.act != "terminal.noted",
        )
        .order_by(AuditRecord.seq.desc())
        .limit(MOST)
    )
    records = session.scalars(query).all()
    names = display_names(session, {record.actor for record in records})
    for record in records:
        what = _ACTS.get(record.act) or name_of(record.act)
        yield Event(
            record.at, what, names.get(record.actor) or OTHERS.get(record.actor, record.actor)
        )


def _notes(session: Session, terminal: Terminal) -> Iterator[Event]:
    notes = notes_of(session, terminal.terminal_id, MOST)
    names = display_names(session, {note.operator for note in notes})
    for note in notes:
        yield Event(note.at, Text("备注", "Note"), names.get(note.operator), note.text)
