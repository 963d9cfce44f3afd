"""Online pre-check (网上预审): sent ahead, judged by staff or a clerk, gone on with untyped."""

import re

from sqlalchemy import select

from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair
from tests.http.terminal.agents import CODE, ITEM
from tests.http.terminal.resident import Resident, good

ANSWERS = good(ITEM)
TAIL = ANSWERS["applicant"]["id_number"][-4:]


def sent_ahead(resident: Resident) -> str:
    """Fill everything in but a document, send it to be looked through; return its number."""
    resident.apply_for(ITEM, ANSWERS)
    missing = next(link for link in resident.links if "/materials/" in link).rpartition("/")[2]
    resident.give_all_materials(but=missing)
    resident.open(f"/items/{CODE}/apply/check")
    resident.send(action="/apply/ahead")
    assert resident.at == "/ahead", resident.text
    found = re.search(r'ahead__number">([\d ]+)<', resident.page)
    assert found, resident.text
    return found[1]


def records_at(pair: Pair) -> list[tuple[str, str]]:
    with pair.hall.reading() as database:
        rows = database.scalars(select(HelpRecord).order_by(HelpRecord.id)).all()
        return [(row.kind, row.state) for row in rows]


def test_a_clerk_says_what_is_missing_and_the_resident_hands_it_in_without_typing_again(
    small_pair: Pair, resident: Resident
) -> None:
    number = sent_ahead(resident)
    resident.send(action="/ahead/close")
    resident.open("/ahead")
    resident.send({"number": number, "id_tail": "0000" if TAIL != "0000" else "1111"})
    assert resident.status == 422 and "没有查到" in resident.text
    small_pair.settle()
    clerk = signed_in(small_pair.hall, "clerk")
    link = re.search(r"/help-service/pre-checks/[^\"]+", clerk.page("/help-service"))
    assert link
    shown = clerk.page(link[0])
    assert ANSWERS["applicant"]["id_number"] not in shown and "缺少" in shown
    assert clerk.send(link[0], f"{link[0]}/ask").status_code == 422
    assert clerk.send(link[0], f"{link[0]}/ask", missing="户口簿\n照片不清").status_code == 303
    small_pair.settle()
    resident.open("/ahead")
    resident.send({"number": number, "id_tail": TAIL})
    assert "照片不清" in resident.text and "中心大厅" in resident.text
    resident.send(action="/ahead/go-on")
    assert resident.at == f"/items/{CODE}/apply/check"
    resident.open(f"/items/{CODE}/apply/materials")
    resident.give_all_materials()
    resident.sign()
    assert resident.at == "/receipt", resident.text
    small_pair.settle()
    assert records_at(small_pair) == [("pre_check", "done")]
    with small_pair.hall.reading() as database:
        case = database.scalars(select(Case)).one()
    assert "网上预审" in clerk.page(f"/desk/{case.id}")
    resident.open("/ahead")
    assert "已经正式提交" in resident.text


def test_one_that_is_sent_again_takes_the_place_of_the_first_with_all_its_pictures(
    small_pair: Pair, resident: Resident
) -> None:
    sent_ahead(resident)
    resident.send(action="/ahead/go-on")
    resident.send(action="/apply/ahead")
    assert resident.at == "/ahead", resident.text
    small_pair.settle()
    assert records_at(small_pair) == [("pre_check", "cancelled"), ("pre_check", "sent")]


def test_two_verdicts_that_cross_end_alike_on_both_sides(
    small_pair: Pair, resident: Resident, agent: Resident
) -> None:
    sent_ahead(resident)
    small_pair.settle()
    agent.open("/staff/help")
    agent.open(next(link for link in agent.links if "/staff/help/records/" in link))
    agent.send({"remark": "可以"}, action="/pass")
    clerk = signed_in(small_pair.hall, "clerk")
    link = re.search(r"/help-service/pre-checks/[^\"]+", clerk.page("/help-service"))
    assert link and clerk.send(link[0], f"{link[0]}/ask", missing="户口簿").status_code == 303
    small_pair.settle()
    with small_pair.terminal.reading() as database:
        here = database.scalars(select(HelpRecord.state)).all()
    assert here == ["ready"] == [state for _, state in records_at(small_pair)]
