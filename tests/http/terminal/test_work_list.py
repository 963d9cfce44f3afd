"""The work list of a station's staff: what needs somebody, who has it, and who may see it."""

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import desk, service
from kiosk.cases.model import Assignment, Case
from kiosk.operators import service as operators
from kiosk.operators.model import Operator
from tests.builders.cases import PROMISED_ITEM, SHORT_ITEM, a_submission
from tests.builders.machines import STATION, Machine, Pair, enrolled, initialised
from tests.builders.promises import a_promising_case_at
from tests.builders.tablets import a_tablet
from tests.http.terminal.resident import STAFF, Resident

REASON = "户籍地址缺门牌号"
ELSEWHERE = "320582100009"


@dataclass(frozen=True)
class Station:
    """A pair with staff, and one case of each kind that a tab shows, by the tab's name."""

    pair: Pair
    staff: dict[str, str]
    cases: dict[str, str]

    def at_work(self, username: str = STAFF[0]) -> Resident:
        browser = Resident(self.pair.terminal)
        browser.open("/staff/sign-in")
        browser.send({"username": username, "password": STAFF[1]})
        return browser

    def holder_of(self, case: str) -> str | None:
        with self.pair.terminal.reading() as session:
            return session.get_one(Case, case).holder


@pytest.fixture(scope="module")
def station(migrated_sqlite: Path, tmp_path_factory) -> Iterator[Station]:
    machines = []
    for role in ("hall", "terminal"):
        folder = tmp_path_factory.mktemp(role)
        shutil.copy(migrated_sqlite, folder / f"{role}.db")
        machines.append(Machine.made(role, folder))
    pair = enrolled(initialised(machines[0]), machines[1])
    for name, codes in (("zhou", [STATION]), ("qian", [STATION]), ("far", [STATION, ELSEWHERE])):
        pair.hall.within(operators.create, name, f"名-{name}", "staff", STAFF[1], tuple(codes))
    pair.settle()
    with pair.terminal.reading() as session:
        staff = dict(session.execute(select(Operator.username, Operator.id)).all())
    yield Station(pair, staff, cases_of_every_kind(pair, staff["zhou"]))
    for machine in machines:
        machine.close()


def cases_of_every_kind(pair: Pair, taker: str) -> dict[str, str]:
    terminal, clerk = (
        pair.terminal,
        pair.hall.within(operators.create, "clerk", "吴", "clerk", "a long clerk password"),
    )
    taken = replace(a_submission(terminal, SHORT_ITEM).submission(), operator=taker)
    mine = terminal.within(service.submit, terminal.parts, taken, str(uuid.uuid4()))
    promised = a_promising_case_at(terminal)
    returned = a_case(terminal, PROMISED_ITEM)
    pair.settle()
    pair.hall.within(desk.decide, pair.hall.parts, returned, "return", clerk.id, "", (REASON,))
    pair.settle()
    waiting = a_case(terminal, SHORT_ITEM)
    return {
        "mine": mine.case_id,
        "promised": promised.case_id,
        "returned": returned,
        "unsynced": waiting,
    }


def a_case(terminal: Machine, code: str) -> str:
    built = a_submission(terminal, code).submission()
    return terminal.within(service.submit, terminal.parts, built, str(uuid.uuid4())).case_id


def listed(browser: Resident) -> set[str]:
    return set(re.findall(r'href="/staff/work/([0-9a-f-]{36})"', browser.page))


def counts(browser: Resident) -> list[int]:
    return [int(n) for n in re.findall(r'tab__count number">(\d+)<', browser.page)]


def test_each_tab_has_its_cases_and_counts_them(station: Station) -> None:
    browser = station.at_work()
    browser.open("/staff/work?tab=open")
    assert listed(browser) == set(station.cases.values())
    assert counts(browser)[2:] == [1, 0, 0, 1, 4]
    mine, unassigned = counts(browser)[:2]
    assert 1 <= mine <= 4 - unassigned
    for tab in ("mine", "returned", "unsynced"):
        browser.open(f"/staff/work?tab={tab}")
        assert listed(browser) == {station.cases[tab]}, tab


def test_what_was_promised_and_what_is_late_comes_up_as_the_days_go_by(station: Station) -> None:
    with station.pair.terminal.reading() as session:
        due = session.get_one(Case, station.cases["promised"]).supply_by
    assert due is not None
    soon = clock.now() + timedelta(days=(due - clock.today()).days - 1)
    late = clock.now() + timedelta(days=60)
    for then, tab, expected in (
        (soon, "promised", {station.cases["promised"]}),
        (late, "overdue", set(station.cases.values()) - {station.cases["returned"]}),
    ):
        with clock.use(lambda then=then: then):
            browser = station.at_work()
            browser.open(f"/staff/work?tab={tab}")
            assert listed(browser) == expected, tab


def test_a_row_says_what_it_is_and_shows_no_full_name(station: Station) -> None:
    browser = station.at_work()
    browser.open("/staff/work?tab=returned")
    name = a_submission(station.pair.terminal, PROMISED_ITEM).answers["applicant"]["name"]
    assert name not in browser.page
    assert f"{name[0]}**" in browser.text or f"{name[0]}*" in browser.text
    assert "退回补正" in browser.text
    assert "请联系申请人补正" in browser.text


def test_filters_narrow_the_list_and_a_slip_in_one_is_named(station: Station) -> None:
    browser = station.at_work()
    with station.pair.terminal.reading() as session:
        case = session.get_one(Case, station.cases["mine"])
    for query in (f"number={case.number}", f"tab=open&item={SHORT_ITEM}&channel=api"):
        browser.open(f"/staff/work?{query}")
        assert station.cases["mine"] in listed(browser), query
        assert station.cases["returned"] not in listed(browser), query
    browser.open("/staff/work?tab=open&day=2001-01-01")
    assert listed(browser) == set()
    for query, words in (("number=123", "受理编号"), ("day=soon", "提交日期")):
        browser.open(f"/staff/work?{query}")
        assert browser.status == 422
        assert words in browser.text


def test_ticked_cases_go_to_a_colleague_and_it_is_kept_who_gave_them(station: Station) -> None:
    browser = station.at_work()
    browser.open("/staff/work?tab=open")
    given = [station.cases["returned"], station.cases["promised"]]
    browser.send({"case": given, "to": station.staff["qian"]}, action="/staff/work")
    assert [station.holder_of(case) for case in given] == [station.staff["qian"]] * 2
    with station.pair.terminal.reading() as session:
        rows = session.scalars(select(Assignment).where(Assignment.case_id.in_(given))).all()
    assert {(row.operator, row.assigned_by) for row in rows} == {
        (station.staff["qian"], station.staff["zhou"])
    }
    colleague = station.at_work("qian")
    assert set(given) <= listed_at(colleague, "/staff/work")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"to": "zhou"}, "请先勾选办件"),
        ({"case": ["unsynced"], "to": "nobody"}, "请选一位本站的同事"),
        ({"case": ["of another station"], "to": "zhou"}, "有办件不在本站"),
    ],
)
def test_a_slip_in_giving_is_named_and_changes_nothing(
    station: Station, values: dict, words: str
) -> None:
    browser = station.at_work()
    browser.open("/staff/work?tab=open")
    before = station.pair.terminal.row_counts()["assignment"]
    sent = {
        "to": station.staff.get(values["to"], "none"),
        "case": [station.cases.get(name, name) for name in values.get("case", [])],
    }
    browser.send(sent, action="/staff/work")
    assert browser.status == 422
    assert words in browser.text
    assert station.pair.terminal.row_counts()["assignment"] == before


def test_the_page_of_a_case_leads_to_what_must_be_done(station: Station) -> None:
    browser = station.at_work()
    browser.open(f"/staff/work/{station.cases['returned']}")
    assert REASON in browser.text
    browser.send({"to": "correct"}, action=f"/staff/work/{station.cases['returned']}")
    assert browser.at.endswith("/apply/check"), browser.text
    browser.open(f"/staff/work/{station.cases['promised']}")
    browser.send({"to": "income_proof"}, action=f"/staff/work/{station.cases['promised']}")
    assert browser.at == "/progress/supply/income_proof"


def test_a_note_stays_with_the_case_and_lies_sealed(station: Station) -> None:
    browser = station.at_work()
    case, words = station.cases["unsynced"], "周五下午再打电话"
    browser.open(f"/staff/work/{case}")
    browser.send({"to": station.staff["qian"], "note": words}, action=f"{case}/holder")
    assert words in browser.text
    assert "名-zhou → 名-qian" in browser.text
    with station.pair.terminal.reading() as session:
        kept = session.scalars(select(Assignment.note).where(Assignment.case_id == case)).one()
    assert kept and words.encode() not in kept
    browser.send({"to": station.staff["qian"], "note": "长" * 301}, action=f"{case}/holder")
    assert (browser.status, "备注：最多 300 字" in browser.text) == (422, True)


def test_only_staff_of_this_station_see_its_work(station: Station) -> None:
    stranger = Resident(station.pair.terminal)
    stranger.open("/staff/work")
    assert stranger.status == 401
    far = station.at_work("far")
    with station.pair.terminal.writing() as session:
        session.get_one(Operator, station.staff["far"]).stations = f'["{ELSEWHERE}"]'
    case = f"/staff/work/{station.cases['mine']}"
    for path in ("/staff/work", case, "/staff/help", "/staff/counter", "/staff/tablets"):
        far.open(path)
        assert far.status == 403, path


def test_a_case_of_another_station_is_neither_shown_nor_given(station: Station) -> None:
    """As after a terminal was enrolled for another station with its old cases."""
    case = a_case(station.pair.terminal, SHORT_ITEM)
    with station.pair.terminal.writing() as session:
        session.get_one(Case, case).station_code = ELSEWHERE
    browser = station.at_work()
    browser.open(f"/staff/work/{case}")
    assert browser.status == 404
    browser.open("/staff/work?tab=open")
    assert case not in browser.page
    browser.send({"case": [case], "to": station.staff["zhou"]}, action="/staff/work")
    assert browser.status == 422
    assert station.holder_of(case) is None


def test_a_decision_of_the_centre_sets_the_next_day_anew(station: Station) -> None:
    with station.pair.terminal.reading() as session:
        case = session.get_one(Case, station.cases["returned"])
    assert case.next_due == case.changed_at.astimezone(clock.LOCAL).date()


def test_a_tablet_is_told_of_my_cases_without_names(station: Station) -> None:
    tablet = a_tablet(station.pair.terminal)
    assert tablet.sign_in(*STAFF).status_code == 200
    told = tablet.get("/work").get_json()
    row = next(row for row in told["rows"] if row["case_id"] == station.cases["mine"])
    assert row["group"] == ["mine", "open"]
    assert row["state_words"] == {"zh": "已提交", "en": "Handed in"}
    assert "*" in row["who"]
    assert row["due_on"]
    assert told["counts"]["open"] == 4


def listed_at(browser: Resident, path: str) -> set[str]:
    browser.open(path)
    return listed(browser)
