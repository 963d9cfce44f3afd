"""Home visits: a day's list by time, and a household whose members do not say everything twice."""

from typing import Any

from sqlalchemy import select

from kiosk import clock
from kiosk.cases.help import records
from kiosk.cases.help.model import HelpRecord
from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import Pair
from tests.builders.promises import PROMISED
from tests.http.terminal.agents import CODE, begin_help, wishes
from tests.http.terminal.resident import Resident

HOME = {"address-division": "320582100004", "address-detail": "花园浜12号", "phone": "13862270011"}


def booked(agent: Resident, at: str, **also: str) -> str:
    """Book a visit for today; return the address of its record."""
    day = clock.today()
    agent.open("/staff/help/visits/new")
    agent.send(
        {
            "day-year": str(day.year),
            "day-month": str(day.month),
            "day-day": str(day.day),
            "at": at,
            **HOME,
            "name_1": wishes()["name"],
            "item_1": CODE,
            **also,
        }
    )
    assert agent.at.startswith("/staff/help/records/"), agent.text
    return agent.at


def test_the_days_list_is_in_order_of_time_and_a_slip_names_its_field(agent: Resident) -> None:
    agent.open("/staff/help/visits/new")
    agent.send({"at": "later", **HOME, "name_1": "陈桂英", "name_2": "李国强", "item_1": CODE})
    assert agent.status == 422
    assert "第2位办理事项" in agent.text and "日期" in agent.text
    booked(agent, "14:30")
    booked(agent, "9:00", name_1="李国强")
    page = agent.open("/staff/help/visits")
    assert page.index("09:00") < page.index("14:30")
    assert "李国强" in page and "花园浜12号" in page
    assert "陈桂英" not in agent.open("/staff/help/visits?day=2001-01-01")


def test_each_member_has_help_of_their_own_and_the_next_form_knows_the_household(
    small_pair: Pair, agent: Resident
) -> None:
    record = booked(agent, "9:00", item_1=PROMISED, name_2="李国强", item_2=PROMISED)
    begin_with(agent, record, 1, wishes())
    assert agent.at.startswith(f"/items/{PROMISED}/apply/sections/"), agent.text
    assert wishes()["id_number"] in agent.page
    assert "花园浜12号" in agent.open(f"/items/{PROMISED}/apply/sections/family")
    first = handed_in_elsewhere(small_pair)
    second = {**wishes(), "name": "李国强", "id_number": "320582199001011236"}
    begin_with(agent, record, 2, second)
    assert second["id_number"] in agent.page
    family = agent.open(f"/items/{PROMISED}/apply/sections/family")
    assert f'value="{first["family"]["size"]}"' in family
    household = agent.open(f"/items/{PROMISED}/apply/sections/household")
    assert first["applicant"]["id_number"] in household
    agent.send(action="/staff/help/end")
    agent.open(record)
    assert agent.text.count("已开始") == 2
    agent.send({}, action="/serve")
    small_pair.settle()
    with small_pair.hall.reading() as database:
        rows = database.scalars(select(HelpRecord).order_by(HelpRecord.id)).all()
    kinds = [(row.kind, row.state) for row in rows]
    assert kinds == [("visit", "done"), ("assist", "done"), ("assist", "ended")]


def begin_with(agent: Resident, record: str, member: int, said: dict[str, str]) -> None:
    agent.open(record)
    agent.open(next(link for link in agent.links if f"member={member}" in link))
    agent.send(said, action="/staff/help/begin")


def handed_in_elsewhere(pair: Pair) -> dict[str, Any]:
    """Let the help that goes on end with a case; return what was answered in it."""
    case = a_submission(pair.terminal, PROMISED)
    made = a_case_at(pair.terminal, case)
    with pair.terminal.reading() as database:
        query = select(HelpRecord).where(HelpRecord.kind == "assist")
        row = database.scalars(query).one()
    parts = pair.terminal.parts
    pair.terminal.within(records.take, parts, row.id, "hand_in", row.agent, {}, made.case_id)
    return case.answers


def test_who_ends_the_help_leaves_nothing_for_the_next(agent: Resident) -> None:
    begin_help(agent)
    agent.send(action="/staff/help/end")
    assert agent.at == "/staff/help"
    assert wishes()["name"] not in agent.page
    assert agent.browser.get(f"/items/{CODE}/apply/check").status_code == 404
    with agent.browser.session_transaction() as known:
        assert not {"helping", "looked_up", "receipt", "ahead"} & known.keys()
