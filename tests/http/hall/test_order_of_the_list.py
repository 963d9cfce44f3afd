"""What is most urgent stands first, on both databases; lights and order agree."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from kiosk import clock
from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.hall.lights import COLOURS
from tests.builders.cases import PROMISED_ITEM, SHORT_ITEM, a_case_at, a_submission
from tests.builders.clerks import an_account, signed_in

#: A Thursday among plain weeks.
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


def shown(person, path):
    page = person.page(path)
    cases = re.findall(r'href="/desk/([0-9a-f-]{36})"', page)
    lights = re.findall(r'<td[^>]*><span class="light light_(\w+)"', page)
    return list(zip(cases, lights, strict=True))


def tabs(person, path):
    """The numbers in the tabs that have one, by state."""
    states = re.findall(
        r'<a class="tab" href="/desk(?:\?([^"]*))?"[^>]*>[^<]*<span class="tab__count[^>]*>([^<]+)<',
        person.page(path),
    )
    return {
        (re.search(r"state=(\w+)", asked) or {1: "open"})[1]: number for asked, number in states
    }


def submitted(pair, days_ago, code=PROMISED_ITEM):
    with clock.use(lambda: NOW - timedelta(days=days_ago)):
        return a_case_at(pair.terminal, a_submission(pair.terminal, code)).case_id


def test_whose_clock_ends_first_stands_first(pair):
    with clock.use(lambda: NOW):
        clerk = signed_in(pair.hall, "clerk")
    fresh, late, old = (submitted(pair, days) for days in (0, 15, 6))
    decided, spot = submitted(pair, 20), submitted(pair, 1, SHORT_ITEM)
    with clock.use(lambda: NOW):
        pair.settle()
        for case in (decided, spot):
            pair.hall.within(desk.decide, pair.hall.parts, case, "accept", clerk.operator_id)
        found = shown(clerk, "/desk")
    assert [light for _, light in found] == ["purple", "yellow", "yellow", "green", "green"]
    assert found[0][0] == late
    assert {found[1][0], found[2][0]} == {old, spot}
    assert {found[3][0], found[4][0]} == {fresh, decided}


def test_the_list_goes_on_over_several_pages(pair, monkeypatch):
    monkeypatch.setattr("kiosk.hall.worklist.PAGE", 2)
    made = {submitted(pair, days, SHORT_ITEM) for days in (1, 2, 3)}
    with clock.use(lambda: NOW):
        pair.settle()
        clerk = signed_in(pair.hall, "clerk")
        for tab in ("open", "all"):
            first = clerk.page(f"/desk?state={tab}")
            further = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
            pages = [shown(clerk, f"/desk?state={tab}"), shown(clerk, further)]
            assert [len(page) for page in pages] == [2, 1]
            assert {case for page in pages for case, _ in page} == made
            assert 'rel="next"' not in clerk.page(further)
        assert len(shown(clerk, "/desk?after=nothing.like.this")) == 2


@pytest.mark.parametrize("days_ago", range(0, 14, 3))
def test_the_lights_that_sql_finds_are_those_that_are_shown(pair, days_ago):
    made = {submitted(pair, days_ago), submitted(pair, days_ago + 1, SHORT_ITEM)}
    with clock.use(lambda: NOW):
        pair.settle()
        clerk = signed_in(pair.hall, "clerk")
        everything = dict(shown(clerk, "/desk"))
        for colour in COLOURS:
            found = shown(clerk, f"/desk?light={colour}")
            assert {case for case, _ in found} == {
                case for case, light in everything.items() if light == colour
            }
    assert set(everything) == made


def test_closed_cases_are_counted_up_to_a_bound_and_open_ones_to_the_last(small_pair, monkeypatch):
    monkeypatch.setattr("kiosk.hall.tabs.MOST_COUNTED", 1)
    made = [submitted(small_pair, 1, SHORT_ITEM) for _ in range(5)]
    with clock.use(lambda: NOW):
        small_pair.settle()
        clerk = signed_in(small_pair.hall, "clerk")
        with small_pair.hall.writing() as session:
            for case in made[:2]:
                session.get_one(Case, case).state = "delivered"
            session.get_one(Case, made[2]).state = "refused"
        assert tabs(clerk, "/desk") == {
            **{"open": "2", "submitted": "2", "accepted": "0", "returned": "0", "approved": "0"},
            **{"delivered": "1+", "refused": "1", "withdrawn": "0", "all": "1+"},
        }
        narrowed = tabs(clerk, "/desk?holder=nobody")
        assert narrowed["open"] == "2"
        assert "delivered" not in narrowed and "all" not in narrowed
        page = clerk.page("/desk?state=delivered")
        assert [case in page for case in made] == [True, True, False, False, False]


def test_closed_cases_are_walked_through_by_an_index(pair):
    newest = select(Case.id).where(Case.state == "delivered").order_by(Case.changed_at.desc())
    with pair.hall.writing() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        if not is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_sort = off"))
        asked = newest.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{asked}")).all()
    assert "ix_cases_state_changed_at" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_whose_hands_a_case_is_in_narrows_the_list(pair):
    mine, theirs, nobodys = (submitted(pair, 1, SHORT_ITEM) for _ in range(3))
    with clock.use(lambda: NOW):
        pair.settle()
        clerk = signed_in(pair.hall, "clerk")
        colleague = an_account(pair.hall, "clerk", "liu")
        pair.hall.within(desk.take, pair.hall.parts, mine, clerk.operator_id)
        pair.hall.within(desk.take, pair.hall.parts, theirs, colleague)
        assert [case for case, _ in shown(clerk, "/desk?holder=mine")] == [mine]
        assert [case for case, _ in shown(clerk, "/desk?holder=nobody")] == [nobodys]
        assert "名字-liu" in clerk.page("/desk")
