"""The work list of the station's staff, its filters in the address, and giving cases to people.

Routes hold no rules: `kiosk.cases.work` lists, `kiosk.cases.assigning` assigns. Neighbour:
`casework` is the page of one case.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import assigning, work
from kiosk.cases.work import BY_AGE, BY_DUE, MINE, TABS, Filters
from kiosk.errors import Invalid, status_of
from kiosk.operators.access import requires
from kiosk.receipts.number import is_valid, ungrouped
from kiosk.terminal.on_duty import member_of_staff

bp = Blueprint("work", __name__)

CHANNELS = ("kiosk", "tablet", "phone", "api")
#: Further pages are never looked at: whoever searches narrows the list.
LAST_PAGE = 10_000
NUMBER_WRONG = Text("受理编号：应为15位数字，请核对。", "Receipt number: it has 15 digits.")
DAY_WRONG = Text("提交日期：应为年-月-日。", "Handed in on: it is year-month-day.")
Problems = list[tuple[str, Text]]


@bp.get("/staff/work")
@requires("staff")
def show() -> str | tuple[str, int]:
    """Show one page of the list; an unknown tab is the first, a slip in a filter is named."""
    filters, problems = _filters()
    return _page(filters, problems, 422 if problems else 200)


@bp.post("/staff/work")
@requires("staff")
def assign() -> Response | tuple[str, int]:
    """Give the ticked cases to somebody of this station, oneself included."""
    operator, station = member_of_staff()
    filters, problems = _filters()
    to = request.form.get("to") or operator.id
    try:
        assigning.assign(services(), station, request.form.getlist("case"), to, operator.id)
    except Invalid as refusal:
        problems += [(f"#{field.path}", field.message) for field in refusal.fields]
        return _page(filters, problems, status_of(refusal))
    return redirect(url_for("terminal.work.show", **_kept(filters)), 303)


def _filters() -> tuple[Filters, Problems]:
    asked = request.args
    tab, sort = asked.get("tab", MINE), asked.get("sort", BY_DUE)
    number, day = asked.get("number", "").strip()[:24], asked.get("day", "").strip()[:10]
    problems: Problems = []
    if number and not is_valid(ungrouped(number)):
        problems.append(("#number", NUMBER_WRONG))
        number = ""
    if day and not _is_day(day):
        problems.append(("#day", DAY_WRONG))
        day = ""
    channel = asked.get("channel", "")
    found = Filters(
        tab=tab if tab in TABS else MINE,
        sort=sort if sort in (BY_DUE, BY_AGE) else BY_DUE,
        item=asked.get("item", "")[:16],
        department=asked.get("department", "")[:40],
        channel=channel if channel in CHANNELS else "",
        day=day,
        number=number,
        page=min(max(asked.get("page", 1, type=int), 1), LAST_PAGE),
    )
    return found, problems


def _kept(filters: Filters) -> dict[str, Any]:
    return filters.arguments(page=filters.page)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _page(filters: Filters, problems: Sequence[tuple[str, Text]], status: int) -> tuple[str, int]:
    operator, station = member_of_staff()
    items = services().catalogue.items.values()
    page = render_template(
        "terminal/work.html",
        filters=filters,
        found=work.work_list(services(), station, filters, operator.id),
        tabs=TABS,
        channels=CHANNELS,
        items={item.code: item.name for item in items},
        departments={item.department.zh: item.department for item in items},
        people=assigning.colleagues(station),
        me=operator.id,
        kept=_kept(filters),
        problems=problems,
        typed=request.args,
        here=url_for("terminal.work.show", **_kept(filters)),
    )
    return page, status
