"""Searching while one types, and the same page where no script runs."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import assert_well_drawn
from tests.browser.station import Station

pytestmark = pytest.mark.browser


@pytest.fixture
def page(station: Station, new_page: Callable[..., Page]) -> Page:
    """The search page on a phone."""
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{station.terminal}/search", wait_until="networkidle")
    return page


def names(page: Page) -> list[str]:
    """The hits that are seen, in order."""
    return page.locator("[data-hits]:visible .cell__name").all_inner_texts()


@pytest.mark.parametrize("query", ["ylbx", "失业保险斤", "生孩子", "医保 报消", "legal aid"])
def test_typing_shows_what_the_server_would(station: Station, page: Page, query: str) -> None:
    page.get_by_role("searchbox").press_sequentially(query)
    expect(page.locator("[data-hits]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q="))
    typed = names(page), page.get_by_role("status").inner_text()
    notes = page.locator("[data-hits] .cell__note").all_inner_texts()
    links = [each.get_attribute("href") for each in page.locator("[data-hits] a").all()]
    page.reload()
    assert (names(page), page.get_by_role("status").inner_text()) == typed
    assert page.locator("[data-hits] .cell__note").all_inner_texts() == notes
    assert [each.get_attribute("href") for each in page.locator("[data-hits] a").all()] == links
    assert_well_drawn(page)


def test_nothing_found_gives_advice_and_clearing_takes_it_back(page: Page) -> None:
    box, advice = page.get_by_role("searchbox"), page.locator("[data-advice]")
    box.fill("xyzzyq")
    expect(advice).to_be_visible()
    expect(page.get_by_role("status")).not_to_be_empty()
    assert names(page) == []
    box.fill("")
    expect(advice).to_be_hidden()
    expect(page.get_by_role("status")).to_be_empty()


def test_a_hit_leads_to_its_guide_and_back_to_the_hits(page: Page) -> None:
    page.get_by_role("searchbox").fill("尊老斤")
    page.locator("[data-hits] a").first.click()
    expect(page).to_have_url(re.compile("/items/MZ-006$"))
    page.go_back()
    expect(page.locator("[data-hits] .cell__name").first).to_contain_text("尊老金")


def test_the_index_is_asked_for_once(page: Page) -> None:
    page.goto(f"{page.url}?q=ylbx", wait_until="networkidle")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => "
        "each.name.includes('search-index')).map((each) => each.transferSize)"
    )
    assert sizes == [0]


def test_without_scripts_the_button_asks_the_server(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto(f"{station.terminal}/search")
    page.get_by_role("searchbox").fill("失业保险斤")
    page.get_by_role("button", name="搜索").click()
    assert names(page)[0] == "失业保险金申领"


def test_where_the_index_does_not_come_the_button_still_asks(
    station: Station, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.route("**/search-index/**", lambda route: route.fulfill(status=204))
    page.goto(f"{station.terminal}/search", wait_until="networkidle")
    page.get_by_role("searchbox").fill("ylbx")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("[data-hits] a").first).to_be_visible()
