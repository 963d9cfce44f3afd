"""What must not cost more, nor show less, where there are many terminals and cases."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from kiosk.cases.model import Case
from kiosk.hall import pace_here, tabs
from kiosk.hall.releases import MOST_NAMED
from sync.ledger import Terminal
from tests.builders import fleets
from tests.builders.cases import SHORT_ITEM, a_case_at, a_submission
from tests.builders.clerks import signed_in, statements_of
from tests.builders.releases import released, renamed

FIRST_DAY = date(2026, 11, 2)
#: One case in five is open, and ends some day, at one of 400 stations.
_WORK = """
INSERT INTO cases (id, number, token_hash, item, release, state, terminal_id, station_code,
    channel, submitted_at, changed_at, ends_on, soon_on)
SELECT md5(n::text), lpad(n::text, 15, '0'), md5(n::text), 'i', 'r',
    CASE WHEN n % 5 > 0 THEN 'delivered'
    ELSE (ARRAY['submitted', 'accepted', 'approved'])[1 + n / 5 % 3] END,
    't', (320582100000 + n / 15 % 400)::text, 'kiosk', n, n,
    CASE WHEN n % 5 = 0 THEN date '2026-11-02' + n / 5 % 60 END,
    CASE WHEN n % 5 = 0 THEN date '2026-11-01' + n / 5 % 60 END
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.parametrize("path", ["/terminals", "/releases"])
def test_a_page_takes_as_many_statements_for_many_terminals_as_for_few(small_pair, path):
    hall = small_pair.hall
    fleets.a_fleet(hall, well=1)
    admin = signed_in(hall, "admin")
    admin.page(path)
    few = statements_of(admin, hall, path)
    with hall.writing() as session:
        now = datetime.now(UTC)
        session.add_all(fleets.a_terminal(place, now) for place in range(100, 150))
    assert statements_of(admin, hall, path) == few


def test_only_the_first_terminals_without_the_current_release_are_named_and_all_counted(small_pair):
    hall = small_pair.hall
    made = released(hall, renamed(small_pair.terminal.parts.releases.shipped, SHORT_ITEM))
    with hall.writing() as session:
        now = datetime.now(UTC)
        session.add_all(
            fleets.a_terminal(place, now, release=made if place < 5 else None)
            for place in range(MOST_NAMED + 10)
        )
    page = signed_in(hall, "admin").page("/releases")
    # The one of the pair, whose number is the first, has not got it either.
    assert page.count('data-name="终端" class="number">2') == MOST_NAMED - 1
    assert f"共 {MOST_NAMED + 6} 台，先列 {MOST_NAMED} 台" in page
    assert f"5 台，共 {MOST_NAMED + 11} 台" in page


def test_the_pace_of_a_queue_is_that_of_the_terminals_own_newest_entries(small_pair, monkeypatch):
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    numbers = fleets.a_fleet(small_pair.hall)
    with small_pair.hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).reported_pending = 9
    with small_pair.hall.reading() as session:
        waiting = session.scalars(select(Terminal).where(Terminal.reported_pending > 0)).all()
        paces = pace_here.of(session, waiting)
        monkeypatch.setattr(pace_here, "LOOKED_AT", 1)
        newest = pace_here.of(session, waiting)
    silent = next(each.terminal_id for each in waiting if each.number == numbers["old"])
    own = paces[small_pair.terminal_id]
    assert own.per_hour > 0 and own.seconds_left == pytest.approx(9 * 3600 / own.per_hour, abs=1)
    assert newest[small_pair.terminal_id].per_hour < own.per_hour
    assert paces[silent] == pace_here.Pace(0, None)


def of_days(pair, *days):
    """Open cases whose clocks end on these days (None: not known), in this order."""
    asked = (a_submission(pair.terminal, SHORT_ITEM) for _ in days)
    made = [a_case_at(pair.terminal, each).case_id for each in asked]
    pair.settle()
    with pair.hall.writing() as session:
        for case_id, day in zip(made, days, strict=True):
            ends = None if day is None else FIRST_DAY + timedelta(days=day)
            session.get_one(Case, case_id).ends_on = ends
    return made


def walked(person, path):
    """The cases of a list, page by page."""
    found = []
    while path:
        page = person.page(path)
        found.append(re.findall(r'href="/desk/([0-9a-f-]{36})"', page))
        further = re.search(r'rel="next" href="([^"]+)"', page)
        path = further and further[1]
    return found


def test_every_case_stands_on_one_page_and_those_without_a_limit_on_the_last(pair, monkeypatch):
    monkeypatch.setattr("kiosk.hall.worklist.PAGE", 2)
    cases = of_days(pair, None, 3, 1, None, 1, None, 2)
    pages = walked(signed_in(pair.hall, "clerk"), "/desk")
    early = sorted([cases[2], cases[4]])
    late = sorted([cases[0], cases[3], cases[5]])
    assert pages == [early, [cases[6], cases[1]], late[:2], late[2:]]


def test_closed_cases_of_one_moment_stand_on_one_page_each(pair, monkeypatch):
    monkeypatch.setattr("kiosk.hall.worklist.PAGE", 2)
    cases = sorted(of_days(pair, 1, 1, 1, 1, 1))
    with pair.hall.writing() as session:
        for case_id in cases:
            case = session.get_one(Case, case_id)
            case.state, case.changed_at = "delivered", datetime(2026, 11, 2, tzinfo=UTC)
    clerk = signed_in(pair.hall, "clerk")
    for tab in ("delivered", "all"):
        assert walked(clerk, f"/desk?state={tab}") == [cases[:2], cases[2:4], cases[4:]]


def test_open_cases_are_listed_and_counted_by_one_index(a_hall):
    hall = a_hall("postgresql")
    with hall.writing() as session:
        # Of few rows, or of what autovacuum last saw here, the planner may sort as well.
        session.execute(text(_WORK))
        session.execute(text("ANALYZE cases"))
        states = ", ".join(f"'{state}'" for state in tabs.OPEN_STATES)
        chosen = f"FROM cases WHERE state IN ({states})"
        of_station = f"{chosen} AND station_code = '320582100008'"
        listed, of_one, counted = (
            str(session.execute(text(f"EXPLAIN {asked}")).all())
            for asked in (
                f"SELECT * {chosen} ORDER BY ends_on NULLS LAST, id LIMIT 26",
                f"SELECT * {of_station} ORDER BY ends_on NULLS LAST, id LIMIT 26",
                f"SELECT count(*) FILTER (WHERE soon_on > '2026-11-26') {of_station}",
            )
        )
    assert all("ix_cases_open" in plan for plan in (listed, of_one, counted))
    assert "Sort" not in listed


def test_the_numbers_in_the_tabs_are_kept_for_a_moment_where_they_are_large(
    small_pair, monkeypatch
):
    def in_tab(person):
        return re.search(r'tab__count number">(\d+)', person.page("/desk"))[1]

    clerk = signed_in(small_pair.hall, "clerk")
    of_days(small_pair, 1)
    assert in_tab(clerk) == "1"
    monkeypatch.setattr("kiosk.hall.tabs.LARGE", 0)
    assert in_tab(clerk) == "1"
    made = of_days(small_pair, 1)
    assert in_tab(clerk) == "1"
    assert made[0] in clerk.page("/desk")
    monkeypatch.setattr("kiosk.hall.tabs.KEPT_SECONDS", 0.0)
    assert in_tab(clerk) == "2"
