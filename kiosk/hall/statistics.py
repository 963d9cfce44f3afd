"""The page of the statistics: a period, a grouping, charts and a table, and the same as files.

Counts only, small ones hidden; nothing that it reads has a name in it. Neighbours:
`kiosk.figures` counts and answers, `asked_figures` reads the address, `figures` is the public page.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from babel import Locale
from babel.dates import format_date
from flask import Response, render_template, request, url_for

from forms.definition import Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.cases.help.services import SERVICES
from kiosk.db import reading
from kiosk.errors import Invalid, status_of
from kiosk.figures import files, words
from kiosk.figures.model import DAY, MONTH
from kiosk.figures.promises import promised_days
from kiosk.figures.reading import (
    GROUPINGS,
    OVER_TIME,
    Answer,
    Question,
    ask,
    has_promises,
    items_of,
    months_counted,
)
from kiosk.figures.suppression import FEWEST
from kiosk.figures.table import COLUMNS, Column, Row, Table, help_by_kind, table
from kiosk.hall import drawn_figures, exporting, reports
from kiosk.hall.asked_figures import arguments, asked
from kiosk.hall.pages import CASE_READERS, page_blueprint
from kiosk.hall.stations import stations
from kiosk.operators.access import requires
from kiosk.pages.presentation import in_words

bp = page_blueprint("statistics", __name__)

#: Read once: by their names they would be looked for among the files for each of 365 days.
_ZH, _EN = Locale.parse("zh_CN"), Locale.parse("en_GB")

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What stands large above everything else.
HEADLINES = ("cases", "coverage", "calls", "median", "in_time", "compressed", "help", "satisfied")
#: Where a line of a grouping leads: the next grouping, and the argument that holds the line's key.
_INTO: Mapping[str, tuple[str, str]] = {
    "station": ("item", "station"),
    "department": ("item", "department"),
    "item": ("day", "item"),
}


@bp.get("/statistics")
@requires(*CASE_READERS)
def show() -> str | tuple[str, int]:
    """Show the figures of a period, grouped and narrowed as the address says."""
    default = default_question()
    try:
        question, problems, status = _asked(default), [], 200
    except Invalid as refusal:
        question, status = default, status_of(refusal)
        problems = [(f"#{each.path}", each.message) for each in refusal.fields]
    answer, shown = answered(question)
    name, into = partial(row_name, question), partial(_into, question)
    page = render_template(
        "hall/statistics.html",
        question=question,
        problems=problems,
        is_empty=not answer.lines,
        standing=drawn_figures.over_time(shown, question.by, name),
        lying=drawn_figures.lying(shown, question.by, name, into),
        table=shown,
        headlines=headlines(shown),
        heads=words,
        columns=_columns(question),
        written=words.written,
        name=name,
        into=into,
        to=lambda **changes: _address("show", question, **changes),
        file=lambda name: _address(name, question),
        groupings=GROUPINGS,
        stations=stations(),
        items=services().catalogue.items,
        departments=departments(),
        fewest=FEWEST,
        helps=_helps(answer),
        reports=reports.months(),
    )
    return (page, status) if status != 200 else page


def _helps(answer: Answer) -> list[tuple[Text, Text]]:
    column = next(each for each in COLUMNS if each.name == "help")
    return [
        (SERVICES[kind].name if kind else words.TOTAL, words.written(column, value))
        for kind, value in help_by_kind(answer)
    ]


def _columns(question: Question) -> list[tuple[int, Column]]:
    """Return the columns to show, each with its place: those that lines of this grouping have."""
    without = {"coverage"} if question.by in OVER_TIME else set[str]()
    if not has_promises(question):
        without.add("promise")
    return [(p, column) for p, column in enumerate(COLUMNS) if column.name not in without]


def answered(question: Question) -> tuple[Answer, Table]:
    """Return the answer to a question, and what of it may be shown."""
    with reading() as session:
        answer = ask(session, question, services().catalogue)
    return answer, table(answer)


def default_question() -> Question:
    """Return the question of who asks nothing: this year, or the last one there are figures of."""
    with reading() as session:
        counted = months_counted(session)
    year = clock.today().year
    if counted and counted[1].year < year:
        year = counted[1].year
    return Question(date(year, 1, 1), date(year, 12, 1))


def departments() -> Mapping[str, Text]:
    """Return the departments of the catalogue by their Chinese names."""
    found = {item.department.zh: item.department for item in services().catalogue.items.values()}
    return dict(sorted(found.items()))


def line_name(question: Question, key: str) -> str:
    """Return what a line is called in the reader's language."""
    if question.by == "station":
        return in_words(stations().get(key, key))
    if question.by == "item":
        item = services().catalogue.items.get(key)
        return in_words(item.name) if item else key
    if question.by == "department":
        return in_words(departments().get(key, words.UNKNOWN))
    return _moment(key)


def row_name(question: Question, row: Row) -> str:
    """Return what a row of the answer is called in the reader's language."""
    return line_name(question, row.key)


def _moment(key: str) -> str:
    """Return a month (``2026-11``) or a day (``2026-11-05``) in the reader's language."""
    zh = reading_language() == "zh"
    locale = _ZH if zh else _EN
    if len(key) > len("2026-11"):
        day = date.fromisoformat(key)
        return str(format_date(day, "y年M月d日" if zh else "d MMM y", locale=locale))
    month = date.fromisoformat(f"{key}-01")
    return str(format_date(month, "y年M月" if zh else "MMM y", locale=locale))


def _asked(default: Question) -> Question:
    return asked(request.args, default, stations(), services().catalogue)


def headlines(shown: Table) -> list[tuple[Text, Text, Text | None]]:
    """Return what stands large, with its name; beside the handling time, what was promised."""
    columns = {column.name: column for column in COLUMNS}
    promise = shown.of_total("promise")
    beside = {"median": None if isinstance(promise, str) else words.promised(promise)}
    return [
        (
            words.COLUMN_NAMES[name],
            words.written(columns[name], shown.of_total(name)),
            beside.get(name),
        )
        for name in HEADLINES
    ]


def _into(question: Question, row: Row) -> str | None:
    """Return where a line leads, one step nearer; None where it is near enough."""
    if question.by == "month":
        return _address("show", question, **{"from": row.key, "to": row.key, "by": "day"})
    if question.by not in _INTO or not row.key:
        return None
    by, name = _INTO[question.by]
    if by == "day" and question.first != question.last:
        by = "month"
    return _address("show", question, **{"by": by, name: row.key})


def _address(view: str, question: Question, **changes: str) -> str:
    told: dict[str, Any] = arguments(question, **changes)
    return url_for(f"hall.statistics.{view}", **told)


def response_of(data: bytes | str, name: str, kind: str) -> Response:
    """Return a file to keep, of figures that nobody else keeps."""
    answer = Response(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/statistics/lines.csv")
@requires(*CASE_READERS)
def lines() -> Response:
    """Send the table as CSV."""
    question = _asked(default_question())
    return response_of(files.csv(_told(question)), f"{_file(question)}.csv", _CSV)


@bp.get("/statistics/lines.xlsx")
@requires(*CASE_READERS)
def workbook() -> Response:
    """Send the table as a workbook."""
    question = _asked(default_question())
    title = in_words(Text("统计", "Statistics"))
    return response_of(files.workbook(_told(question), title), f"{_file(question)}.xlsx", _XLSX)


@bp.get("/statistics/cells.csv")
@requires(*CASE_READERS)
def cells() -> Response:
    """Send every cell of the period by month, station and item, or by day when grouped so."""
    question = _asked(default_question())
    grain = DAY if question.by == "day" else MONTH
    head = [in_words(words.HEADS[name]) for name in (grain, "station", "item")]
    items = items_of(question, services().catalogue)
    promised = promised_days(services().catalogue)
    # Said before the answer begins: it goes out when the request is over.
    language = reading_language()

    def told() -> Iterator[str]:
        with reading() as session:
            yield from files.export(
                session, question, items, grain, lambda text: _in(language, text), head, promised
            )

    return exporting.sent(told(), f"{_file(question)}-cells.csv", _CSV)


def _in(language: str, text: Text | str | None) -> str:
    return text.to(language) if isinstance(text, Text) else str(text or "")


def _told(question: Question) -> Iterator[tuple[float | str, ...]]:
    _, shown = answered(question)
    first = in_words(words.HEADS[question.by])
    return files.lines(shown, first, partial(row_name, question), in_words)


def _file(question: Question) -> str:
    return f"figures-{question.by}-{question.first:%Y-%m}-{question.last:%Y-%m}"
