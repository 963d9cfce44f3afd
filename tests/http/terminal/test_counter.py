"""The counter at its pages: a number is drawn, called, shown to all, and served."""

import json
from pathlib import Path

import pytest

from tests.builders.machines import Pair, enrolled
from tests.http.terminal.resident import Resident

DESK = "1号窗口"


@pytest.fixture
def at_desk(small_pair: Pair, staff: tuple[str, str]) -> Resident:
    """A member of staff who has said at which desk they are."""
    browser = Resident(small_pair.terminal)
    browser.open("/staff/sign-in")
    browser.send({"username": staff[0], "password": staff[1]})
    browser.open("/staff/counter")
    browser.send({"desk": DESK}, action="/staff/counter/desk")
    assert DESK in browser.text
    return browser


def draw(resident: Resident) -> str:
    resident.open("/station")
    resident.send(action="/station/ticket")
    return resident.at


def shown(resident: Resident) -> dict:
    answer = resident.browser.get("/station/screen/events")
    assert answer.mimetype == "text/event-stream"
    return json.loads(answer.text.partition("data: ")[2])


def test_a_number_is_drawn_called_shown_and_served(at_desk: Resident, resident: Resident) -> None:
    ticket = draw(resident)
    assert "A001" in resident.text
    assert "下一个就是您" in resident.text
    at_desk.open("/staff/counter")
    at_desk.send(action="/staff/counter/next")
    (call,) = shown(resident)["calls"]
    assert (call["number"], call["desk"]) == ("A001", DESK)
    assert call["say"] == f"请 A 0 0 1 号到{DESK}。"
    resident.open("/station/screen")
    assert "A001" in resident.text
    resident.open(ticket)
    assert f"请现在到{DESK}" in resident.text
    for act in ("serve", "done"):
        at_desk.send({"act": act}, action=ticket.rpartition("/")[2])
    assert shown(resident)["calls"] == []
    resident.open(ticket)
    assert "已经办完" in resident.text


def test_a_slip_of_the_hand_at_the_counter_is_named(at_desk: Resident, resident: Resident) -> None:
    at_desk.send({"day": "2020-01-01", "time": "10:00"}, action="/staff/counter/appointments")
    assert (at_desk.status, "请选现在以后的时间" in at_desk.text) == (422, True)
    at_desk.send({"day": "", "time": ""}, action="/staff/counter/appointments")
    assert "预约时间：请选日期和时间" in at_desk.text
    at_desk.send({"desk": "  "}, action="/staff/counter/desk")
    assert "窗口：请填写" in at_desk.text
    draw(resident)
    at_desk.open("/staff/counter")
    at_desk.send(action="/staff/counter/next")
    at_desk.send({"act": "done"}, action=resident.at.rpartition("/")[2])
    assert (at_desk.status, "已经有了变化" in at_desk.text) == (409, True)


def test_a_stranger_calls_nobody_and_a_number_that_is_none_is_not_found(
    resident: Resident, small_pair: Pair
) -> None:
    draw(resident)
    resident.open("/staff/counter")
    assert resident.status == 401
    resident.open("/station/tickets/none")
    assert resident.status == 404


def test_a_kiosk_prints_the_number_it_has_drawn(a_hall, a_terminal, tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    terminal = a_terminal(printer=f"file:{paper}")
    enrolled(a_hall("sqlite"), terminal)
    kiosk = Resident(terminal)
    kiosk.open("/device/kiosk")
    draw(kiosk)
    assert "凭条已打印" in kiosk.text
    assert len(paper.read_bytes()) > 10_000
