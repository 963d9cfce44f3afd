"""What agents do beside filling in: each feature from its page to the hall."""

from datetime import timedelta

from sqlalchemy import select

from kiosk import clock, workdays
from kiosk.cases import desk
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from tests.builders.cases import a_case_at, a_submission
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair
from tests.builders.promises import PROMISED
from tests.http.terminal.resident import ITEMS, Resident


def on(day: str, name: str = "day") -> dict[str, str]:
    parts = zip(("year", "month", "day"), day.split("-"), strict=True)
    return {f"{name}-{part}": value for part, value in parts}


def rows_at_hall(pair: Pair) -> list[tuple[str, str]]:
    pair.settle()
    with pair.hall.reading() as database:
        rows = database.scalars(select(HelpRecord).order_by(HelpRecord.id)).all()
        return [(row.kind, row.state) for row in rows]


def case_page(pair: Pair) -> str:
    with pair.hall.reading() as database:
        case = database.scalars(select(Case)).one()
    return signed_in(pair.hall, "clerk").page(f"/desk/{case.id}")


def test_a_parcel_goes_out_only_after_the_decision_and_the_resident_sees_its_number(
    small_pair: Pair, agent: Resident
) -> None:
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED))
    agent.open("/staff/help/new/express")
    address = {"receiver": "王芳", "phone": "13862270011", "post_to": "前溪村3组8号"}
    agent.send({"case_number": "100000000000000", **address})
    assert agent.status == 422 and "本站没有这个办件" in agent.text
    agent.send({"case_number": made.number, **address})
    assert agent.at.startswith("/staff/help/records/"), agent.text
    parcel = {"carrier": "邮政快递", "parcel": "EX20261126"}
    agent.send(parcel, action="/hand_over")
    assert agent.status == 409 or "还没有办结" in agent.text
    small_pair.settle()
    for verb in ("accept", "approve"):
        small_pair.hall.within(desk.decide, small_pair.hall.parts, made.case_id, verb, "clerk-1")
    small_pair.settle()
    record = agent.at.removesuffix("/hand_over")
    agent.open(record)
    agent.send({**parcel, "parcel": "1"}, action="/hand_over")
    assert agent.status == 422 and "快递单号" in agent.text
    agent.send(parcel, action="/hand_over")
    resident = Resident(small_pair.terminal)
    tail = next(s for s in ITEMS[PROMISED].samples if not s.expect)
    resident.open("/progress")
    id_tail = tail.answers["applicant"]["id_number"][-4:]
    resident.send({"number": made.number, "id_tail": id_tail})
    assert "EX20261126" in resident.text and "已送出" in resident.text
    agent.open(record)
    today = clock.today().isoformat()
    agent.send({"signer": "王芳", **on(today, "signed_on")}, action="/sign_for")
    assert rows_at_hall(small_pair) == [("express", "done")]
    page = case_page(small_pair)
    assert "EX20261126" in page and "已签收" in page and "王*" in page


def test_only_a_time_outside_opening_hours_can_be_booked(small_pair: Pair, agent: Resident) -> None:
    workday = workdays.add(clock.today(), 2).isoformat()
    booking = {
        "item": PROMISED,
        "name": "王芳",
        "phone": "13862270011",
        "serves": "周",
        **on(workday),
    }
    for start, end, words in (
        ("10:00", "10:30", "在开放时间内"),
        ("11:00", "12:00", "在开放时间内"),
        ("25:00", "26:00", "时间请写成"),
        ("19:00", "18:00", "结束时间要晚于"),
    ):
        agent.open("/staff/help/new/extended")
        agent.send({**booking, "from": start, "to": end})
        assert agent.status == 422 and words in agent.text, (start, agent.text)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    agent.send({**booking, **on(yesterday), "from": "18:00", "to": "19:00"})
    assert agent.status == 422 and "日期" in agent.text
    assert rows_at_hall(small_pair) == []
    agent.send({**booking, "from": "18:00", "to": "19:00"})
    agent.send({}, action="/serve")
    assert rows_at_hall(small_pair) == [("extended", "done")]


def test_a_feature_that_the_help_item_does_not_list_is_refused_at_its_field(
    small_pair: Pair, agent: Resident
) -> None:
    a_case_at(small_pair.terminal)
    agent.open("/staff/help/new/early")
    agent.send({"item": PROMISED, "name": "王芳", "phone": "13862270011", "note": "想问问"})
    assert agent.status == 422 and "办理事项" in agent.text
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, "RS-001"))
    agent.open("/staff/help/new/express")
    address = {"receiver": "王芳", "phone": "13862270011", "post_to": "前溪村3组8号"}
    agent.send({"case_number": made.number, **address})
    assert agent.status == 422 and "不提供“快递送达”" in agent.text
    assert rows_at_hall(small_pair) == []


def test_notes_are_taken_before_there_is_a_case(small_pair: Pair, agent: Resident) -> None:
    agent.open("/staff/help/new/early")
    said = {"item": "GJ-101", "name": "王芳", "phone": "13862270011", "project": "新建冷库"}
    agent.send({**said, "note": "问了用地和备案的先后"})
    assert agent.at.startswith("/staff/help/records/"), agent.text
    record = agent.at
    agent.send({"note": "带了图纸来"}, action="/note")
    assert "带了图纸来" in agent.text and "138****0011" in agent.text
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED))
    agent.send({"case_number": made.number}, action="/tie")
    agent.open(record)
    assert made.number in agent.text.replace(" ", "")
    assert rows_at_hall(small_pair) == [("early", "done")]
    assert "带了图纸来" in case_page(small_pair)


def test_help_without_the_resident_says_how_the_result_goes_back(
    small_pair: Pair, agent: Resident
) -> None:
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED))
    agent.open("/staff/help/new/online")
    agent.send({"case_number": made.number})
    assert agent.status == 422 and "结果怎样送回" in agent.text
    agent.send({"case_number": made.number, "return_way": "brought"})
    agent.send({"return_way": "brought", "receiver": "王芳"}, action="/give_back")
    assert rows_at_hall(small_pair) == [("online", "done")]
    assert "帮办员送上门" in case_page(small_pair)


def test_another_stations_record_is_not_found_and_strangers_may_not_look(
    small_pair: Pair, agent: Resident, resident: Resident
) -> None:
    agent.open("/staff/help/new/early")
    said = {"item": "GJ-101", "name": "王芳", "phone": "13862270011", "note": "问先后"}
    agent.send(said)
    record = agent.at
    assert resident.browser.get(record).status_code == 401
    with small_pair.terminal.writing() as database:
        database.scalars(select(HelpRecord)).one().station_code = "320582100009"
    assert agent.browser.get(record).status_code == 404
