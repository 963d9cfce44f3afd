"""Staff at a tablet: a whole section on one page, whose questions come and go as one answers."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.resident import Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

WHOLE = "/items/MZ-001/apply/sections"
SIZES = {"phone": (390, 844), "tablet": (1024, 768), "kiosk": (1080, 1920)}


def test_what_is_not_asked_disappears_at_once_and_all_sections_are_well_drawn(
    station: Station, new_page: Callable[..., Page]
) -> None:
    clerk = Resident(new_page(viewport={"width": 1024, "height": 768}), station.terminal)
    page, account = clerk.page, station.platform.accounts["staff"]
    clerk.open("/staff/sign-in")
    page.locator("#username").fill(account["username"])
    page.locator("#password").fill(account["password"])
    clerk.press("登录")
    clerk.open("/items/MZ-001")
    clerk.press("开始办理")
    expect(page.locator("h1")).to_have_text("申请人")
    expect(page.locator("[name='q.name']")).to_be_focused()
    look_at(page, "applicant")

    clerk.open(f"{WHOLE}/finances")
    income = page.locator("[data-asks=monthly_income]")
    clerk.choose("没有收入")
    expect(income).to_be_hidden()
    clerk.choose("没有收入")
    clerk.choose("工资或打零工")
    expect(income).to_be_visible()
    page.get_by_label("家庭月总收入（元）").fill("1,200")
    clerk.choose("只有自住的一套房")
    page.get_by_label("家庭月总收入（元）").press("Enter")
    expect(page.locator("h1")).to_have_text("困难情况")
    look_at(page, "hardship")

    clerk.open(f"{WHOLE}/family")
    page.get_by_label("村（社区）").select_option(index=5)
    page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    page.get_by_label("共同生活家庭成员人数").fill("3")
    page.get_by_label("共同生活家庭成员人数").press("Enter")
    expect(page.locator("h1")).to_have_text("共同生活的家庭成员")
    expect(page.locator("[name='q.0.name']")).to_be_focused()
    clerk.press("保存并继续")
    expect(page.locator(".wrong")).to_be_focused()
    look_at(page, "household")

    half_filled_it_goes_along_to_the_phone(clerk)


def half_filled_it_goes_along_to_the_phone(clerk: Resident) -> None:
    """See that what was not sent yet is kept when the form is handed off, with a question open."""
    page = clerk.page
    clerk.open(f"{WHOLE}/family")
    page.get_by_label("路名、楼栋和门牌").fill("花园浜14号")
    page.get_by_label("共同生活家庭成员人数").fill("")
    clerk.press("在手机上继续")
    expect(page.locator(".tophone__letters")).to_be_visible()
    clerk.open(f"{WHOLE}/family")
    expect(page.get_by_label("路名、楼栋和门牌")).to_have_value("花园浜14号")


def look_at(page: Page, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_well_drawn(page)
        if os.environ.get("SHOTS"):
            keep_picture(page, Path(os.environ["SHOTS"]), f"{size} section {name}")
    page.set_viewport_size({"width": 1024, "height": 768})
