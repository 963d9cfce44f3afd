"""Documents to follow (容缺): reminded of, counted as withdrawn when they do not come, by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import event, select

from kiosk import clock, workdays, worker
from kiosk.cases import afterwards
from kiosk.cases.deferral import due_on
from kiosk.cases.feedback import Feedback
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.storing import fact_of, station
from kiosk.crypto import Keyring
from kiosk.db import writing
from kiosk.terminal.help_rules import due_soon
from sync import journal, keys, pull
from sync.ledger import LedgerEntry
from sync.state import Peer
from sync.transport import LineDown
from tests.builders.cases import a_picture_at
from tests.builders.clerks import Person, signed_in
from tests.builders.machines import STATION, Machine, Pair
from tests.builders.promises import PROMISED, WANTED, a_promising_case_at
from tests.builders.upgrades import upgraded_from
from tests.http.terminal.resident import ITEMS, Resident


@contextmanager
def at_day(day: date) -> Iterator[None]:
    """The present time of day on another day."""
    days = (day - clock.today()).days
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=days)):
        yield


@pytest.fixture
def promised() -> date:
    """The day by which a case that is handed in now has to be complete."""
    found = due_on(ITEMS[PROMISED], clock.today())
    assert found
    return found


def standing(machine: Machine) -> tuple[str, str]:
    """How the one case and its promise stand at terminal or hall."""
    with machine.reading() as database:
        case, record = (
            database.scalars(select(Case)).one(),
            database.scalars(select(HelpRecord)).one(),
        )
        return case.state, record.state


def report(pair: Pair, pending: int) -> None:
    """Let the terminal report with so many entries that it has not sent."""
    keyring = pair.terminal.parts.keyring
    told = {**pair._status(None), "pending": pending}
    pull.pull(pair.exchange, Feedback(keyring), lambda _: told)


def test_the_day_itself_still_counts_and_the_next_one_withdraws_and_tells_everybody(
    small_pair: Pair, number: str, resident: Resident, promised: date
) -> None:
    with at_day(promised):
        small_pair.settle()
        assert standing(small_pair.hall) == ("submitted", "open")
    with at_day(promised + timedelta(days=1)):
        small_pair.settle()
        small_pair.settle()
    assert standing(small_pair.hall) == standing(small_pair.terminal) == ("withdrawn", "lapsed")
    resident.open("/progress/case")
    assert "视为撤回" in resident.text and "收入证明" in resident.text
    assert "/progress/supply/" not in resident.page
    with small_pair.hall.reading() as database:
        case_id = database.scalars(select(Case.id)).one()
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case_id}")
    assert "视为撤回：承诺补交的材料逾期未交" in page and "当场告知" in page
    for machine in (small_pair.hall, small_pair.terminal):
        assert machine.within(prove, machine.parts).faults == []


def test_that_it_lapsed_is_recorded_after_all_else_for_others_wait_from_then_on(
    small_pair: Pair, number: str, promised: date
) -> None:
    small_pair.settle()
    said = list[str]()

    def hear(_connection, _cursor, statement, *_more) -> None:
        said.append(statement)

    event.listen(small_pair.hall.engine, "before_cursor_execute", hear)
    try:
        with at_day(promised + timedelta(days=1)):
            report(small_pair, 0)
            report(small_pair, 0)
    finally:
        event.remove(small_pair.hall.engine, "before_cursor_execute", hear)
    assert standing(small_pair.hall) == ("withdrawn", "lapsed")
    assert said[-1].startswith("INSERT INTO audit")


def test_what_was_brought_in_time_behind_a_cut_line_is_heard_before_anything_is_concluded(
    small_pair: Pair, promised: date
) -> None:
    made = a_promising_case_at(small_pair.terminal)
    small_pair.settle()
    with at_day(promised):
        parts, picture = small_pair.terminal.parts, a_picture_at(small_pair.terminal)
        small_pair.terminal.within(
            afterwards.supply, parts, made.case_id, WANTED, [picture], "kiosk"
        )
    with at_day(promised + timedelta(days=5)):
        report(small_pair, pending=1)
        assert standing(small_pair.hall) == ("submitted", "open")
        small_pair.settle()
    assert standing(small_pair.hall) == standing(small_pair.terminal) == ("submitted", "done")


def last_report(pair: Pair) -> bytes:
    return [frame for path, frame in pair.line.sent if path == "/feed"][-1]


def supplied_behind_a_cut_line(pair: Pair, case_id: str) -> None:
    parts, picture = pair.terminal.parts, a_picture_at(pair.terminal)
    pair.terminal.within(afterwards.supply, parts, case_id, WANTED, [picture], "kiosk")


@pytest.mark.parametrize("later_reports", [0, 1, 3])
def test_an_old_report_that_comes_again_makes_nothing_lapse_that_was_kept_in_time(
    pair: Pair, promised: date, later_reports: int
) -> None:
    made = a_promising_case_at(pair.terminal)
    pair.settle()
    old = last_report(pair)
    for _ in range(later_reports):
        report(pair, 0)
    with at_day(promised):
        supplied_behind_a_cut_line(pair, made.case_id)
    with at_day(promised + timedelta(days=1)):
        pair.line.again("/feed", old)
        assert standing(pair.hall) == ("submitted", "open")
        pair.settle()
        pair.settle()
    assert standing(pair.hall) == standing(pair.terminal) == ("submitted", "done")


def test_a_report_of_before_midnight_that_comes_after_it_makes_nothing_lapse(
    small_pair: Pair, promised: date
) -> None:
    made = a_promising_case_at(small_pair.terminal)
    small_pair.settle()
    with at_day(promised):
        report(small_pair, 0)
        small_pair.line.faults = iter(["lost"])
        with pytest.raises(LineDown):
            report(small_pair, 0)
        supplied_behind_a_cut_line(small_pair, made.case_id)
    with at_day(promised + timedelta(days=1)):
        small_pair.line.again("/feed", last_report(small_pair))
        assert standing(small_pair.hall) == ("submitted", "open")
        small_pair.settle()
        small_pair.settle()
    assert standing(small_pair.hall) == standing(small_pair.terminal) == ("submitted", "done")


@pytest.mark.parametrize("tells_how_far_it_is", [True, False])
def test_the_promises_of_a_terminal_that_carries_no_token_lapse_as_ever(
    small_pair: Pair, promised: date, monkeypatch, tells_how_far_it_is: bool
) -> None:
    """One of an older version; one that has carried a token has to carry a new one."""
    told = ("contact",) if tells_how_far_it_is else ("contact", "acknowledged")
    pack = pull.pack

    def packed(header, payload, *more):
        return pack(header, {name: payload[name] for name in payload if name not in told}, *more)

    monkeypatch.setattr(pull, "pack", packed)
    a_promising_case_at(small_pair.terminal)
    small_pair.settle()
    with at_day(promised):
        small_pair.settle()
        assert standing(small_pair.hall) == ("submitted", "open")
    with at_day(promised + timedelta(days=1)):
        small_pair.settle()
    assert standing(small_pair.hall) == ("withdrawn", "lapsed")


def test_what_came_in_time_and_is_held_at_the_hall_is_not_counted_as_missing(
    small_pair: Pair, promised: date
) -> None:
    terminal = small_pair.terminal
    made, other = a_promising_case_at(terminal), a_promising_case_at(terminal)
    small_pair.settle()
    with at_day(promised):
        terminal.within(an_entry_nobody_knows, terminal.parts.keyring, made.case_id)
        terminal.within(
            afterwards.supply,
            terminal.parts,
            made.case_id,
            WANTED,
            [a_picture_at(terminal)],
            "kiosk",
        )
        small_pair.settle()
    with at_day(promised + timedelta(days=1)):
        small_pair.settle()
    with small_pair.hall.reading() as database:
        states = dict(database.execute(select(Case.id, Case.state)).all())
        verdicts = set(database.scalars(select(LedgerEntry.verdict)))
    assert verdicts == {"applied", "held"}
    assert states == {made.case_id: "submitted", other.case_id: "withdrawn"}


def an_entry_nobody_knows(keyring: Keyring, case_id: str) -> None:
    """Write what a newer version might, which this hall puts aside."""
    kind = "case.brandnew"
    with writing() as database:
        key = keys.fetch(database, keyring, [case_id])[case_id]
        fact = fact_of(station(database), key, case_id, kind, {}, {}, clock.now())
        journal.append(database, fact, database.get_one(Peer, 1).epoch)


def test_staff_and_hall_are_reminded_three_working_days_before(
    small_pair: Pair, agent: Resident, number: str, promised: date
) -> None:
    clerk = signed_in(small_pair.hall, "clerk")
    with at_day(workdays.back(promised, 4)):
        assert "容缺材料，快到期" not in agent.open("/staff/help")
        assert "三个工作日内没有到期的" in clerk.page("/help-service")
    with at_day(workdays.back(promised, 3)):
        assert "还剩 3 个工作日" in agent.open("/staff/help")
        assert _is_listed(clerk)
    with at_day(workdays.back(promised, 1)):
        assert "还剩 1 个工作日" in agent.open("/staff/help")
        agent.open(next(link for link in agent.links if "/staff/help/records/" in link))
        agent.send({"way": "phone", "remark": "明天送来"}, action="/remind")
        assert "打电话" in agent.text, agent.text
        small_pair.settle()
        with small_pair.hall.reading() as database:
            case_id = database.scalars(select(Case.id)).one()
        assert "明天送来" in clerk.page(f"/desk/{case_id}")


def _is_listed(clerk: Person) -> bool:
    page = clerk.page("/help-service")
    return ITEMS[PROMISED].name.zh in page and "/desk/" in page


def test_it_lapses_on_each_database_once(pair: Pair, promised: date) -> None:
    a_promising_case_at(pair.terminal)
    pair.settle()
    with at_day(promised + timedelta(days=1)):
        pair.settle()
        told = pair.known_terminal().feed_head
        pair.settle()
    assert standing(pair.hall) == standing(pair.terminal) == ("withdrawn", "lapsed")
    assert pair.known_terminal().feed_head == told


def test_a_promise_of_before_the_upgrade_is_listed_and_lapses_like_any_other(
    small_pair: Pair, promised: date
) -> None:
    made, kept = (a_promising_case_at(small_pair.terminal) for _ in range(2))
    small_pair.settle()
    for machine in (small_pair.hall, small_pair.terminal):
        upgraded_from(machine, "0008")
    parts = small_pair.terminal.parts
    picture = a_picture_at(small_pair.terminal)
    small_pair.terminal.within(afterwards.supply, parts, kept.case_id, WANTED, [picture], "kiosk")
    worker._read_old_promises(small_pair.terminal.app, parts, Event())
    with small_pair.terminal.reading() as database:
        dates = [(case.supply_by, case.next_due) for case in database.scalars(select(Case))]
    assert dates[0][0] == promised and dates[1][0] is None and all(day for _, day in dates)
    with at_day(workdays.back(promised, 3)):
        found = small_pair.terminal.within(due_soon, parts, STATION)
        assert [each.case_id for each in found] == [made.case_id]
    with at_day(promised + timedelta(days=1)):
        small_pair.settle()
        small_pair.settle()
    for machine in (small_pair.hall, small_pair.terminal):
        with machine.reading() as database:
            assert dict(database.execute(select(Case.id, Case.state)).all()) == {
                made.case_id: "withdrawn",
                kept.case_id: "submitted",
            }
            rows = dict(database.execute(select(HelpRecord.id, HelpRecord.state)).all())
            assert rows == {made.case_id: "lapsed"}, machine.parts.config.role
