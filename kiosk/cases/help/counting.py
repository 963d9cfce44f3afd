"""How much help was given: per agent, item and kind, derived from the records. Names no resident.

Counted is what was given or is being given on a day of the month; what was cancelled, missed or
ended without a case is not. A promise to bring documents later counts where an agent helped with
it. The same at terminal and hall. Neighbour: `services` says which states are not counted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from kiosk import clock
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.reading import names_of
from kiosk.db import reading

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
#: A spreadsheet takes what begins with one of these for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


#: How many; a text where it is hidden.
Number = int | str


@dataclass(frozen=True, slots=True)
class Count:
    """So many services of one kind for one item by one agent, at one station."""

    station: str
    agent: str
    item: str
    kind: str
    number: Number


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a month (``2026-11``), the sums of kinds in the table's order, and of all."""

    month: str
    counts: tuple[Count, ...]
    by_kind: tuple[tuple[str, Number], ...]
    total: Number


def month_of(text: str | None) -> str:
    """Return the month that was asked for, this month when it is none."""
    return text if text and _MONTH.fullmatch(text) else clock.today().strftime("%Y-%m")


def tally(
    month: str, station: str | None = None, within: Sequence[ColumnElement[bool]] = ()
) -> Tally:
    """Return the counts of ``month``, of one station or of all; by station, agent, item, kind.

    ``within`` are conditions on `HelpRecord` that narrow it to what somebody may see.
    """
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=32)).replace(day=1)
    columns = (HelpRecord.station_code, HelpRecord.agent, HelpRecord.item, HelpRecord.kind)
    query = (
        select(*columns, func.count())
        .where(
            HelpRecord.on_day >= first,
            HelpRecord.on_day < after,
            HelpRecord.agent.is_not(None),
            HelpRecord.state.not_in(table.NOT_GIVEN),
            *within,
        )
        .group_by(*columns)
        .order_by(*columns)
    )
    if station is not None:
        query = query.where(HelpRecord.station_code == station)
    with reading() as session:
        rows = session.execute(query).all()
        names = names_of(session, {row.agent for row in rows})
    counts = tuple(
        Count(row.station_code, names.get(row.agent, row.agent), row.item, row.kind, row[-1])
        for row in rows
    )
    sums = dict.fromkeys(table.SERVICES, 0)
    for row in rows:
        sums[row.kind] += row[-1]
    given = tuple((kind, number) for kind, number in sums.items() if number)
    return Tally(month, counts, given, sum(sums.values()))


def cell(value: object) -> str:
    """Return one cell of a CSV file, which no spreadsheet takes for a formula."""
    text = str(value).replace('"', '""')
    return f'"\'{text}"' if text.startswith(_FORMULA) else f'"{text}"'


def as_csv(rows: list[tuple[object, ...]]) -> str:
    """Return rows as CSV (RFC 4180) with a mark by which spreadsheets know that it is UTF-8."""
    return "\ufeff" + "".join(",".join(map(cell, row)) + "\r\n" for row in rows)
