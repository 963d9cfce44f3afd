"""The whole of a resident's way: poster, form, phone and back, receipt, then what comes after it.

What is held before the kiosk's camera is a film, which is another after the receipt was handed out.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from kiosk.receipts import qr
from tests.browser import measuring
from tests.browser.chromium import chromium
from tests.browser.clerk import Clerk
from tests.browser.resident import ALLOWANCE, CODE, Elder, Resident
from tests.browser.station import Station
from tests.browser.test_handoff import PHONE, read_off
from tests.browser.test_live_camera import a_film
from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser

ELDER = Elder("司徒凤英")
ON_THE_DESK = "司**"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the kiosk's camera sees first: the code of a service's poster."""
    poster = tmp_path / "poster.png"
    poster.write_bytes(qr.png(qr.payload("item", CODE)))
    return a_film(poster, tmp_path / "camera.mjpeg")


@pytest.fixture
def with_camera(playwright: Playwright, film: Path) -> Iterator[Browser]:
    with chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as browser:
        yield browser


def test_from_the_poster_to_the_rating_with_a_phone_in_between(
    station: Station,
    with_camera: Browser,
    new_page: Callable[..., Page],
    film: Path,
    tmp_path: Path,
) -> None:
    kiosk = Resident(new_page(with_camera), station.terminal)
    measuring.bring_axe(kiosk.page.context)
    kiosk.open("/device/kiosk")
    begin_at_the_poster(kiosk)
    kiosk.identify(ELDER)
    fill_in_on_a_phone(kiosk, Resident(new_page(**PHONE_OPTIONS), station.terminal))

    expect(kiosk.page.locator("h1")).to_have_text("核对填写内容")
    kiosk.follow("核对无误，去签名")
    kiosk.choose("我自愿承诺")
    kiosk.draw_a_signature()
    kiosk.press("提交申请")
    expect(kiosk.page.locator("h1")).to_have_text("申请已提交")
    number = kiosk.case_number()
    a_film(kiosk.take_a_picture_of_the_code(tmp_path / "receipt.png"), film)
    kiosk.press("办好了，清除并退出")

    scan_the_receipt(kiosk, number)
    hand_in_what_was_promised(kiosk)
    clerk = Clerk(new_page(viewport={"width": 1366, "height": 768}), station.hall)
    clerk.sign_in(station.platform.accounts["clerk"])
    clerk.wait_for(ON_THE_DESK)
    clerk.open_case_of(ON_THE_DESK)
    clerk.wait_for_pictures(3)
    clerk.decide("受理")
    clerk.decide("批准")
    rate(kiosk)


PHONE_OPTIONS = {"viewport": PHONE, "is_mobile": True, "has_touch": True}


def begin_at_the_poster(kiosk: Resident) -> None:
    kiosk.follow("扫一扫")
    expect(kiosk.page.locator("h1")).to_have_text("这是一个服务事项", timeout=15_000)
    kiosk.follow("打开办事指南")
    expect(kiosk.page.locator("h1")).to_have_text(ALLOWANCE)
    kiosk.press("开始办理")


def fill_in_on_a_phone(kiosk: Resident, phone: Resident) -> None:
    """The phone answers everything and photographs; the kiosk looks on and gets it back."""
    kiosk.press("在手机上继续")
    phone.page.goto(read_off(kiosk.page))
    phone.answer_the_questions()
    expect(kiosk.page.locator("[data-lines]")).to_contain_text("问题已答")
    assert measuring.axe_findings(kiosk.page) == []
    phone.hand_in_the_materials()
    phone.press("交回一体机继续")


def scan_the_receipt(kiosk: Resident, number: str) -> None:
    assert number not in kiosk.text()
    kiosk.follow("扫一扫")
    expect(kiosk.page.locator("h1")).to_have_text("这是受理凭证", timeout=15_000)
    kiosk.press("查看进度")
    assert number in kiosk.text()


def hand_in_what_was_promised(kiosk: Resident) -> None:
    expect(kiosk.page.locator(".todo")).to_contain_text("社会保障卡发放账户")
    kiosk.follow("现在补交")
    kiosk.photograph()
    kiosk.press("现在补交")
    expect(kiosk.page.locator(".todo")).to_have_count(0)


def rate(kiosk: Resident) -> None:
    def decided() -> bool:
        kiosk.page.reload()
        return kiosk.title() == "审批通过"

    wait_until(decided, pause=0.5)
    kiosk.follow("评价服务")
    assert measuring.axe_findings(kiosk.page) == []
    kiosk.press("非常满意")
    assert "您已评价，谢谢" in kiosk.text()
