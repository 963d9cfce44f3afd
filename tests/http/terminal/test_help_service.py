"""An agent fills in for a resident: recorded, shown on every page, over with the hand-in."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Resident, good

CODE = "MZ-006"
ITEM = ITEMS[CODE]


@pytest.fixture
def agent(small_pair: Pair, staff: tuple[str, str]) -> Resident:
    """Somebody of the staff, signed in at the terminal."""
    found = Resident(small_pair.terminal)
    found.open("/staff/sign-in")
    found.send({"username": staff[0], "password": staff[1]})
    assert found.at == "/staff", found.text
    return found


def wishes(**also: str) -> dict[str, str]:
    """A resident who is here, wishes it, and consents by word of mouth."""
    day = clock.today()
    said = good(ITEM)["applicant"]
    return {
        "authority": "resident",
        "authority_day-year": str(day.year),
        "authority_day-month": str(day.month),
        "authority_day-day": str(day.day),
        "name": said["name"],
        "id_number": said["id_number"],
        "phone": said["phone"],
        "presence": "here",
        "consent": "oral",
        "witness": "陈红",
        **also,
    }


def begin_help(agent: Resident, **also: str) -> None:
    agent.open(f"/staff/help/begin/{CODE}")
    agent.send(wishes(**also))


def hand_in(agent: Resident) -> None:
    """Go on one question at a time, from the form that the help has begun."""
    answers = good(ITEM)
    agent.open(f"/items/{CODE}/apply/identify")
    agent.send({**identity(answers), "consent": "yes"})
    agent.walk(ITEM, answers)
    agent.give_all_materials()
    agent.sign()
    assert agent.at == "/receipt", agent.text


def identity(answers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: answers["applicant"][name] for name in ("name", "id_number", "phone")}


def banner(page: Resident) -> str:
    found = re.search(
        r'<section class="banner banner_wide banner_helping".*?</section>', page.page, re.S
    )
    return found[0] if found else ""


def test_help_is_named_on_every_page_goes_with_the_case_and_ends_with_the_receipt(
    small_pair: Pair, agent: Resident
) -> None:
    begin_help(agent)
    assert agent.at.startswith(f"/items/{CODE}/apply/sections/"), agent.text
    name = wishes()["name"]
    for path in (agent.at, "/", f"/items/{CODE}/apply/check", "/search", "/staff/help"):
        agent.open(path)
        assert f"为 {name[0]}**" in banner(agent) or f"{name[0]}**" in banner(agent), agent.text
        assert name not in banner(agent)
    hand_in(agent)
    assert not banner(agent)
    assert "名字" in agent.text or "周" in agent.text
    number = agent.number
    agent.open("/staff/help")
    assert not banner(agent)
    small_pair.settle()
    with small_pair.hall.reading() as database:
        case = database.scalars(select(Case)).one()
        record = database.scalars(select(HelpRecord)).one()
    assert (record.kind, record.state, record.case_id) == ("assist", "done", case.id)
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case.id}")
    for words in ("帮代办", "居民本人当面委托", "口头同意，有见证人", "陈*"):
        assert words in page, words
    assert wishes()["id_number"] not in page
    assert number.replace(" ", "") == case.number
    assert clock.now() - case.submitted_at < timedelta(minutes=5)
