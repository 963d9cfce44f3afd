"""The running platform, Chromium, and people at its screens.

One platform for each test process; a test that cuts the line restores it. Chromium runs for one
file of tests, because playwright's event loop must not stay open under other tests.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from kiosk.cli import platform
from tests.browser.chromium import WINDOWLESS, chromium, complaints_of
from tests.browser.resident import Resident
from tests.browser.station import Station
from tests.builders.platforms import lay_databases

KIOSK = {"width": 1080, "height": 1920}

#: Milliseconds that a page may take. Chromium writes a canvas as JPEG in its idle time and forces
#: itself to only after seconds, so that on a busy machine a photograph leaves late.
PATIENCE = 20_000
#: And until a page is there at all: a printed one may be drawn first, by a process of its own.
ON_THE_WAY = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("platform")
    lay_databases(folder, migrated_sqlite, "hall", "terminal")
    ports = platform.free_port(), platform.free_port()
    with platform.running(folder, *ports) as running:
        yield Station(running, folder)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, program=WINDOWLESS) as running:
        yield running


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages in contexts of their own; at the end nothing may be red in their consoles."""
    complaints: list[list[str]] = []
    with ExitStack() as afterwards:

        def make(where: Browser = browser, **options: Any) -> Page:
            context = where.new_context(**{"viewport": KIOSK, "locale": "zh-CN", **options})
            afterwards.callback(context.close)
            context.set_default_timeout(PATIENCE)
            context.set_default_navigation_timeout(ON_THE_WAY)
            page = context.new_page()
            complaints.append(complaints_of(page))
            return page

        yield make
    assert [text for found in complaints for text in found] == []


@pytest.fixture
def resident(station: Station, new_page: Callable[..., Page]) -> Resident:
    """Somebody at the kiosk."""
    return Resident(new_page(), station.terminal)
