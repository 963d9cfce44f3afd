"""Home visits: a day's list by time, and a household whose members do not say everything twice."""

from sqlalchemy import select

from kiosk import clock
from kiosk.cases.help.model import HelpRecord
from tests.builders.machines import Pair
from tests.http.terminal.agents import CODE, ITEM, begin_help, hand_in, wishes
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


def test_each_member_begins_with_the_address_and_has_help_of_their_own(
    small_pair: Pair, agent: Resident
) -> None:
    record = booked(agent, "9:00", name_2="李国强", item_2=CODE)
    first = next(link for link in agent.links if "member=1" in link)
    agent.open(first)
    assert wishes()["name"] in agent.page
    agent.send(wishes())
    assert agent.at.startswith(f"/items/{CODE}/apply/sections/"), agent.text
    agent.open(f"/items/{CODE}/apply/sections/applicant")
    assert wishes()["id_number"] in agent.page
    hand_in(agent)
    agent.open(record)
    assert "已开始" in agent.text
    assert [link for link in agent.links if "member=1" in link] == []
    agent.send({}, action="/serve")
    small_pair.settle()
    with small_pair.hall.reading() as database:
        rows = database.scalars(select(HelpRecord).order_by(HelpRecord.id)).all()
    assert [(row.kind, row.state) for row in rows] == [("visit", "done"), ("assist", "done")]
    assert ITEM.code in {row.item for row in rows}


def test_who_ends_the_help_leaves_nothing_for_the_next(agent: Resident) -> None:
    begin_help(agent)
    agent.send(action="/staff/help/end")
    assert agent.at == "/staff/help"
    assert wishes()["name"] not in agent.page
    assert agent.browser.get(f"/items/{CODE}/apply/check").status_code == 404
