"""A real Chromium, and what it complains about.

Debian builds two programs of it. The whole browser keeps left pages and has a camera; the one
without windows draws and runs pages by the same engine and takes two thirds of the processor time.
Knows nothing of the product. Neighbours: `conftest.py` makes fixtures of this, `resident.py` and
`clerk.py` are the people who sit before it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a browser notes about an answer that refuses a form or a person, knows no such page, or finds
# that somebody else was quicker: the page itself says what was wrong.
SAID_BY_THE_PAGE = tuple(f"responded with a status of {code}" for code in (401, 404, 409, 422))


WHOLE = "/usr/bin/chromium"
#: Not every system has it apart.
WINDOWLESS = shutil.which("chromium-headless-shell") or WHOLE


@contextmanager
def chromium(
    playwright: Playwright, *more: str, program: str = WHOLE, keeps_left_pages: bool = False
) -> Iterator[Browser]:
    """Run Chromium. `keeps_left_pages`: pages are frozen for Back, as people's browsers do it."""
    browser = playwright.chromium.launch(
        executable_path=program,
        args=[*SWITCHES, *more],
        ignore_default_args=["--disable-back-forward-cache"] if keeps_left_pages else [],
    )
    yield browser
    browser.close()


def complaints_of(page: Page) -> list[str]:
    """A list that grows with everything the console shows in red from now on."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        is_page = message.location.get("url") == page.url
        said = is_page and any(answer in message.text for answer in SAID_BY_THE_PAGE)
        if message.type == "error" and not said:
            found.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
