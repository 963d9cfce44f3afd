"""Staff help a resident: the banner is on the form until it ends; a parcel goes on its way."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.resident import Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "tablet": (768, 1024), "wide": (1024, 768), "kiosk": (1080, 1920)}


def test_the_banner_stays_on_the_form_until_the_help_ends_and_a_parcel_is_recorded(
    station: Station, new_page: Callable[..., Page]
) -> None:
    agent = Resident(new_page(viewport={"width": 1024, "height": 768}), station.terminal)
    page, account = agent.page, station.platform.accounts["staff"]
    agent.open("/staff/sign-in")
    page.locator("#username").fill(account["username"])
    page.locator("#password").fill(account["password"])
    agent.press("登录")
    agent.follow("帮代办服务")
    look_at(page, "desk")

    begin_help(agent)
    banner = page.locator(".banner_helping")
    expect(banner).to_contain_text("陈**")
    look_at(page, "banner in a form")
    agent.open("/")
    expect(banner).to_contain_text("陈**")
    agent.press("结束代办")
    expect(banner).to_have_count(0)
    assert "陈桂英" not in agent.text()

    book_a_visit(agent)
    look_at(page, "visit")
    agent.open("/staff/help/visits")
    look_at(page, "days list")
    agent.open("/staff/help/new/express")
    agent.press("记录")
    expect(page.locator(".wrong")).to_be_focused()
    look_at(page, "express with slips")
    agent.open("/staff/help/new/early")
    page.get_by_label("办理事项").select_option("GJ-101")
    page.get_by_label("居民姓名").fill("王芳")
    page.get_by_label("联系电话").fill("13862270011")
    page.get_by_label("咨询内容").fill("先办哪一项？")
    agent.press("记录")
    look_at(page, "record")
    agent.open("/staff/help/tally")
    look_at(page, "tally")


def begin_help(agent: Resident) -> None:
    """Consent by a signature that is drawn with a finger."""
    page = agent.page
    agent.open("/items/MZ-006")
    agent.follow("为居民帮代办")
    agent.choose("居民本人当面委托")
    page.get_by_label("居民姓名").fill("陈桂英")
    page.get_by_label("居民身份证号").fill("320582194003121225")
    page.get_by_label("联系电话").fill("13862270011")
    here = page.get_by_text("在场", exact=True)
    page.locator("label.option", has=here).click()
    agent.press("记录并开始填表")
    expect(page.locator(".wrong")).to_contain_text("居民怎样同意的")
    agent.choose("签名同意")
    look_at(page, "begin")
    box = page.locator(".pad canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(box["x"] + 40 + 12 * step, box["y"] + 60 + (20 if step % 2 else 0))
    page.mouse.up()
    agent.press("记录并开始填表")


def book_a_visit(agent: Resident) -> None:
    page = agent.page
    agent.open("/staff/help/visits/new")
    page.get_by_label("时间").fill("9:30")
    page.get_by_label("村（社区）").select_option(index=5)
    page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    page.get_by_label("联系电话").fill("13862270011")
    page.get_by_label("第1位居民姓名").fill("陈桂英")
    page.get_by_label("第1位办理事项").select_option("MZ-006")
    look_at(page, "visit form")
    agent.press("预约")


def look_at(page: Page, name: str) -> None:
    """See that it is well drawn; with SHOTS every size is kept to be looked at."""
    sizes = SIZES if os.environ.get("SHOTS") else {"wide": SIZES["wide"]}
    for size, (width, height) in sizes.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_well_drawn(page)
        if os.environ.get("SHOTS"):
            keep_picture(page, Path(os.environ["SHOTS"]), f"{size} help {name}")
    page.set_viewport_size({"width": 1024, "height": 768})
