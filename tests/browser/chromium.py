"""A real Chromium, and what it complains about.

Knows nothing of the product. Neighbours: `conftest.py` makes fixtures of this, `resident.py` and
`clerk.py` are the people who sit before it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a browser notes about an answer that refuses a form: the page itself says what was wrong.
REFUSED_FORM = "the server responded with a status of 422"


@contextmanager
def chromium(*more: str, keeps_left_pages: bool = False) -> Iterator[Browser]:
    """Run Chromium. `keeps_left_pages`: pages are frozen for Back, as people's browsers do it."""
    without = ["--disable-back-forward-cache"] if keeps_left_pages else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*SWITCHES, *more],
            ignore_default_args=without,
        )
        yield browser
        browser.close()


def complaints_of(page: Page) -> list[str]:
    """A list that grows with everything the console shows in red from now on."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and REFUSED_FORM not in message.text:
            found.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
