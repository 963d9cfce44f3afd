"""A tablet without a network: how soon its app is there, how soon a form, how much it keeps, and how
long a full day's cases take to the terminal.

A real Chromium, its processor slowed down six times where a slow tablet counts. The terminal's
process is stopped while the tablet is out. Neighbour: `tests/browser/tablet.py` is who works on it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from kiosk.cli import platform
from tests.bench import waiting
from tests.bench.figure import Figure, Watch, percentile
from tests.browser.chromium import chromium
from tests.browser.station import Station
from tests.browser.tablet import Tablet, pairing_code
from tests.browser.waiting import wait_until

STARTS = 5
SLOWER = 6
CASES = 200
_LIMIT_SECONDS = 600.0
KEPT = "async () => (await navigator.storage.estimate()).usageDetails.caches"
TIMES = "(name) => performance.getEntriesByName(name).map((each) => each.duration)"
OPENED = "(number) => performance.getEntriesByName('offline_form').length > number"
LEFT = """() => new Promise((done) => {
  const request = indexedDB.open("tablet");
  request.onsuccess = () => {
    const all = request.result.transaction("queue").objectStore("queue").getAll();
    all.onsuccess = () => done(all.result.filter((each) => each.state !== "sent").length);
  };
})"""


def offline() -> Iterator[Figure]:
    """Start, open every form and type, with no network."""
    with _tablet() as (station, tablet):
        kept = tablet.page.evaluate(KEPT)
        yield Figure("offline_cache_bytes", kept, "bytes", 1, "Chromium's count of its caches")
        _go_out(station, tablet)
        watch, starts = Watch.start(), [_start(tablet) for _ in range(STARTS)]
        conditions = f"processor {SLOWER} times slower, new browser each time, to the PIN; worst"
        conditions += f" {max(starts):.0f} ms; {watch.others(0.0)} (our own counted)"
        yield Figure("offline_start", percentile(starts, 0.5), "ms", STARTS, conditions)
        tablet.unlock()
        yield from _forms(tablet)
        yield from _typing(tablet)


def drain() -> Iterator[Figure]:
    """Make a day's cases, two photographs each, and send them."""
    with _tablet() as (station, tablet):
        _go_out(station, tablet)
        waiting.fill(tablet, CASES)
        tablet.go("#/queue")
        station.open()
        watch = Watch.start()
        assert tablet.context
        tablet.context.set_offline(False)
        wait_until(lambda: tablet.page.evaluate(LEFT) == 0, _LIMIT_SECONDS)
        conditions = f"with {2 * CASES} photographs, loopback; {watch.others(0.0)} (ours counted)"
        yield Figure("tablet_drain", round(watch.seconds(), 1), "s", CASES, conditions)


def _start(tablet: Tablet) -> float:
    """Open the app in a new browser, slowed down; return the milliseconds until it can be used."""
    tablet.stop()
    tablet.start(offline=True)
    _slow_down(tablet, SLOWER)
    tablet.open()
    expect(tablet.page.locator("#pin")).to_be_visible()
    painted: float = tablet.page.evaluate("() => performance.now()")
    return round(painted)


def _forms(tablet: Tablet) -> Iterator[Figure]:
    page = tablet.page
    watch = Watch.start()
    codes = _codes(tablet)
    for code in codes:
        tablet.go(f"#/item/{code}")
        expect(page.locator("[data-start]")).to_be_visible()
        tablet.press("开始填写")
        expect(page.locator("form.grouped")).to_be_visible()
    # From the list of drafts each is another one than the last: nothing of it is at hand.
    tablet.go("#/drafts")
    expect(page.locator(".queued__link")).to_have_count(len(codes))
    links = page.locator(".queued__link").evaluate_all("(all) => all.map((each) => each.hash)")
    page.evaluate("() => performance.clearMeasures()")
    for number, address in enumerate(links):
        tablet.go(address)
        page.wait_for_function(OPENED, arg=number)
    waits = page.evaluate(TIMES, "offline_form")
    conditions = f"slowest of all forms of the release, processor {SLOWER} times slower;"
    yield Figure(
        "offline_form",
        round(max(waits)),
        "ms",
        len(waits),
        f"{conditions} middle {percentile(waits, 0.5):.0f} ms; {watch.others(0.0)} (ours counted)",
    )


def _typing(tablet: Tablet) -> Iterator[Figure]:
    """Type as somebody does who types fast: each letter is a change, and each change is saved."""
    page = tablet.page
    _slow_down(tablet, 1)
    tablet.begin()
    page.evaluate("() => performance.clearMeasures()")
    watch = Watch.start()
    page.locator("[name='q.name']").press_sequentially("abcdefghij" * 10, delay=80)
    saves: list[float] = page.evaluate(TIMES, "draft_save")
    told = f"sealed and on the disk, p99 {percentile(saves, 0.99):.0f} ms, {watch.others(0.0)}"
    yield Figure("draft_save", round(percentile(saves, 0.5), 1), "ms", len(saves), told)


def _slow_down(tablet: Tablet, rate: int) -> None:
    assert tablet.context
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})


def _codes(tablet: Tablet) -> list[str]:
    found: list[str] = tablet.page.evaluate(
        """async () => {
          const all = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const keys = (await Promise.all(all.map((each) => each.keys()))).flat();
          const paths = keys.map((each) => new URL(each.url).pathname.split("/"));
          const forms = paths.filter((each) => each[2] === "forms" && each[4] === "zh");
          return forms.map((each) => each[5]);
        }"""
    )
    return found


@contextmanager
def _tablet() -> Iterator[tuple[Station, Tablet]]:
    """A platform, and a tablet of its station that is ready to go out."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        platform.running(Path(name), platform.free_port(), platform.free_port()) as running,
        sync_playwright() as playwright,
    ):
        station, account = Station(running, Path(name)), running.accounts["staff"]
        tablet = Tablet(playwright, Path(name) / "profile", running.terminal)
        with chromium(playwright) as browser:
            code = pairing_code(browser, running.terminal, account)
        tablet.start()
        tablet.pair(code)
        tablet.sign_in(account)
        tablet.choose_a_pin()
        expect(tablet.page.locator(".state_up")).to_be_visible()
        yield station, tablet
        tablet.stop()


def _go_out(station: Station, tablet: Tablet) -> None:
    assert tablet.context
    tablet.context.set_offline(True)
    station.close()
