"""Back, in a browser that freezes the pages left: an answer can be changed like any other."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.resident import Elder, Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser

QUESTION = "老人现在住在户籍地址吗？"


@pytest.fixture(scope="module")
def as_people_have_it(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, keeps_left_pages=True) as running:
        yield running


def test_an_answer_changed_after_going_back_is_not_taken_for_another_windows(
    station: Station, new_page: Callable[..., Page], as_people_have_it: Browser
) -> None:
    resident = Resident(new_page(as_people_have_it), station.terminal)
    resident.find_the_allowance()
    resident.identify(Elder("周秀珍"))
    title = resident.page.locator("h1")
    resident.choose("80至89周岁")
    resident.press("下一步")
    resident.page.get_by_label("村（社区）").select_option(index=5)
    resident.page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    resident.press("下一步")
    expect(title).to_have_text(QUESTION)
    fresh = resident.page.locator("input[name=seen]").get_attribute("value")
    resident.choose("是")
    resident.press("下一步")
    expect(title).not_to_have_text(QUESTION)
    resident.page.go_back(wait_until="commit")
    expect(title).to_have_text(QUESTION)
    expect(resident.page.locator("input[name=seen]")).not_to_have_value(fresh or "")
    resident.choose("否")
    resident.press("下一步")
    expect(title).not_to_have_text(QUESTION)
