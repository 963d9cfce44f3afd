"""Without a mouse, by night: the pages can be used all the same.

What is measured on every screen is in `test_screens.py`; here are the ways through some of them.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking, measuring
from tests.browser.resident import ALLOWANCE, CODE, Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

# What has the focus, and whether that is seen: an outline, or the ring of lamplight around it.
_FOCUS = """() => {
  const focused = document.activeElement;
  const drawn = [focused, focused.nextElementSibling, focused.closest(".find")].filter(Boolean);
  const box = focused.getBoundingClientRect();
  return {
    name: (focused.innerText || focused.getAttribute("aria-label") || focused.name || "").trim(),
    seen: drawn.some((element) => {
      const style = getComputedStyle(element);
      return style.outlineStyle !== "none" || style.boxShadow.includes("rgb(244, 183, 64)");
    }) && box.bottom > 0 && box.top < innerHeight,
  };
}"""
MOST_TABS = 80
LOOKS: tuple[dict[str, str], ...] = (
    {},
    {"theme": "dark"},
    {"size": "large"},
    {"size": "large", "theme": "dark"},
)


def tab_to(page: Page, words: str) -> None:
    """Press Tab until something with these words has the focus; every stop must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        assert focus["seen"], f"{focus['name']} has the focus and does not show it"
        if words in focus["name"]:
            return
    raise AssertionError(f"{words} is not reached by the keyboard")


def go(page: Page, words: str, address: str) -> None:
    """Reach `words` by the keyboard, press Enter and arrive at `address`."""
    tab_to(page, words)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(address))


def test_from_home_to_the_first_question_and_back_by_keyboard_alone(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768}, reduced_motion="reduce")
    page.goto(station.terminal)
    tab_to(page, "跳到正文")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "q")
    page.keyboard.type("zunlaojin")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    go(page, ALLOWANCE, f"/items/{CODE}$")
    go(page, "开始办理", "/identify$")
    go(page, "返回", f"/items/{CODE}$")


def test_the_style_guide_shows_every_part_accessibly_in_every_look(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768}, reduced_motion="reduce")
    measuring.bring_axe(page.context)
    answer = page.goto(f"{station.terminal}/styleguide")
    assert answer
    assert answer.header_value("x-robots-tag") == "noindex"
    for look in LOOKS:
        measuring.wear(page, **look)
        assert measuring.axe_findings(page) == [], look
        assert looking.what_does_not_fit(page) == [], look
    assert measuring.tree_amiss(page) == []


def test_figures_are_pressed_into_their_field(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto(f"{station.terminal}/styleguide")
    keys = page.locator("[data-keypad=keypad-zh-in]")
    for key in ("1", "2", "删除一位", "0", "X"):
        keys.get_by_role("button", name=key, exact=True).click()
    expect(page.locator("#keypad-zh-in")).to_have_value("10X")


def test_night_follows_the_device_but_not_at_a_kiosk_and_may_be_chosen(
    station: Station, new_page: Callable[..., Page]
) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    phone = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    resident = Resident(phone, station.terminal)
    resident.open("/")
    night = phone.evaluate(colour)
    resident.press("浅色")
    day = phone.evaluate(colour)
    assert day != night
    kiosk = new_page(color_scheme="dark")
    resident = Resident(kiosk, station.terminal)
    resident.open("/")
    assert kiosk.evaluate(colour) == day
    resident.press("深色")
    assert kiosk.evaluate(colour) == night
