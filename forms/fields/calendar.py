"""Days: date, year and period. Bounds that move with today are rules, not params.

Must not know items or rules. Dates are ISO texts (YYYY-MM-DD); years are whole numbers; a
period is {"from": date, "to": date}, both days included. Params `min` and `max` bound them.
"""

import re
from datetime import date

from forms.definition import JSON
from forms.fields.answer import AnswerType, Asked, plain, refuse

WRITTEN = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?", re.ASCII)
RUN_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
EARLIEST, LATEST = "1850-01-01", "2199-12-31"


def _one_date(asked: Asked, value: object) -> str:
    text = plain(value)
    found = WRITTEN.fullmatch(text) or RUN_TOGETHER.fullmatch(text)
    if not found:
        refuse("date_format", "日期请写成 2026-01-31 这样", "Write the date like 2026-01-31")
    try:
        day = date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        refuse("date_impossible", "没有这一天，请核对日期", "There is no such day; check the date")
    earliest, latest = str(asked.params.get("min", EARLIEST)), str(asked.params.get("max", LATEST))
    if day < earliest:
        refuse(
            "date_too_early", f"日期不能早于{earliest}", f"The date must not be before {earliest}"
        )
    if day > latest:
        refuse("date_too_late", f"日期不能晚于{latest}", f"The date must not be after {latest}")
    return day


def _year(asked: Asked, value: object) -> int:
    text = str(value) if isinstance(value, int) else plain(value).removesuffix("年")
    earliest, latest = asked.whole("min", 1850), asked.whole("max", 2199)
    if not (text.isascii() and text.isdigit()) or len(text) != 4:
        refuse("year_format", "年份应为4位数字", "A year has 4 digits")
    if not earliest <= int(text) <= latest:
        refuse(
            "year_out_of_range",
            f"年份应在{earliest}至{latest}之间",
            f"The year must be from {earliest} to {latest}",
        )
    return int(text)


def _period(asked: Asked, value: object) -> JSON:
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        refuse("wrong_type", "请填写开始和结束日期", "Enter a first and a last day")
    start, end = _one_date(asked, value["from"]), _one_date(asked, value["to"])
    if end < start:
        refuse(
            "period_reversed",
            "结束日期不能早于开始日期",
            "The last day must not be before the first",
        )
    return {"from": start, "to": end}


TYPES = (
    AnswerType("date", _one_date, frozenset(("min", "max"))),
    AnswerType("year", _year, frozenset(("min", "max"))),
    AnswerType("period", _period, frozenset(("min", "max"))),
)
