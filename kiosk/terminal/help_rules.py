"""What the help service asks beyond single fields: is it offered, is the time outside hours?

Each refusal names its field. Knows no requests. Neighbours: `helpdesk` and `visits` ask,
`kiosk.cases.help` records.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import select

from forms.definition import Text
from forms.release import Catalogue
from kiosk import clock, workdays
from kiosk.app_services import Services
from kiosk.cases import deadlines, lifecycle
from kiosk.cases.help import services as table
from kiosk.cases.help import wanted
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.reading import Record
from kiosk.cases.help.services import Service, Step
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.receipts.number import grouped, ungrouped
from kiosk.terminal.entering import lists

#: Working days before the promised day from which somebody is reminded, and urgently.
REMINDERS = (deadlines.REMIND, deadlines.URGENT)
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Promise:
    """A document that is still to come: the case's number, item and day, and how near it is."""

    case_id: str
    number: str
    item: str
    due_on: date
    words: Text
    colour: str


def case_of(
    services: Services, said: Mapping[str, Any], service: Service, item: str | None = None
) -> Case | None:
    """Return the case whose number was entered, None when no number was asked for.

    Invalid when there is none of this station, or when its help does not offer the service. With
    ``item`` the record is there already and is tied to the case: of the same item, unless it is a
    matter of investment, for which no case is kept here.
    """
    if "case_number" not in said:
        return None
    number = ungrouped(said["case_number"])
    station = services.station
    with reading() as session:
        query = select(Case).where(Case.number == number, Case.idempotency_key.is_not(None))
        case = session.scalars(query).first()
    if case is None or station is None or case.station_code != station.code:
        raise wanted.wrong(
            wanted.CASE,
            "unknown",
            "本站没有这个办件，请对照凭证核对编号",
            "This station has no such case; compare the number with the receipt",
        )
    if item is None:
        check_offered(services.catalogue, service, case.item, wanted.CASE)
    elif item in services.catalogue.items and case.item != item:
        raise wanted.wrong(
            wanted.CASE,
            "another_item",
            "这个办件办的是另一个事项",
            "That case is about another service",
        )
    return case


def check_offered(catalogue: Catalogue, service: Service, code: str, field: Any) -> None:
    """Raise Invalid unless the item's help lists the service's feature."""
    if service.feature and not lists(catalogue.help_items.linked_to(code), service.feature):
        raise wanted.wrong(
            field,
            "not_offered",
            f"这个事项的帮代办不提供“{service.name.zh}”",
            f"The help with this service does not offer: {service.name.en}",
        )


def check_opening(services: Services, service: Service, said: Mapping[str, Any]) -> None:
    """Raise Invalid for a booking that is none: a time that is open anyway, or no time at all."""
    if service.kind != table.EXTENDED:
        return
    start, end = moment(said["from"], wanted.FROM), moment(said["to"], wanted.TO)
    if start >= end:
        raise wanted.wrong(
            wanted.TO, "not_later", "结束时间要晚于开始时间", "The end must be later than the start"
        )
    day = date.fromisoformat(said["day"])
    if is_open(services.config.station_open, day, start, end):
        hours = services.config.station_open
        raise wanted.wrong(
            wanted.FROM,
            "within_hours",
            f"这段时间在开放时间内（工作日 {hours}），居民可直接来办，不用预约",
            f"That is within opening hours (working days {hours}): the resident can simply come",
        )


def check_step(services: Services, record: Record, step: Step) -> None:
    """Raise Invalid for what cannot be yet: nothing is posted before there is a result."""
    if (record.row.kind, step.code) != (table.EXPRESS, "hand_over"):
        return
    with reading() as session:
        case = session.get(Case, record.row.case_id)
    if case is None or case.state not in (lifecycle.APPROVED, lifecycle.DELIVERED):
        raise wanted.wrong(
            wanted.CARRIER,
            "no_result_yet",
            "办件还没有办结，没有可以寄的结果",
            "The case is not decided in the resident's favour yet: there is nothing to send",
        )


def moment(text: str, field: Any) -> time:
    """Return a time of day; Invalid at ``field`` when it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise wanted.wrong(
            field, "time_format", "时间请写成 18:30 这样", "Write the time like 18:30"
        )
    return time(int(found[1]), int(found[2]))


def is_open(hours: str, day: date, start: time, end: time) -> bool:
    """Tell whether the station is open during any part of that time.

    ``hours`` are spans such as ``09:00-11:30 13:30-17:00``; they hold on working days alone.
    """
    if not workdays.is_working_day(day):
        return False
    spans = (tuple(time.fromisoformat(each) for each in span.split("-")) for span in hours.split())
    return any(start < closes and opens < end for opens, closes in spans)


def opening_hours(services: Services) -> str:
    """Return the spans in which the station is open on working days."""
    return services.config.station_open


def expectation(catalogue: Catalogue, service: Service) -> Text | None:
    """Return what the catalogue says one may expect of this service."""
    features = catalogue.help_items.features
    return next((each.expect for each in features if each.code == service.feature), None)


def due_soon(services: Services, station: str) -> list[Promise]:
    """Return the promised documents that somebody should be reminded of, the nearest first."""
    today = clock.today()
    last = workdays.add(today, max(REMINDERS))
    query = (
        select(HelpRecord, Case)
        .join(Case, Case.id == HelpRecord.id)
        .where(
            HelpRecord.kind == table.DEFERRAL,
            HelpRecord.state == table.OPEN,
            HelpRecord.station_code == station,
            HelpRecord.due_on <= last,
            Case.state.in_(lifecycle.STEPS["supply"].sources),
        )
        .order_by(HelpRecord.due_on, HelpRecord.id)
    )
    with reading() as session:
        found = session.execute(query).all()
    return [_promise(row, case, today) for row, case in found]


def _promise(row: HelpRecord, case: Case, today: date) -> Promise:
    due = row.due_on or today
    words, colour = nearness(due, today)
    return Promise(case.id, grouped(case.number), row.item, due, words, colour)


def nearness(due: date, today: date) -> tuple[Text, str]:
    """Return how near a promised day is, in words and as a light's colour."""
    if today > due:
        return Text("已逾期", "Overdue"), "red"
    left = next(n for n in range(max(REMINDERS) + 2) if workdays.add(today, n) >= due)
    if left == 0:
        return Text("今天到期", "Due today"), "red"
    return Text(f"还剩 {left} 个工作日", f"{left} working days left"), (
        "red" if left <= min(REMINDERS) else "yellow"
    )


def case_shown(services: Services, record: Record) -> tuple[str, str] | None:
    """Return number and state of the record's case, or None before there is one."""
    if record.row.case_id is None:
        return None
    with reading() as session:
        case = session.get(Case, record.row.case_id)
    return (grouped(case.number), case.state) if case else None
