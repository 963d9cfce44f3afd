"""Cases with a history, for figures: handed in, and decided at another time, by a clock of their own.

What a test sees of the figures comes from real cases, as at a hall.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from kiosk import clock
from kiosk.cases import desk
from kiosk.figures import keeping
from kiosk.figures.baselines import Baseline
from kiosk.figures.model import Cell
from tests.builders.cases import SHORT_ITEM, a_case_at, a_submission
from tests.builders.machines import Machine, Pair

NO_BASELINES: Mapping[str, Baseline] = {}


def at(day: date, hour: float = 10.0) -> datetime:
    """A moment of a day at the stations."""
    begins = datetime(day.year, day.month, day.day, tzinfo=clock.LOCAL)
    return begins + timedelta(hours=hour)


def a_case_on(pair: Pair, day: date, item: str = SHORT_ITEM) -> str:
    """Hand a case in on that day; it is at the hall after the next push."""
    with clock.use(lambda: at(day)):
        return a_case_at(pair.terminal, a_submission(pair.terminal, item)).case_id


def decided(pair: Pair, case: str, verb: str, moment: datetime, reason: str = "") -> None:
    """Let a clerk take a step at that moment."""
    reasons = (reason,) if reason else ()
    with clock.use(lambda: moment):
        pair.hall.within(desk.decide, pair.hall.parts, case, verb, "clerk", "", reasons)


def kept(hall: Machine, baselines: Mapping[str, Baseline] = NO_BASELINES) -> int:
    return hall.within(keeping.keep, baselines)


def cells(hall: Machine) -> dict[tuple[str, date, str, str], str]:
    """Everything that is kept."""
    with hall.reading() as session:
        return {
            (cell.grain, cell.begins, cell.station_code, cell.item): cell.counts
            for cell in session.query(Cell)
        }
