"""A form goes from the kiosk's screen to a phone by its camera, and comes back with the answers."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pyzbar import pyzbar

from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.resident import Elder, Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
ON_THE_PHONE = "表格在您的手机上"


def read_off(page: Page) -> str:
    """What a phone's camera reads off the whole screen."""
    with Image.open(BytesIO(page.screenshot())) as picture:
        found = pyzbar.decode(picture.convert("L"), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return found[0].data.decode()


def look(page: Page, name: str) -> None:
    """See that a screen is well drawn; with SHOTS set a picture of it is kept."""
    assert_well_drawn(page)
    if os.environ.get("SHOTS"):
        keep_picture(page, Path(os.environ["SHOTS"]), name)


def test_a_form_goes_on_on_a_phone_and_the_kiosk_goes_on_with_its_answers(
    station: Station, resident: Resident, new_page: Callable[..., Page]
) -> None:
    kiosk = resident.page
    resident.find_the_allowance()
    resident.identify(Elder("周秀珍"))
    # Not sent yet: it goes along all the same.
    resident.choose("80至89周岁")
    resident.press("在手机上继续")
    look(kiosk, "kiosk handoff code")

    phone = Resident(new_page(viewport=PHONE, is_mobile=True, has_touch=True), station.terminal)
    phone.page.goto(read_off(kiosk))
    title = phone.page.locator("h1")
    expect(title).to_have_text("年龄档次")
    assert "#" not in phone.page.url
    expect(kiosk.locator("h1")).to_have_text(ON_THE_PHONE)
    progress = kiosk.locator("[data-lines]")
    expect(progress).to_contain_text("问题已答1个")
    look(kiosk, "kiosk handoff waiting")

    expect(phone.page.get_by_label("80至89周岁")).to_be_checked()
    phone.press("下一步")
    phone.page.get_by_label("村（社区）").select_option(index=5)
    phone.page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    phone.press("下一步")
    expect(progress).to_contain_text("问题已答2个")
    assert "花园浜" not in kiosk.content()
    phone.choose("是")
    phone.press("下一步")
    expect(progress).to_contain_text("问题已答3个")
    asked = title.inner_text()
    look(phone.page, "phone handoff question")

    phone.press("交回一体机继续")
    expect(title).to_have_text("已交回一体机")
    expect(kiosk.locator("h1")).to_have_text(asked)
    resident.follow("返回")
    resident.follow("返回")
    expect(kiosk.get_by_label("路名、楼栋和门牌")).to_have_value("花园浜12号")
