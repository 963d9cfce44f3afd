"""Who comes next to a shared screen finds nothing of who was there before."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright

from tests.browser.chromium import chromium
from tests.browser.resident import CODE, Elder, Resident
from tests.browser.station import Station
from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser

ELDER = Elder("周秀珍", phone="13862270099")

_KEPT = """async () => ({
  local: {...localStorage},
  session: {...sessionStorage},
  cookies: document.cookie,
  caches: await caches.keys(),
  databases: (await indexedDB.databases()).map((entry) => entry.name),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


@pytest.fixture(scope="module")
def as_people_have_it(playwright: Playwright) -> Iterator[Browser]:
    """A browser that freezes pages for Back, which playwright's usual one does not."""
    with chromium(playwright, keeps_left_pages=True) as running:
        yield running


@pytest.fixture
def resident(
    station: Station, new_page: Callable[..., Page], as_people_have_it: Browser
) -> Resident:
    return Resident(new_page(as_people_have_it), station.terminal)


def test_after_finishing_back_and_storage_show_nothing_of_the_resident(resident: Resident) -> None:
    resident.find_the_allowance()
    resident.identify(ELDER, ELDER.mistyped_id_number)
    resident.identify(ELDER)
    resident.answer_the_questions()
    resident.hand_in_the_materials()
    resident.hand_in()
    number = resident.case_number()
    picture = resident.page.locator(".receipt__code img").get_attribute("src")
    resident.press("办好了，清除并退出")
    resident.page.wait_for_url(f"{resident.address}/")

    secrets = (ELDER.name, ELDER.id_number, ELDER.phone, "花园浜", number, ELDER.id_number[-4:])
    assert storage(resident.page) == {
        "local": {},
        "session": {},
        "cookies": "",
        "caches": [],
        "databases": [],
        "workers": 0,
    }
    pages = list(pages_behind(resident.page))
    assert len(pages) > 8
    for content in pages:
        assert not [secret for secret in secrets if secret in content]
    for path in (picture, f"/items/{CODE}/apply/check", "/progress/case"):
        content = resident.page.request.get(f"{resident.address}{path}").text()
        assert not [secret for secret in secrets if secret in content]


def storage(page: Page) -> dict[str, object]:
    kept: dict[str, object] = page.evaluate(_KEPT)
    return kept


def pages_behind(page: Page) -> Iterator[str]:
    """Press Back as often as it leads anywhere; yield what each page holds, typed text included."""
    browser = page.context.new_cdp_session(page)
    for _ in range(browser.send("Page.getNavigationHistory")["currentIndex"] - 1):
        try:
            # A frozen page comes back as it was left: it does not load.
            page.go_back(wait_until="commit", timeout=20_000)
            wait_until(lambda: page.evaluate("document.readyState") == "complete", 20.0)
        except Error as error:
            # The browser's own page: it will not send a form again without being asked to.
            assert "ERR_CACHE_MISS" in str(error), error
            page.wait_for_url(re.compile("^chrome-error:"))
        typed = page.evaluate("[...document.querySelectorAll('input')].map((i) => i.value)")
        yield page.content() + " ".join(typed)
