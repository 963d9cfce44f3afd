"""A tablet through a day without a network: nothing is lost, nothing comes twice.

The network is off twice over: Chromium is told so, and the terminal's process is stopped. The
browser is killed where it hurts. At the end every case is at the terminal once, with the pictures'
very bytes, and goes on to the hall.
"""

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Error, Playwright, Route, expect

from kiosk.receipts import qr
from tests.browser import looking, measuring
from tests.browser.arriving import arrived, digests_at, pictures_of, unclaimed_at
from tests.browser.resident import Elder
from tests.browser.station import Station
from tests.browser.tablet import Tablet, pairing_code
from tests.browser.waiting import wait_until
from tests.builders.definitions import written
from tests.builders.platforms import run_kiosk
from tests.builders.releases import renamed

pytestmark = pytest.mark.browser

CASES, MANY = 6, 50
MOST_TRIES = 5
DIGESTS = """() => new Promise((done, fail) => {
  const request = indexedDB.open("tablet");
  request.onerror = fail;
  request.onsuccess = () => {
    const all = request.result.transaction("pictures").objectStore("pictures").getAll();
    all.onsuccess = () => done(all.result.map((each) => each.sha256));
  };
})"""

LEASED = """() => new Promise((done) => {
  const request = indexedDB.open("tablet");
  request.onsuccess = () => {
    const count = request.result.transaction("numbers").objectStore("numbers").count();
    count.onsuccess = () => done(count.result);
  };
})"""


@pytest.fixture(scope="module")
def tablet(
    station: Station,
    browser: Browser,
    playwright: Playwright,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tablet]:
    """A tablet of the station, signed in and unlocked; the station is there again at the end."""
    account = station.platform.accounts["staff"]
    made = Tablet(playwright, tmp_path_factory.mktemp("tablet"), station.terminal)
    made.start()
    made.pair(pairing_code(browser, station.terminal, account))
    made.sign_in(account)
    made.choose_a_pin()
    wait_until(lambda: made.page.evaluate(LEASED) >= CASES)
    # A browser writes its cookies down now and then, and at its end for sure.
    made.stop()
    made.start()
    assert made.context
    measuring.bring_axe(made.context)
    made.open()
    made.unlock()
    expect(made.page.locator("#q")).to_be_visible()
    yield made
    made.stop()
    station.open()


def test_its_home_page_is_accessible_with_targets_that_an_old_finger_hits(tablet: Tablet) -> None:
    page = tablet.page
    # Colours change at once, and not while axe looks.
    page.emulate_media(reduced_motion="reduce")
    for size, target, text in (
        ("", measuring.FINGER, measuring.SMALLEST),
        ("large", measuring.OLD_FINGER, measuring.SMALLEST_LARGE),
    ):
        measuring.wear(page, size=size)
        assert measuring.sizes_amiss(page, target=target, text=text) == []
        assert looking.what_does_not_fit(page) == []
    measuring.wear(page, theme="dark")
    assert measuring.axe_findings(page, measuring.CONTRAST) == []
    measuring.wear(page)
    assert measuring.axe_findings(page) == []
    # An app has its tabs above and nothing below.
    assert measuring.tree_amiss(page) == ["no landmark contentinfo"]


def test_a_day_without_a_network(station: Station, tablet: Tablet) -> None:
    a_day_without_a_network(station, tablet, CASES)


def test_five_wrong_pins_leave_everything_and_want_the_station(
    station: Station, tablet: Tablet
) -> None:
    tablet.begin()
    tablet.page.locator("[name='q.name']").fill("王五妹")
    tablet.press("锁定")
    for left in range(MOST_TRIES - 1, 0, -1):
        tablet.unlock("000000")
        expect(tablet.page.locator("[data-wrong]")).to_contain_text(str(left))
    tablet.unlock("000000")
    # Whoever finds it locked gets no further without a password, however young the session was.
    expect(tablet.page.locator("#username")).to_be_visible()
    tablet.sign_in(station.platform.accounts["staff"])
    tablet.choose_a_pin()
    tablet.go("#/drafts")
    tablet.page.locator(".queued__link", has_text="王").click()
    expect(tablet.page.locator("[name='q.name']")).to_have_value("王五妹")


def test_a_storage_that_was_cleared_is_told_before_anything_else(
    station: Station, tablet: Tablet
) -> None:
    page = tablet.page
    page.goto("about:blank")
    # As a browser does when the disk is full: all of a site's storage at once, and no cookie.
    page.context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": station.terminal, "storageTypes": "indexeddb"}
    )
    tablet.open()
    expect(page.locator(".gate .banner_stop")).to_contain_text("清空了这台平板的存储")
    tablet.press("知道了")
    tablet.sign_in_again(station.platform.accounts["staff"])
    tablet.choose_a_pin()
    expect(page.locator(".state_up")).to_be_visible()


def test_what_the_station_refuses_is_corrected_under_its_number(
    station: Station, tablet: Tablet
) -> None:
    """The tablet's clock is a year fast, so that somebody seems to be old enough."""
    assert tablet.context
    page, young = tablet.page, Elder("赵小年", born_years_ago=79)
    # Another test may have cleared the tablet's storage just before.
    wait_until(lambda: page.evaluate(LEASED) > 0)
    tablet.context.set_offline(True)
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=366))
    number = tablet.apply(young, 300)
    page.clock.set_system_time(datetime.now(UTC))
    tablet.context.set_offline(False)
    expect(page.locator("[data-where]")).to_contain_text("需要处理", timeout=60_000)
    tablet.go("#/queue")
    line = page.locator(".queued__line", has_text=number)
    expect(line.locator("[data-error]")).to_contain_text("80")
    line.get_by_role("button", name="打开修改").click()
    # Its receipt is out: it counts until it is handed in again.
    expect(page.locator("[data-count=queue]")).to_have_text("1")
    tablet.fill(young, Elder("赵小年").id_number)
    expect(page.locator("h1")).to_have_text("年龄和住处")
    for words in ("保存并继续", "去核对"):
        tablet.press(words)
    assert tablet.sign() == number
    arriving = re.compile("station|centre")
    expect(page.locator("[data-where]")).to_have_attribute("data-state", arriving, timeout=60_000)
    assert arrived(station, "terminal", [number]) == {number: 1}


def test_one_case_that_cannot_be_sent_keeps_no_other_back(station: Station, tablet: Tablet) -> None:
    assert tablet.context
    tablet.context.set_offline(True)
    broken, good = (
        tablet.apply(Elder(name), seed) for seed, name in ((310, "钱甲"), (311, "钱乙"))
    )

    def refused(route: Route) -> None:
        if broken in (route.request.post_data or ""):
            route.fulfill(status=500, content_type="application/problem+json", body="{}")
        else:
            route.continue_()

    tablet.page.route("**/tablet/cases", refused)
    tablet.context.set_offline(False)
    tablet.go("#/queue")
    lines = tablet.page.locator(".queued__line")
    expect(lines.filter(has_text=good).locator(".tag_good")).to_be_visible(timeout=60_000)
    assert arrived(station, "terminal", [broken, good]) == {good: 1}
    expect(lines.filter(has_text=broken).locator(".tag_due")).to_be_visible()
    tablet.page.unroute("**/tablet/cases")
    tablet.press("现在送出")
    expect(lines.filter(has_text=broken).locator(".tag_good")).to_be_visible(timeout=60_000)


def test_a_line_that_breaks_while_the_next_pictures_come_loses_and_doubles_nothing(
    station: Station, tablet: Tablet
) -> None:
    assert tablet.context
    page = tablet.page
    tablet.context.set_offline(True)
    numbers = [tablet.apply(Elder("吴丙"), seed) for seed in (290, 291, 292)]
    digests = page.evaluate(DIGESTS)
    unclaimed = unclaimed_at(station)
    first, lost = list[Route](), list[str | None]()

    def held(route: Route) -> None:
        first.append(route)
        if len(first) > 1:
            route.continue_()

    def unanswered(route: Route) -> None:
        """While the first case is on its way: the terminal has the picture, the tablet is not told."""
        if not first:
            route.continue_()
            return
        # With the first that fails the app breaks off the others.
        with suppress(Error):
            lost.append(route.fetch().headers.get("material-id"))
            route.abort()

    page.route("**/tablet/cases", held)
    page.route("**/tablet/uploads", unanswered)
    tablet.context.set_offline(False)
    tablet.go("#/queue")
    lines = page.locator(".queued__line")
    wait_until(lambda: page.evaluate("() => true") and first and lost, 60.0)
    first[0].continue_()
    expect(lines.filter(has_text=numbers[0]).locator(".tag_good")).to_be_visible(timeout=60_000)
    # Whose pictures had come before goes on; the last waits for one that nobody answered for.
    came = arrived(station, "terminal", numbers)
    assert numbers[0] in came and numbers[2] not in came
    page.unroute_all()
    all_are_there_once(station, tablet, numbers)
    assert digests_at(station) >= set(digests) and unclaimed_at(station) == unclaimed


def all_are_there_once(station: Station, tablet: Tablet, numbers: list[str]) -> None:
    lines = tablet.page.locator(".queued__line")
    for number in numbers:
        mine = lines.filter(has_text=number).locator(".tag_good")
        expect(mine).to_be_visible(timeout=60_000)
    assert arrived(station, "terminal", numbers) == dict.fromkeys(numbers, 1)
    assert pictures_of(station, numbers) == dict.fromkeys(numbers, 3)
    assert tablet.page.evaluate(DIGESTS) == []


@pytest.mark.soak
def test_a_long_day_without_a_network(station: Station, tablet: Tablet) -> None:
    a_day_without_a_network(station, tablet, MANY)


def a_day_without_a_network(station: Station, tablet: Tablet, cases: int) -> None:
    go_out(station, tablet)
    before = release_another(station)
    numbers, people = [], [Elder(f"李{'甲乙丙丁戊己庚辛壬癸'[n % 10]}英") for n in range(cases)]
    for seed, elder in enumerate(people):
        if seed == cases // 2:
            killed_in_the_middle_of_a_form(tablet, elder)
            tablet.answer()
            tablet.photograph(seed)
            numbers.append(tablet.sign())
        else:
            numbers.append(tablet.apply(elder, seed))
    expect(tablet.page.locator("[data-where]")).to_contain_text("还没有送到服务站")
    look_around(tablet)
    assert len(set(numbers)) == cases
    assert read(tablet.page.locator("[data-code]").screenshot()) == "receipt"
    digests = tablet.page.evaluate(DIGESTS)
    # Two papers and a signature each; two signatures may be alike.
    assert len(digests) == 3 * cases and len(set(digests)) > 2 * cases

    tablet.kill()
    come_back(station, tablet)
    expect(tablet.page.locator("[data-lines] .tag_good")).to_have_count(cases, timeout=120_000)
    assert tablet.page.evaluate(DIGESTS) == []
    assert arrived(station, "terminal", numbers) == dict.fromkeys(numbers, 1)
    assert pictures_of(station, numbers) == dict.fromkeys(numbers, 3)
    assert digests_at(station) >= set(digests)
    wait_until(lambda: arrived(station, "hall", numbers) == dict.fromkeys(numbers, 1))
    for role in ("terminal", "hall"):
        verified = run_kiosk("verify", "--data", str(station.folder / role))
        assert verified.returncode == 0, verified.stdout + verified.stderr
    address = f"{station.terminal}/api/v1/items/WJ-010"
    wait_until(lambda: urllib3.request("GET", address).json()["release"] != before)
    announced_and_taken_over_when_somebody_says_so(tablet)


def look_around(tablet: Tablet) -> None:
    """Keep pictures of what there is in the middle of such a day, if they are wanted."""
    if not os.environ.get("SHOTS"):
        return
    tablet.look("receipt")
    here = tablet.page.url
    for name, address in (
        ("home", "#/"),
        ("guide", "#/item/MZ-006"),
        ("queue", "#/queue"),
        ("work", "#/work"),
        ("drafts", "#/drafts"),
    ):
        tablet.go(address)
        expect(tablet.page.locator("main")).to_be_visible()
        tablet.look(name)
    tablet.page.goto(here)


def announced_and_taken_over_when_somebody_says_so(tablet: Tablet) -> None:
    """See that another release waits while a form is open, and that the form goes on with it."""
    page = tablet.page
    tablet.begin()
    page.locator("[name='q.name']").fill("孙大民")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    notice = page.locator("[data-notices]", has_text="新版本")
    expect(notice).to_be_visible(timeout=60_000)
    expect(page.locator("[name='q.name']")).to_have_value("孙大民")
    with page.expect_navigation():
        tablet.press("现在换用")
    tablet.unlock()
    expect(page.locator("[name='q.name']")).to_have_value("孙大民")
    expect(page.locator("[data-problems]")).to_contain_text("新版本")


def release_another(station: Station) -> str:
    """Let the hall make another release; return the hash of the one before."""
    before = written()
    content = renamed(before, "WJ-010")
    file = station.folder / f"{hashlib.sha256(content).hexdigest()}.json"
    file.write_bytes(content)
    hall = {**os.environ, "KIOSK_DATA_DIR": str(station.folder / "hall")}
    command = [Path(sys.executable).with_name("kiosk"), "catalogue", "release", str(file)]
    subprocess.run(command, env=hall, check=True, capture_output=True)
    return before.release


def killed_in_the_middle_of_a_form(tablet: Tablet, elder: Elder) -> None:
    """See that what was typed last is there after a kill, and go on with it."""
    tablet.begin()
    tablet.page.locator("[name='q.name']").fill(elder.name)
    tablet.page.locator("[name='q.phone']").fill("13862270012")
    tablet.page.wait_for_function("() => performance.getEntriesByName('draft_save').length > 2")
    tablet.kill()
    tablet.start(offline=True)
    tablet.open()
    tablet.unlock()
    tablet.go("#/drafts")
    tablet.page.locator(".queued__link").click()
    expect(tablet.page.locator("[name='q.name']")).to_have_value(elder.name)
    expect(tablet.page.locator("[name='q.phone']")).to_have_value("13862270012")
    tablet.fill(elder)


def read(drawn: bytes) -> str | None:
    """What kind of our own codes a picture shows."""
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)))
    found = qr.parse(code.text)
    return found and found.kind


def go_out(station: Station, tablet: Tablet) -> None:
    assert tablet.context
    tablet.context.set_offline(True)
    station.close()


def come_back(station: Station, tablet: Tablet) -> None:
    """Be in the station's network again, open the app and sign in, as the station wants it."""
    station.open()
    tablet.start()
    tablet.open()
    tablet.unlock()
    tablet.go("#/queue")
    page = tablet.page
    asked_or_sent = page.locator("#username:visible, .tag_good:visible").first
    expect(asked_or_sent).to_be_visible(timeout=60_000)
    if page.locator("#username").is_visible():
        tablet.sign_in(station.platform.accounts["staff"])
