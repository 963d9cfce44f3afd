"""A hall at which something stands on every page that people there have: for looking at the pages.

Cases, entries, pre-checks and carriers are real ones of a pair; of what only years bring (figures,
counters' days, ratings) there are rows. Neighbours: `figures` counts real cases, `poison` makes
entries that nobody can read.
"""

import io
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select, update

from kiosk import clock, workdays
from kiosk.cases import desk, drafts, history, notices, service
from kiosk.cases.help import ahead
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.services import DEFERRAL, SERVICES
from kiosk.cases.model import Rating
from kiosk.counter.model import CounterDay
from kiosk.figures.model import ALL, DAY, MONTH, Cell
from kiosk.figures.tally import Tally, bucket_of
from kiosk.hall import answers, carried
from sync.ledger import LedgerEntry
from sync.transport import HallRefuses
from tests.builders.carriers import loaded
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_picture_at, a_submission
from tests.builders.machines import STATION, Machine, Pair
from tests.builders.pictures import encoded, photograph
from tests.builders.poison import a_poisoned_supply, told
from tests.builders.promises import a_promising_case_at
from tests.builders.restores import begun, kept
from tests.builders.tablets import a_tablet

STATIONS = (STATION, "320582100004", "320582100010", "320582100011")
ITEMS = ("MZ-001", "MZ-006", "RS-001", "RS-017", "YB-01")
#: Its applicants may promise in writing instead of bringing proof.
WITH_A_PROMISE = "GA-001"


def with_figures(hall: Machine) -> None:
    """A year of figures up to last month, a month of the counters, help and ratings."""
    this_month = clock.today().replace(day=1)
    with hall.writing() as session:
        for back in range(12):
            month = _months_before(this_month, back)
            for (number, station), (other, item) in product(
                enumerate((ALL, *STATIONS)), enumerate((ALL, *ITEMS))
            ):
                share = (1 if number else 4) * (1 if other else 5)
                tally = _a_tally(share * (30 + 7 * (back % 5) + 3 * number + other))
                session.add_all(_cells(month, station, item, tally))
        for days, (number, station) in product(range(1, 15), enumerate(STATIONS)):
            session.add(_a_counter_day(clock.today() - timedelta(days=days), number, station))
        for number in range(120):
            grade = 5 - (number * number) % 7 % 5
            session.add(
                Rating(
                    **{"terminal_id": "t", "entry_id": str(number), "station_code": STATION},
                    **{"item": ITEMS[number % 5], "grade": grade},
                    tags='["slow", "unclear"]' if grade < 3 else "[]",
                )
            )
        for number, kind in enumerate(sorted(SERVICES.keys() - {DEFERRAL}) * 9):
            session.add(
                HelpRecord(
                    **{"id": f"help-{number}", "kind": kind, "state": "done", "agent": "zhou"},
                    **{"item": ITEMS[number % 3], "on_day": clock.today(), "terminal_id": "t"},
                    station_code=STATIONS[number % 2],
                )
            )


def _months_before(month: date, count: int) -> date:
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _cells(month: date, station: str, item: str, tally: Tally) -> list[Cell]:
    counts = {"station_code": station, "item": item, "cases": tally["cases"]}
    return [
        Cell(grain=grain, begins=month, counts=tally.dumped(), **counts) for grain in (DAY, MONTH)
    ]


def _a_tally(cases: int) -> Tally:
    seconds = 3 * 86_400
    numbers = {
        **{"cases": cases, "decided": cases - 7, "returned": cases // 9, "refused": cases // 30},
        **{"promised": cases - 8, "in_time": cases - 9, "handled": cases - 10, "calls": cases // 4},
        **{"handling_seconds": seconds * cases, "compared": cases, "kept": cases // 8},
        **{"compared_seconds": seconds * cases, "baseline_seconds": 3 * seconds * cases},
        **{"lapsed": cases // 40, "served": cases, "rated_5": cases // 2, "rated_1": cases // 25},
        **{f"help_{kind}": cases // 12 for kind in SERVICES},
    }
    handling = Counter({bucket_of(seconds * part): cases // 3 for part in (0.5, 1, 2)})
    waiting = Counter({bucket_of(60.0 * minutes): cases // 3 for minutes in (3, 8, 20)})
    return Tally(Counter(numbers), handling, waiting)


def _a_counter_day(day: date, number: int, station: str) -> CounterDay:
    drawn = 20 + (day.day * 7 + number * 5) % 31
    return CounterDay(
        **{"terminal_id": f"t{number}", "day": day, "station_code": station, "drawn": drawn},
        **{"served": drawn - 2, "dropped": 2, "wait_median": 200 + 11 * drawn},
        **{"wait_p90": 900 + 10 * drawn, "service_median": 420, "service_p90": 1_260},
    )


def with_casework(pair: Pair, clerk: str) -> dict[str, str]:
    """Cases in every follow-up that a clerk has; their addresses' parts by name."""
    hall, terminal = pair.hall, pair.terminal
    promised = []
    for _ in range(3):
        given = replace(a_submission(terminal, WITH_A_PROMISE).submission(), commitment=True)
        made = terminal.within(service.submit, terminal.parts, given, str(uuid4()))
        promised.append(made.case_id)
        a_promising_case_at(terminal)
    ahead_of = [_sent_ahead(terminal, code) for code in ("MZ-006",) * 3]
    corrected = a_case_at(terminal, a_submission(terminal, PROMISED_ITEM)).case_id
    pair.settle()
    for case_id in promised:
        for verb in ("accept", "approve"):
            hall.within(desk.decide, hall.parts, case_id, verb, clerk)
    reasons = ("照片反光，看不清号码", "缺少户口簿第二页")
    hall.within(desk.decide, hall.parts, corrected, "return", clerk, "", reasons)
    with hall.writing() as session:
        soon = workdays.add(clock.today(), 2)
        session.execute(update(HelpRecord).where(HelpRecord.kind == DEFERRAL).values(due_on=soon))
    pair.settle()
    again = a_submission(terminal, PROMISED_ITEM).answering("applicant.phone", "13862270012")
    terminal.within(service.correct, terminal.parts, corrected, again.submission(), "again")
    pair.settle()
    with hall.reading() as session:
        facts = history.facts(session, hall.parts.keyring, promised[0])
        issued = {each.kind: each for each in notices.issued(facts)}
    digits = notices.mark(hall.parts.keyring, promised[0], issued["approved"])
    return {
        **{"case": corrected, "pre_check": ahead_of[0]},
        "notice": f"{promised[0]}/approved/{digits}",
    }


def _sent_ahead(terminal: Machine, code: str) -> str:
    """A pre-check from which a paper is missing; its id."""
    built = a_submission(terminal, code)
    first = next(iter(built.attachments))
    picture = a_picture_at(terminal, encoded(photograph((480, 320))))
    given = {
        **{"answers": built.answers, "consent": True},
        "attachments": {first: {"mode": "file", "materials": [picture]}},
    }
    draft = terminal.within(drafts.open_draft, terminal.parts, code, **given)
    return str(terminal.within(ahead.send, terminal.parts, built.item, draft))


def with_trouble(pair: Pair, folder: Path) -> dict[str, str]:
    """Entries nobody can read, a carrier, a tablet, and two machines with one identity."""
    for _ in range(3):
        told(pair, "case.withdrawn", a_poisoned_supply(pair), {})
    tablet = a_tablet(pair.terminal, "窗口7")
    pair.settle()
    a_case_at(pair.terminal)
    carrier = loaded(pair.terminal, files=False)
    with pair.hall.app.app_context():
        answers.keep(carried.take_in(io.BytesIO(carrier), small=True))
    clone = begun(pair, kept(pair.terminal, folder / "image"))
    a_case_at(pair.terminal)
    a_case_at(clone.terminal)
    pair.settle()
    try:
        clone.push()
    except HallRefuses:
        clone.recover()
    clone.terminal.close()
    with pair.hall.reading() as session:
        stuck = select(LedgerEntry).where(LedgerEntry.verdict == "quarantined")
        entry = session.scalars(stuck.order_by(LedgerEntry.seq).limit(1)).one()
        place = f"{entry.epoch}/{entry.seq}"
    return {"tablet": tablet.id, "entry": place, "number": pair.known_terminal().number}
