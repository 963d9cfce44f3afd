"""The station's staff at work: the counter with its screen, and a case that came back put right."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Page, expect

from tests.browser.clerk import Clerk
from tests.browser.resident import CODE, Resident
from tests.browser.station import Station
from tests.browser.waiting import wait_until
from tests.builders.cases import a_submission
from tests.builders.machines import Machine

pytestmark = pytest.mark.browser

TABLET, WALL = {"width": 1024, "height": 768}, {"width": 1920, "height": 1080}
DESK, REASON = "3号窗口", "户籍地址缺门牌号"


@pytest.fixture
def staff(station: Station, new_page: Callable[..., Page]) -> Resident:
    """A member of staff with a tablet, signed in."""
    at_work = Resident(new_page(viewport=TABLET), station.terminal)
    account = station.platform.accounts["staff"]
    at_work.open("/staff/sign-in")
    at_work.page.get_by_label("账号").fill(account["username"])
    at_work.page.get_by_label("密码").fill(account["password"])
    at_work.press("登录")
    return at_work


def test_a_number_drawn_at_the_kiosk_is_called_and_shown_on_the_screen_at_once(
    station: Station, resident: Resident, staff: Resident, new_page: Callable[..., Page]
) -> None:
    resident.open("/station")
    resident.press("取号排队")
    number = resident.page.locator(".ticket__number").inner_text()
    screen = new_page(viewport=WALL)
    screen.goto(f"{station.terminal}/station/screen")
    expect(screen.locator("[data-next]")).to_contain_text(number)
    staff.open("/staff/counter")
    staff.page.locator("#desk").fill(DESK)
    staff.press("开始")
    staff.press("叫下一位")
    expect(staff.page.locator(".ticket__number")).to_have_text(number)
    expect(screen.locator("[data-calls] li").first).to_have_text(f"{number}{DESK}")
    staff.press("人到了，开始办理")
    staff.press("完成")
    expect(screen.locator("[data-calls]")).not_to_contain_text(number)


def test_a_returned_case_is_put_right_by_staff_and_decided(
    station: Station, staff: Resident, new_page: Callable[..., Page]
) -> None:
    case = handed_in(station)
    clerk = Clerk(new_page(viewport=WALL), station.hall)
    clerk.sign_in(station.platform.accounts["clerk"])
    open_at_the_desk(clerk, case["number"], "已提交")
    clerk.page.locator("summary").get_by_text("退回补正", exact=True).click()
    clerk.page.locator("#return-reasons").fill(REASON)
    clerk.page.get_by_role("button", name="退回补正", exact=True).click()

    wait_until(lambda: is_listed(staff, case["case_id"]), pause=0.5)
    staff.page.locator(f"a[href$='{case['case_id']}']").click()
    staff.press("现在补正")
    row = staff.page.locator(".pairs_change > div", has=staff.page.locator(".remark"))
    expect(row).to_contain_text("户籍地址")
    expect(row).to_contain_text(REASON)
    row.get_by_role("link").click()
    staff.page.locator("input[name='value-detail']").fill("花园浜12号")
    staff.press("下一步")
    staff.follow("核对无误，去签名")
    staff.choose("不手写，我确认以上内容属实")
    if staff.page.locator("#commitment").count():
        staff.choose("我自愿承诺")
    staff.press("提交申请")

    open_at_the_desk(clerk, case["number"], "已提交")
    clerk.page.get_by_role("link", name="比较各个版本").click()
    expect(clerk.page.locator(".version__changes ins").first).to_contain_text("花园浜12号")
    clerk.page.go_back()
    clerk.decide("受理")
    clerk.decide("批准")
    staff.open(f"/staff/work/{case['case_id']}")
    wait_until(lambda: staff.page.reload() and "审批通过" in staff.text(), pause=0.5)


def handed_in(station: Station) -> Mapping[str, Any]:
    """Hand in over the interface, so that the case is nobody's yet; return its receipt."""
    terminal = Machine.made("terminal", station.folder / "terminal")
    body = a_submission(terminal, CODE).answering(
        "claim.registered_address", {"division": "320582100004", "detail": "花园浜"}
    )
    answer = urllib3.request(
        "POST",
        f"{station.terminal}/api/v1/cases",
        json=body.body() | {"commitment": True},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    terminal.close()
    assert answer.status == 201, answer.data
    return answer.json()


def open_at_the_desk(clerk: Clerk, number: str, state: str) -> None:
    """Wait until the case is there in this state, and open it."""
    rows = clerk.page.locator("tbody tr", has_text=state)

    def is_there() -> int:
        clerk.page.goto(f"{clerk.address}/desk?state=all&number={number}")
        return rows.count()

    wait_until(is_there, pause=0.5)
    rows.get_by_role("link").click()


def is_listed(staff: Resident, case_id: str) -> bool:
    staff.open("/staff/work?tab=returned")
    return case_id in staff.page.content()
