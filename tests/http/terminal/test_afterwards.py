"""After handing in: what is promised is supplied, what is decided is rated, the receipt goes along."""

import io
import re
from dataclasses import replace
from datetime import timedelta

from flask import session
from pyzbar.pyzbar import decode
from sqlalchemy import delete, select

from kiosk import clock
from kiosk.cases import desk
from kiosk.cases.model import Case, Rating
from kiosk.receipts.number import is_valid
from kiosk.terminal import slips
from sync.keys import SubjectKey
from sync.state import Peer
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair
from tests.builders.printers import NO_PAPER, a_slip_printer
from tests.builders.promises import WANTED, a_promising_case_at
from tests.http.terminal.resident import Resident, a_photograph


def decided(pair: Pair, *verbs: str) -> None:
    with pair.hall.reading() as database:
        case_id = database.scalars(select(Case.id)).one()
    for verb in verbs:
        reasons = ("not eligible",) if verb == "refuse" else ()
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", "", reasons)
    pair.settle()


def with_setting(pair: Pair, **settings: str) -> None:
    """Set something at the running terminal."""
    parts = pair.terminal.parts
    changed = replace(parts, config=replace(parts.config, **settings))
    pair.terminal.app.extensions["kiosk"] = changed


def show_receipt(pair: Pair, resident: Resident) -> None:
    token = a_promising_case_at(pair.terminal).token
    with resident.browser.session_transaction() as known:
        known["receipt"] = {"token": token, "item": "MZ-001", "draft": None}
    resident.open("/receipt")


def test_what_was_promised_is_photographed_and_handed_in_from_the_progress_page(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    assert "您还要补交" in resident.text
    resident.open(next(link for link in resident.links if "/progress/supply/" in link))
    resident.send({})
    assert resident.status == 422
    resident.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
    picture = re.search(r'src="(/progress/supply/[^"]+)"', resident.page)
    assert picture and resident.browser.get(picture[1]).mimetype == "image/jpeg"
    hand_in = f"/progress/supply/{WANTED}/hand-in"
    resident.send(action=hand_in)
    assert resident.at == "/progress/case"
    assert "您还要补交" not in resident.text and "已补交材料" in resident.text
    stranger = Resident(small_pair.terminal)
    assert stranger.browser.get(picture[1]).status_code == 404
    small_pair.settle()
    with small_pair.hall.reading() as database:
        case_id = database.scalars(select(Case.id)).one()
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case_id}")
    assert page.count("申请人（在服务站）") == 2


def test_a_good_rating_takes_one_tap_and_a_bad_one_asks_what_was_wrong(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    assert "/progress/rating" not in resident.links
    assert resident.browser.get("/progress/rating").status_code == 404
    decided(small_pair, "accept", "refuse")
    resident.open("/progress/rating")
    resident.send({"grade": "2"})
    assert "哪里不满意" in resident.text
    resident.send({"tags": ["slow", "rude"]})
    assert resident.status == 422 and "没有这个选项" in resident.text
    resident.send({"tags": ["slow"], "words": "等了很久"})
    assert "您已评价，谢谢" in resident.text
    resident.open("/progress/rating")
    assert resident.at == "/progress/case"
    small_pair.settle()
    with small_pair.hall.reading() as database:
        assert database.scalars(select(Rating.grade)).all() == [2]


def test_with_the_line_cut_the_page_says_from_when_the_state_is(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    assert "现在连不上中心" not in resident.text
    with small_pair.terminal.writing() as database:
        database.get_one(Peer, 1).last_error = "no line"
    resident.open("/progress/case")
    assert "现在连不上中心" in resident.text


def test_an_erased_case_says_so_and_nothing_can_be_added(
    small_pair: Pair, resident: Resident, number: str
) -> None:
    with small_pair.terminal.writing() as database:
        database.execute(delete(SubjectKey))
    resident.open("/progress/case")
    assert "已按保存期限的规定清除" in resident.text
    assert "您还要补交" not in resident.text and "/progress/withdraw" not in resident.links


def test_a_receipt_of_another_station_is_told_apart_from_a_slip_of_the_pen(
    small_pair: Pair, resident: Resident
) -> None:
    resident.open("/progress")
    resident.send({"number": "999999 000000 004", "id_tail": "1236"})
    assert resident.status == 422
    digits = next(d for d in range(10) if is_valid(f"99999900000000{d}"))
    resident.send({"number": f"99999900000000{digits}", "id_tail": "1236"})
    assert "另一个站的凭证" in resident.text


def test_a_slip_is_printed_and_a_printer_without_paper_leads_to_the_other_ways(
    small_pair: Pair, resident: Resident
) -> None:
    with a_slip_printer() as printer:
        with_setting(small_pair, printer=printer.address)
        show_receipt(small_pair, resident)
        resident.send(action="/receipt/slip")
        assert "凭条已打印" in resident.text
        (code,) = decode(printer.printed.picture())
        assert code.data.startswith(b"JSB1.R.")
        printer.paper = NO_PAPER
        resident.send(action="/receipt/slip")
    assert "打印机没有纸了" in resident.text and "take__number" in resident.page
    assert "/receipt/paper" in resident.links
    show_receipt(small_pair, resident)
    assert "打印机可能用不了" in resident.text


def test_without_a_printer_none_is_offered(small_pair: Pair, resident: Resident) -> None:
    show_receipt(small_pair, resident)
    assert "/receipt/slip" not in resident.page and "/receipt/phone" not in resident.links
    assert resident.browser.get("/receipt/phone").status_code == 404


def test_a_phone_opens_the_receipt_for_five_minutes(small_pair: Pair, resident: Resident) -> None:
    with_setting(small_pair, public_url="http://192.168.1.20:8200")
    show_receipt(small_pair, resident)
    resident.open("/receipt/phone")
    address = phone_address(small_pair, resident)
    phone = Resident(small_pair.terminal)
    phone.open(address)
    assert phone.at == "/receipt" and phone.number == resident_number(resident)
    late = clock.now() + timedelta(minutes=6)
    with clock.use(lambda: late):
        assert Resident(small_pair.terminal).browser.get(address).status_code == 404
    assert Resident(small_pair.terminal).browser.get("/r/forged").status_code == 404


def phone_address(pair: Pair, resident: Resident) -> str:
    """What the code on the page says, without the station's address."""
    with pair.terminal.app.test_request_context():
        with resident.browser.session_transaction() as known:
            session["receipt"] = known["receipt"]
        return slips.phone_link().removeprefix("http://192.168.1.20:8200")


def resident_number(resident: Resident) -> str:
    resident.open("/receipt")
    return resident.number


def test_the_pdf_is_the_receipt_of_this_browser_alone(small_pair: Pair, resident: Resident) -> None:
    assert resident.browser.get("/receipt/receipt.pdf").status_code == 404
    show_receipt(small_pair, resident)
    answer = resident.browser.get("/receipt/receipt.pdf")
    assert answer.data.startswith(b"%PDF") and answer.cache_control.no_store
