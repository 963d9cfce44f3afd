"""The same pages where JavaScript is off or does not arrive."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.resident import Elder, Resident
from tests.browser.station import Station

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(station: Station, new_page: Callable[..., Page]) -> Resident:
    """Somebody on a phone whose browser runs no scripts."""
    page = new_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    return Resident(page, station.terminal, has_script=False)


def test_an_application_is_handed_in_and_found_again_by_its_picture(
    plain: Resident, tmp_path: Path
) -> None:
    number = plain.apply(Elder("钱阿宝"))
    code = plain.take_a_picture_of_the_code(tmp_path / "receipt.png")
    plain.press("办好了，清除并退出")
    plain.scan_the_picture(code)
    assert number in plain.text()


def test_what_needs_scripts_is_not_offered(plain: Resident) -> None:
    plain.open("/scan")
    expect(plain.page.locator("video")).to_be_hidden()
    plain.find_the_allowance()
    plain.identify(Elder("钱阿宝"))
    plain.answer_the_questions()
    plain.hand_in_the_materials()
    plain.follow("核对无误，去签名")
    expect(plain.page.locator("canvas")).to_be_hidden()
    expect(plain.page.get_by_text("不手写，我确认以上内容属实")).to_be_visible()
