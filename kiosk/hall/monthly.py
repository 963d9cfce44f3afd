"""The report of a month that is over: made by a worker on the next month's first working day, kept.

One that no worker made in its time is made later. It says as of when it is, for late deliveries and
decisions change a month afterwards, and names the end of the audit log at that moment. Neighbours:
`reports` sends it, `kiosk.printing` makes the PDF.
"""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from forms.definition import Text
from kiosk import clock, workdays
from kiosk.app_services import Services
from kiosk.db import alone, reading, writing
from kiosk.figures import words
from kiosk.figures.model import MonthlyReport
from kiosk.figures.reading import Question, ask, months_counted
from kiosk.figures.table import COLUMNS, Table, table
from kiosk.operators.audit import AuditRecord
from kiosk.printing.press import printed
from kiosk.printing.sheets import draw

#: So often (seconds) a worker looks whether a report is due.
EVERY_SECONDS = 3600
#: As many months before the last one are made up for.
MADE_UP = 11
#: The month's own columns; the tables below have the counts alone.
_COUNTS = ("cases", "calls", "help")


def make_due(services: Services) -> None:
    """Make every report that is missing, the oldest first; idempotent.

    Last month's is due from this month's first working day on. Those of months before it are made
    up for, the last ``MADE_UP`` of them, where no worker ran when they were due; a month before the
    first that anything was counted of gets none.
    """
    for month in _due():
        make(services, month)


def _due() -> list[date]:
    this = clock.today().replace(day=1)
    last = _month_before(this)
    if clock.today() < workdays.add(this - timedelta(days=1), 1):
        last = _month_before(last)
    with reading() as session:
        counted = months_counted(session)
        made = set(session.scalars(select(MonthlyReport.month)))
    found: list[date] = []
    month = last
    for _ in range(1 + MADE_UP):
        if counted is None or month < counted[0]:
            break
        if f"{month:%Y-%m}" not in made:
            found.insert(0, month)
        month = _month_before(month)
    return found


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def make(services: Services, month: date) -> None:
    """Make and keep the report of a month, unless another worker was quicker."""
    pdf = printed(html(services, month))
    with writing() as session:
        alone(session, "report")
        if session.get(MonthlyReport, f"{month:%Y-%m}") is None:
            report = MonthlyReport(month=f"{month:%Y-%m}", made_at=clock.now(), pdf=pdf)
            session.add(report)


def html(services: Services, month: date) -> str:
    """Return what the report says, in both languages."""
    catalogue = services.releases.current
    question = Question(month, month)
    year = replace(question, first=month.replace(month=1))
    with reading() as session:
        this, so_far = (table(ask(session, each, catalogue)) for each in (question, year))
        parted = table(ask(session, replace(question, by="department"), catalogue))
        newest = select(AuditRecord.seq, AuditRecord.digest).order_by(AuditRecord.seq.desc())
        audit = session.execute(newest.limit(1)).first()
    names = {item.department.zh: item.department for item in catalogue.items.values()}
    places = [place for place, column in enumerate(COLUMNS) if column.name in _COUNTS]
    return draw(
        "print/figures.html",
        month=month,
        made_at=clock.now(),
        lines=[
            (words.COLUMN_NAMES[column.name], *(_said(shown, place) for shown in (this, so_far)))
            for place, column in enumerate(COLUMNS)
        ],
        heads=[words.COLUMN_NAMES[COLUMNS[place].name] for place in places],
        departments=[
            (
                names.get(row.key, words.UNKNOWN),
                [words.written(COLUMNS[place], row.values[place]) for place in places],
            )
            for row in parted.rows
        ],
        audit=audit,
    )


def _said(shown: Table, place: int) -> Text:
    return words.written(COLUMNS[place], shown.total.values[place])
