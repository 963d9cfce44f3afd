"""What an address of the statistics asks for, and the address of a question.

Neighbours: `statistics` answers, `kiosk.figures.reading` knows what a question is.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from forms.definition import Text
from forms.release import Catalogue
from kiosk.errors import FieldProblem, Invalid
from kiosk.figures.reading import GROUPINGS, Question

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
#: So many months are asked about at most.
MOST_MONTHS = 60

NOT_A_MONTH = Text(
    "请按“年-月”填写月份，例如 2026-11。", "Please give the month as year-month, such as 2026-11."
)
REVERSED = Text("结束月份早于开始月份。", "The last month is before the first.")
TOO_LONG = Text(
    f"一次最多统计 {MOST_MONTHS} 个月。",
    f"At most {MOST_MONTHS} months can be asked about at once.",
)
NO_GROUPING = Text("没有这种分组方式。", "There is no such grouping.")
NO_STATION = Text("没有这个村（社区）代码。", "There is no station with this code.")
NO_ITEM = Text("没有这个服务事项。", "There is no such service.")
NO_DEPARTMENT = Text("没有这个部门。", "There is no such department.")


def asked(
    told: Mapping[str, str],
    default: Question,
    stations: Mapping[str, Text],
    catalogue: Catalogue,
) -> Question:
    """Return the question of URL arguments; what they do not say is as in `default`.

    Invalid names every argument that cannot be used.
    """
    first, last = _month(told.get("from")), _month(told.get("to"))
    by = told.get("by") or default.by
    found = replace(
        default,
        first=first or default.first,
        last=last or default.last,
        by=by,
        station=told.get("station", ""),
        item=told.get("item", ""),
        department=told.get("department", ""),
    )
    departments = {item.department.zh for item in catalogue.items.values()}
    wrong = [
        ("from", NOT_A_MONTH, bool(told.get("from")) and first is None),
        ("to", NOT_A_MONTH, bool(told.get("to")) and last is None),
        ("to", REVERSED, found.last < found.first),
        ("to", TOO_LONG, _months(found) > MOST_MONTHS),
        ("by", NO_GROUPING, by not in GROUPINGS),
        ("station", NO_STATION, bool(found.station) and found.station not in stations),
        ("item", NO_ITEM, bool(found.item) and found.item not in catalogue.items),
        (
            "department",
            NO_DEPARTMENT,
            bool(found.department) and found.department not in departments,
        ),
    ]
    problems = tuple(FieldProblem(path, "wrong", text) for path, text, is_so in wrong if is_so)
    if problems:
        raise Invalid("question_invalid", problems[0].message, problems)
    return found


def arguments(question: Question, **changes: str) -> dict[str, str]:
    """Return the URL arguments of a question with `changes`, without what is empty."""
    told = {
        "from": f"{question.first:%Y-%m}",
        "to": f"{question.last:%Y-%m}",
        "by": question.by,
        "station": question.station,
        "department": question.department,
        "item": question.item,
    }
    return {name: value for name, value in (told | changes).items() if value}


def _month(text: str | None) -> date | None:
    found = _MONTH.fullmatch(text or "")
    return date(int(found[1]), int(found[2]), 1) if found else None


def _months(question: Question) -> int:
    years = question.last.year - question.first.year
    return 12 * years + question.last.month - question.first.month + 1
