"""What columns and groupings of the figures are called, and how values are written. Both languages.

Knows no page. Neighbours: `table` has the values; page, files and the monthly report write them.
"""

from collections.abc import Mapping

from forms.definition import Text
from kiosk.figures.table import Column, Value

COLUMN_NAMES: Mapping[str, Text] = {
    "cases": Text("办件数", "Cases"),
    "coverage": Text("事项覆盖率", "Coverage"),
    "calls": Text("电子证照调用", "Certificate calls"),
    "promise": Text("中位承诺时限", "Median promise"),
    "median": Text("中位办理时长", "Median handling"),
    "p90": Text("九成办理时长", "9 of 10 within"),
    "in_time": Text("按时办结率", "Decided in time"),
    "compressed": Text("比基准缩短", "Below baseline by"),
    "returned": Text("退回补正率", "Returned"),
    "kept": Text("容缺补齐率", "Promises kept"),
    "help": Text("帮代办", "Help services"),
    "satisfied": Text("满意率", "Satisfied"),
    "waiting": Text("中位等候", "Median waiting"),
}
GROUPING_NAMES: Mapping[str, Text] = {
    "month": Text("按月", "By month"),
    "day": Text("按日", "By day"),
    "station": Text("按服务站", "By station"),
    "department": Text("按部门", "By department"),
    "item": Text("按事项", "By service"),
}
HEADS: Mapping[str, Text] = {
    "month": Text("月份", "Month"),
    "day": Text("日期", "Day"),
    "station": Text("服务站", "Station"),
    "department": Text("部门", "Department"),
    "item": Text("事项", "Service"),
}
TOTAL = Text("合计", "All together")
UNKNOWN = Text("目录以外（工程审批等）", "Outside the catalogue, as approvals of construction")


def written(column: Column, value: Value) -> Text:
    """Return a value as people read it."""
    if isinstance(value, str):
        return Text(value, value)
    if column.kind == "count":
        return _alike(f"{value:,.0f}")
    if column.kind == "share":
        return _alike(f"{100 * value:.{2 if column.name == 'coverage' else 1}f} %")
    if column.kind == "minutes":
        return Text(f"{value:.0f} 分钟", f"{value:.0f} min")
    return _promise(value) if column.kind == "promise" else _days(value)


def promised(days: float) -> Text:
    """Return a promise in working days as it stands beside a handling time."""
    if not days:
        return Text("承诺当场办结", "promised on the spot")
    said = _promise(days)
    return Text(f"承诺 {said.zh}", f"promised {said.en}")


def plain(column: Column, value: Value) -> float | str:
    """Return a value as a spreadsheet takes it: a number in the unit of its column's head."""
    if isinstance(value, str):
        return value
    if column.kind == "share":
        return round(100 * value, 2)
    if column.kind == "count":
        return value
    return round(value, 1 if column.kind == "minutes" else 2)


def head(column: Column) -> Text:
    """Return a column's name with the unit of `plain`."""
    units = {
        "count": Text("", ""),
        "share": Text("（%）", ", %"),
        "promise": Text("（工作日，0 为当场办结）", ", working days, 0 on the spot"),
        "days": Text("（工作日）", ", working days"),
        "minutes": Text("（分钟）", ", minutes"),
    }
    name, unit = COLUMN_NAMES[column.name], units[column.kind]
    return Text(name.zh + unit.zh, name.en + unit.en)


def _promise(value: float) -> Text:
    """Return a promise in working days, as short as its item's guide says it."""
    if not value:
        return Text("当场办结", "On the spot")
    return Text(f"{round(value, 1):g} 日", f"{round(value, 1):g} d")


def _days(value: float) -> Text:
    """Return a time in working days, or in minutes where a day is too long a measure."""
    if value < 1 / 24:
        minutes = max(1, round(value * 24 * 60))
        return Text(f"{minutes} 分钟", f"{minutes} min")
    if value < 1:
        return Text(f"{value * 24:.1f} 小时", f"{value * 24:.1f} h")
    return Text(f"{value:.1f} 日", f"{value:.1f} d")


def _alike(text: str) -> Text:
    return Text(text, text)
