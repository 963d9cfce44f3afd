"""The product's main job, as people do it: with the line cut, then restored, then decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.clerk import Clerk
from tests.browser.resident import Elder, Resident
from tests.browser.station import Station
from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser

ELDER = Elder("欧阳桂英")
ON_THE_DESK = "欧**"


@pytest.fixture
def line_cut(station: Station) -> Iterator[Station]:
    station.cut_the_line()
    yield station
    station.restore_the_line()


@pytest.fixture
def clerk(station: Station, new_page) -> Clerk:
    return Clerk(new_page(viewport={"width": 1366, "height": 768}), station.hall)


def test_a_case_goes_from_the_kiosk_to_the_hall_and_its_decision_comes_back(
    line_cut: Station, resident: Resident, clerk: Clerk, tmp_path: Path
) -> None:
    resident.find_the_allowance()
    put_a_mistyped_id_number_right(resident)
    resident.answer_the_questions()
    resident.hand_in_the_materials()
    look_the_answers_over(resident)
    sent = sign_and_tap_twice(resident)

    number = resident.case_number()
    assert "已保存在本机，还没有送到中心" in resident.text()
    code = resident.take_a_picture_of_the_code(tmp_path / "receipt.png")
    send_again(resident.page, sent)
    resident.open("/receipt")
    assert resident.case_number() == number
    resident.press("办好了，清除并退出")

    line_cut.restore_the_line()
    clerk.sign_in(line_cut.platform.accounts["clerk"])
    clerk.wait_for(ON_THE_DESK)
    assert clerk.cases_of(ON_THE_DESK) == 1
    clerk.open_case_of(ON_THE_DESK)
    assert number in clerk.page.locator("main").inner_text()
    clerk.wait_for_pictures(2)
    clerk.decide("受理")

    resident.scan_the_picture(code)
    resident.follow("现在补交")
    resident.photograph()
    resident.press("现在补交")
    clerk.wait_for_pictures(3)
    clerk.decide("批准")
    wait_for_the_decision(resident)
    assert number in resident.text()
    assert "申请已经通过" in resident.text()


def put_a_mistyped_id_number_right(resident: Resident) -> None:
    resident.identify(ELDER, ELDER.mistyped_id_number)
    summary = resident.page.get_by_role("alert")
    expect(summary).to_contain_text("有几处需要改一改")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(resident.page.get_by_label("公民身份号码")).to_be_focused()
    resident.identify(ELDER)


def look_the_answers_over(resident: Resident) -> None:
    answers = resident.text()
    for shown in ("80至89周岁", "花园浜12号", "以后补交", "已拍 1 张"):
        assert shown in answers
    assert ELDER.id_number not in answers
    resident.follow("核对无误，去签名")


def sign_and_tap_twice(resident: Resident) -> Request:
    """Return what the browser sent."""
    resident.choose("我自愿承诺")
    resident.draw_a_signature()
    sent: list[Request] = []
    resident.page.on("request", lambda request: sent.append(request) if is_post(request) else None)
    resident.page.get_by_role("button", name="提交申请", exact=True).dblclick()
    expect(resident.page.locator("h1")).to_have_text("申请已提交")
    assert "drawing=data" in (sent[0].post_data or "")
    assert len(sent) == 1
    return sent[0]


def is_post(request: Request) -> bool:
    return request.method == "POST"


def send_again(page: Page, sent: Request) -> None:
    """The same request once more, as a browser sends it after a broken connection."""
    headers = {"Content-Type": sent.headers["content-type"], "Referer": sent.headers["referer"]}
    answer = page.request.post(sent.url, data=sent.post_data_buffer, headers=headers)
    assert answer.ok
    assert answer.url.endswith("/receipt")


def wait_for_the_decision(resident: Resident) -> None:
    def approved() -> bool:
        resident.page.reload()
        return resident.title() == "审批通过"

    wait_until(approved, pause=0.5)
