"""What is recorded of help: single records with their story, those of a case, lists, counts.

Reads only, at both roles. Lists need no key; whom a record is for needs its own. Neighbours:
`history` has the facts, pages put them into words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Field, Text
from kiosk.app_services import Services
from kiosk.cases import history
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.records import OPENED, STEPPED
from kiosk.cases.help.services import SERVICES, Service, Step
from kiosk.db import reading
from kiosk.operators.model import Operator


@dataclass(frozen=True, slots=True)
class Event:
    """One step as it was recorded: when, by which operator, and what was said."""

    label: Text
    at: datetime
    agent: str | None
    fields: tuple[Field, ...]
    details: Mapping[str, Any]
    is_opening: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A service with its story; ``details`` are those of the opening, None without its key."""

    row: HelpRecord
    service: Service
    details: Mapping[str, Any] | None
    events: tuple[Event, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    number: str | None = None
    files: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> Text:
        """The state in words."""
        return table.STATES[self.row.state]

    @property
    def agent(self) -> str | None:
        """The name of who serves, None when it is nobody of this place."""
        return self.names.get(self.row.agent or "")

    @property
    def possible(self) -> tuple[Step, ...]:
        """The steps that people may take now."""
        return table.possible(self.row.kind, self.row.state)

    @property
    def started(self) -> tuple[Mapping[str, Any], ...]:
        """Of a home visit: whose form was begun (``member``) and with which ``record`` of help."""
        return tuple(event.details for event in self.events if "record" in event.details)

    def latest(self, name: str) -> Any:
        """Return what was said of `name` last, in any step, or None."""
        said = [event.details[name] for event in self.events if event.details.get(name)]
        return said[-1] if said else None


def record_of(services: Services, record_id: str) -> Record | None:
    """Return one record with its story, or None."""
    with reading() as session:
        row = session.get(HelpRecord, record_id)
        return _told(session, services, row) if row else None


def of_case(session: Session, services: Services, case_ids: Iterable[str]) -> tuple[Record, ...]:
    """Return what was done for these cases, in the order in which it began."""
    ids = [each for each in case_ids if each]
    rows = session.scalars(
        select(HelpRecord).where(HelpRecord.case_id.in_(ids)).order_by(HelpRecord.id)
    ).all()
    return tuple(_told(session, services, row) for row in rows)


def listed(
    services: Services, station: str, kinds: Iterable[str], states: Iterable[str], most: int = 100
) -> tuple[Record, ...]:
    """Return a station's records of these kinds and states, the earliest day first."""
    query = (
        select(HelpRecord)
        .where(
            HelpRecord.station_code == station,
            HelpRecord.kind.in_(list(kinds)),
            HelpRecord.state.in_(list(states)),
        )
        .order_by(HelpRecord.on_day, HelpRecord.id)
        .limit(most)
    )
    with reading() as session:
        return tuple(_told(session, services, row) for row in session.scalars(query).all())


def on_day(services: Services, station: str, day: date, agent: str | None) -> tuple[Record, ...]:
    """Return a day's home visits, of one agent or of all, in no order."""
    query = select(HelpRecord).where(
        HelpRecord.station_code == station,
        HelpRecord.kind == table.VISIT,
        HelpRecord.on_day == day,
        HelpRecord.state != table.CANCELLED,
    )
    if agent:
        query = query.where(HelpRecord.agent == agent)
    with reading() as session:
        return tuple(_told(session, services, row) for row in session.scalars(query).all())


def case_of(session: Session, started: Mapping[str, Any]) -> str | None:
    """Return the case that came of a form begun in a home visit, None without one yet."""
    row = session.get(HelpRecord, str(started["record"]))
    return row.case_id if row else None


def names_of(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of these operators by id."""
    wanted = {each for each in ids if each}
    if not wanted:
        return {}
    query = select(Operator.id, Operator.display_name).where(Operator.id.in_(wanted))
    return dict(session.execute(query).all())


def _told(session: Session, services: Services, row: HelpRecord) -> Record:
    story = [
        fact
        for fact in history.facts(session, services.keyring, row.id)
        if fact.kind in (OPENED, STEPPED)
    ]
    service = SERVICES[row.kind]
    opening = next((fact.body for fact in story if fact.kind == OPENED), None)
    events = tuple(_event(service, fact) for fact in story)
    return Record(
        row=row,
        service=service,
        details=opening["details"] if opening else None,
        events=events,
        names=names_of(session, [row.agent, *(event.agent for event in events)]),
        number=opening.get("number") if opening else None,
        files=opening.get("files", {}) if opening else {},
    )


def _event(service: Service, fact: history.Fact) -> Event:
    body = fact.body or {}
    if fact.kind == OPENED:
        return Event(
            Text("开始", "Begun"),
            fact.at,
            body.get("agent"),
            service.fields,
            body.get("details", {}),
            is_opening=True,
        )
    step = service.steps.get(str(body.get("step")))
    return Event(
        step.label if step else Text("已记录", "Recorded"),
        fact.at,
        body.get("agent"),
        step.fields if step else (),
        body.get("details", {}),
    )
