"""The lists of accounts and of the counters' days: a page at a time, however long they are."""

import json
import re
from datetime import timedelta

import pytest

from kiosk import clock
from kiosk.hall.stations import named, stations
from kiosk.operators import departments
from tests.builders import rosters
from tests.builders.clerks import signed_in, statements_of
from tests.builders.machines import STATION

#: As many accounts as a town has at most, and the bytes that a page may have.
MANY, MOST_BYTES = 2_000, 120_000
OTHER_STATION = "320582100004"


def people(page):
    return re.findall(r'table__open" href="/operators/([^"/?]+)">', page)


def days(page):
    """The numbers drawn, which tell the lines of a day apart."""
    return re.findall(r'data-name="取号" class="figure-cell number">(\d+)<', page)


def further(page):
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return found[1] if found else None


def walked(person, path, of):
    """What each page of a list shows, from the first to the last."""
    pages = []
    while path:
        page = person.page(path)
        pages.append(of(page))
        path = further(page)
    return pages


def tabs(page):
    return [int(count) for count in re.findall(r'tab__count number">(\d+)<', page)]


@pytest.fixture
def admin(hall):
    return signed_in(hall, "admin")


def test_accounts_go_on_over_several_pages_usable_ones_first(hall, admin, monkeypatch):
    monkeypatch.setattr("kiosk.hall.roster.PAGE", 10)
    with hall.writing() as session:
        session.add_all(rosters.accounts(24))
    pages = walked(admin, "/operators", people)
    assert [len(page) for page in pages] == [10, 10, 5]
    every = [each for page in pages for each in page]
    assert len(set(every)) == 25
    assert set(every[-2:]) == {"account-00009", "account-00019"}, "the closed ones come last"
    again = admin.page("/operators?after=nothing.like.this")
    assert people(again) == pages[0]
    assert 'rel="first"' in admin.page(further(again))


def test_closing_the_last_account_of_a_page_loses_nobody_on_the_next(hall, admin, monkeypatch):
    monkeypatch.setattr("kiosk.hall.roster.PAGE", 5)
    with hall.writing() as session:
        session.add_all(rosters.accounts(8, role="staff", active=True))
    first = admin.page("/operators?role=staff")
    last = people(first)[-1]
    assert admin.send("/operators", f"/operators/{last}/disable").status_code == 303
    assert set(people(first) + people(admin.page(further(first)))) == {
        f"account-{place:05}" for place in range(8)
    }


def test_accounts_are_narrowed_by_words_role_and_state_in_the_address(hall, admin, monkeypatch):
    monkeypatch.setattr("kiosk.hall.roster.PAGE", 3)
    with hall.writing() as session:
        session.add_all(rosters.accounts(20))
    assert tabs(admin.page("/operators")) == [21, 19, 2]
    assert people(admin.page("/operators?q=PERSON.00013")) == ["account-00013"]
    assert people(admin.page("/operators?q=名字13&role=clerk")) == ["account-00013"]
    assert people(admin.page("/operators?q=%25&role=clerk")) == []
    assert "没有这样的账号" in admin.page("/operators?q=nobody&which=in_use")
    assert people(admin.page("/operators?which=closed")) == ["account-00019", "account-00009"]
    clerks = admin.page("/operators?role=clerk&which=in_use")
    assert tabs(clerks) == [5, 4, 1]
    assert "role=clerk" in further(clerks) and "which=in_use" in further(clerks)
    pages = walked(admin, "/operators?role=clerk&which=in_use", people)
    assert [len(page) for page in pages] == [3, 1]
    assert tabs(admin.page("/operators?role=root&which=odd&q=%00")) == [21, 19, 2]


def test_accounts_are_found_by_station_and_department(hall, admin):
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
        at = rosters.accounts(1, id="at", username="at", role="staff", stations=f'["{STATION}"]')
        of = rosters.accounts(1, id="of", username="of", role="clerk", departments='["YB"]')
        session.add_all([*at, *of, *rosters.accounts(4)])
    assert people(admin.page(f"/operators?q={STATION}")) == ["at"]
    assert people(admin.page("/operators?q=医疗保障")) == ["of"]


def test_a_word_of_many_stations_finds_and_counts_the_accounts_of_all_of_them(hall, admin):
    codes = hall.within(named, STATION[:6])
    assert len(codes) > 40
    with hall.writing() as session:
        for at, code in enumerate(codes):
            many = {"id": f"at{at}", "username": f"at{at}", "role": "staff"}
            session.add_all(rosters.accounts(1, **many, stations=f'["{code}"]'))
    assert tabs(admin.page(f"/operators?q={STATION[:6]}"))[0] == len(codes)


def test_two_thousand_accounts_take_a_page_as_few_bytes_and_statements_as_forty(hall, admin):
    with hall.writing() as session:
        session.add_all(rosters.accounts(40))
    admin.page("/operators")
    few = statements_of(admin, hall, "/operators")
    with hall.writing() as session:
        everywhere = json.dumps([f"{320582100000 + each}" for each in range(300)])
        more = list(rosters.accounts(MANY, role="staff", stations=everywhere))
        session.add_all(more[40:])
    page = admin.page("/operators?role=staff")
    assert len(page.encode()) < MOST_BYTES
    assert len(people(page)) == 40
    assert statements_of(admin, hall, "/operators") == few
    assert statements_of(admin, hall, further(page)) == few


def test_days_of_counters_go_on_over_several_pages_the_newest_first(hall, admin, monkeypatch):
    monkeypatch.setattr("kiosk.hall.counters.PAGE", 5)
    with hall.writing() as session:
        found = rosters.counter_days(clock.today(), 3, 4, (STATION, OTHER_STATION))
        session.add_all(found)
    pages = walked(admin, "/counters", days)
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [each for page in pages for each in page] == ["2", "4", "1", "3"] * 3
    assert days(admin.page("/counters?after=nothing.like.this")) == pages[0]
    assert days(admin.page("/counters?after=2026-13-01.x.y")) == pages[0]


def test_days_of_counters_are_narrowed_by_station_and_day(hall, admin, monkeypatch):
    monkeypatch.setattr("kiosk.hall.counters.PAGE", 3)
    with hall.writing() as session:
        there = (STATION, OTHER_STATION, "999999999999")
        session.add_all(rosters.counter_days(clock.today(), 3, 3, there))
    yesterday = clock.today() - timedelta(days=1)
    assert days(admin.page(f"/counters?day={yesterday}")) == ["2", "1", "3"]
    pages = walked(admin, f"/counters?q={STATION}", days)
    assert pages == [["1"] * 3]
    name = hall.within(stations)[STATION]
    assert days(admin.page(f"/counters?q={name.zh}")) == ["1"] * 3
    assert days(admin.page(f"/counters?q={name.en.upper()}&day={yesterday}")) == ["1"]
    assert days(admin.page("/counters?q=999999999999")) == ["3"] * 3
    assert "没有这样的日报" in admin.page("/counters?q=nowhere")
    assert len(days(admin.page("/counters?day=tomorrow&q=%00"))) == 3


def test_a_month_of_many_stations_takes_a_page_as_few_bytes_and_statements_as_a_day(hall, admin):
    with hall.writing() as session:
        session.add_all(rosters.counter_days(clock.today(), 1, 2))
    admin.page("/counters")
    few = statements_of(admin, hall, "/counters")
    with hall.writing() as session:
        there = [f"{320582100000 + each}" for each in range(60)]
        yesterday = clock.today() - timedelta(days=1)
        session.add_all(rosters.counter_days(yesterday, 30, 60, there))
    page = admin.page("/counters")
    assert len(page.encode()) < MOST_BYTES
    assert len(days(page)) == 50
    assert statements_of(admin, hall, "/counters") == few
    assert statements_of(admin, hall, further(page)) == few
