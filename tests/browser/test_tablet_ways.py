"""The rarer ways of the tablets' app: the lock, two tabs, a full disk, no number left, a colleague.

One tablet goes through all of it; its clock is the test's, so that ten minutes pass at once. Every
case ends up at the terminal once. Neighbour: `test_tablet_offline.py` is the day without a network.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.resident import Elder, Resident
from tests.browser.station import Station
from tests.browser.tablet import Tablet, a_photograph, pairing_code
from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser

DETAIL = "花园浜12号"
ARRIVED = re.compile("station|centre")
STORED = """([store, verb]) => new Promise((done) => {
  const request = indexedDB.open("tablet");
  request.onsuccess = () => {
    const asked = request.result.transaction(store, "readwrite").objectStore(store)[verb]();
    asked.onsuccess = () => { request.result.close(); done(asked.result); };
  };
})"""

FILLED = """(bytes) => new Promise((done, fail) => {
  const noise = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
  const request = indexedDB.open("tablet");
  request.onsuccess = () => {
    const filling = request.result.transaction("plain", "readwrite");
    filling.objectStore("plain").put({ id: "filler", noise });
    filling.oncomplete = () => { request.result.close(); done(); };
    filling.onabort = () => fail(filling.error);
  };
})"""
ROOM = 24_000_000


@pytest.fixture(scope="module")
def tablet(
    station: Station,
    browser: Browser,
    playwright: Playwright,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tablet]:
    """A tablet of the station, signed in and unlocked."""
    account = station.platform.accounts["staff"]
    made = Tablet(playwright, tmp_path_factory.mktemp("tablet"), station.terminal)
    made.start()
    assert made.context
    made.context.clock.install()
    # Before anything is written: Chromium looks at its bounds every half a minute only.
    session = made.context.new_cdp_session(made.page)
    quota = {"origin": station.terminal, "quotaSize": ROOM}
    session.send("Storage.overrideQuotaForOrigin", quota)
    made.pair(pairing_code(browser, station.terminal, account))
    made.sign_in(account)
    made.choose_a_pin()
    wait_until(lambda: numbers_left(made))
    yield made
    made.stop()


@pytest.fixture
def clerk(station: Station, browser: Browser) -> Iterator[Resident]:
    """A member of staff, signed in at a screen of the station."""
    account = station.platform.accounts["staff"]
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(20_000)
    staff = Resident(context.new_page(), station.terminal)
    staff.open("/staff/sign-in")
    staff.page.locator("#username").fill(account["username"])
    staff.page.locator("#password").fill(account["password"])
    staff.press("登录")
    yield staff
    context.close()


def test_a_form_outlives_lock_second_tab_and_full_disk_and_is_on_the_work_list(
    station: Station, tablet: Tablet
) -> None:
    page, elder = tablet.page, Elder("周一妹")
    tablet.begin()
    page.locator("[name='q.name']").fill(elder.name)
    page.clock.fast_forward("10:01")
    tablet.unlock()
    expect(page.locator("[name='q.name']")).to_have_value(elder.name)
    # The lock has ended the session too; whoever wants to send signs in.
    address = page.evaluate("() => location.hash")
    tablet.go("#/queue")
    tablet.sign_in(station.platform.accounts["staff"])
    expect(page.locator("#username")).to_be_hidden()
    tablet.go(address)
    with another_tab(tablet) as other:
        expect(other.locator("h1")).to_have_text("这份表正在另一个标签页里填写。")
        other.get_by_role("button", name="改在这里填").click()
        expect(other.locator("[name='q.name']")).to_have_value(elder.name)
        expect(page.locator("h1")).to_have_text("这份表正在另一个标签页里填写。")
        other.locator("[name='q.phone']").fill(elder.phone)
        tablet.press("改在这里填")
        expect(page.locator("[name='q.phone']")).to_have_value(elder.phone)
    tablet.fill(elder)
    tablet.answer()
    with nearly_full(tablet):
        page.locator("input[type=file]").first.set_input_files(a_photograph(900))
        expect(page.locator("[data-refused]")).to_contain_text("不能再加照片")
        expect(page.locator("[data-notices]")).to_contain_text("存储空间快满了")
        tablet.go("#/item/MZ-006")
        expect(page.locator("[data-start]")).to_be_disabled()
        page.go_back()
    page.clock.fast_forward("00:30")
    tablet.photograph(450)
    number = tablet.sign()
    expect(page.locator("[data-where]")).to_have_attribute("data-state", ARRIVED)
    assert cases(station, number) == 1
    on_the_work_list_without_a_line(tablet, number)


def on_the_work_list_without_a_line(tablet: Tablet, number: str) -> None:
    """See that whoever handed it in has it on the list, which stays readable."""
    assert tablet.context
    line = tablet.page.locator(".queued__line", has_text=number)
    tablet.go("#/work")
    expect(line).to_contain_text("周**")
    tablet.context.set_offline(True)
    for address in ("#/", "#/work"):
        tablet.go(address)
    expect(line).to_contain_text("周**")
    tablet.context.set_offline(False)


def test_a_case_without_a_number_gets_one_and_is_sent_by_one_tab(
    station: Station, tablet: Tablet
) -> None:
    assert tablet.context
    page = tablet.page
    with another_tab(tablet) as other:
        other.evaluate("() => { location.hash = '#/queue'; }")
        page.bring_to_front()
        tablet.context.set_offline(True)
        page.evaluate(STORED, ["numbers", "clear"])
        assert tablet.apply(Elder("周二妹"), 451) == "已办妥，编号稍后给出"
        tablet.press("为同一家庭的另一人办理")
        page.locator(".grouped__to", has_text="年龄和住处").click()
        expect(page.locator("[name='q.registered_address-detail']")).to_have_value(DETAIL)
        before = cases(station)
        tablet.context.set_offline(False)
        first = other.locator(".queued__line", has_text="周**").first
        expect(first).to_contain_text(re.compile("[0-9]{15}"))
        expect(first.locator(".tag_good")).to_be_visible()
    wait_until(lambda: cases(station) == before + 1)


def test_a_number_that_the_station_does_not_know_is_replaced_and_a_colleague_sends(
    station: Station, tablet: Tablet
) -> None:
    assert tablet.context
    page, account = tablet.page, station.platform.accounts["staff"]
    tablet.context.set_offline(True)
    number = tablet.apply(Elder("吴三妹"), 452)
    ask(station, "DELETE FROM number_lease WHERE number = ?", number)
    with a_colleague_instead_of(station, account["username"]) as colleague:
        tablet.context.set_offline(False)
        expect(page.locator("[data-notices]")).to_contain_text("账号已停用")
        tablet.go("#/queue")
        tablet.sign_in({**account, "username": colleague})
        line = page.locator(".queued__line", has_text="吴**")
        expect(line.locator(".tag_good")).to_be_visible()
    page.clock.fast_forward("01:10")
    tablet.sign_in(account)
    expect(page.locator("#username")).to_be_hidden()
    line.locator("a").click()
    expect(page.locator("[data-renumbered]")).to_contain_text("编号已更换")
    new = page.locator(".receipt__number").inner_text().replace(" ", "")
    assert (cases(station, number), cases(station, new)) == (0, 1)
    (row,) = ask(station, "SELECT notes FROM number_lease WHERE number = ?", new)
    assert row[0] == "operator-disabled"


def test_a_revoked_tablet_brings_its_cases_sealed_and_has_its_forms_when_paired_again(
    station: Station, tablet: Tablet, clerk: Resident, browser: Browser
) -> None:
    assert tablet.context
    page, account = tablet.page, station.platform.accounts["staff"]
    tablet.begin()
    page.locator("[name='q.name']").fill("冯五妹")
    tablet.context.set_offline(True)
    number = tablet.apply(Elder("王六妹"), 454)
    ask(station, "UPDATE device SET revoked_at = 1, revoked_by = 'hall' WHERE revoked_at IS NULL")
    tablet.context.set_offline(False)
    expect(page.locator("h1")).to_have_text("这台平板已被停用。")
    clerk.open("/staff/tablets")
    clerk.page.get_by_role("button", name="收下").first.click()
    wait_until(lambda: cases(station, number) == 1)
    tablet.pair(pairing_code(browser, station.terminal, account))
    tablet.sign_in(account)
    tablet.choose_a_pin()
    tablet.go("#/drafts")
    page.locator(".queued__link", has_text="冯**").click()
    expect(page.locator("[name='q.name']")).to_have_value("冯五妹")


@contextmanager
def a_colleague_instead_of(station: Station, username: str) -> Iterator[str]:
    """Disable an account at the terminal, and let another with its password work there."""
    copied = "display_name, role, password_hash, stations, active, version"
    ask(
        station,
        f"INSERT INTO operator (id, username, {copied})"  # noqa: S608 — no value of anybody
        f" SELECT 'colleague', 'colleague', {copied} FROM operator WHERE username = ?",
        username,
    )
    ask(station, "UPDATE operator SET active = 0 WHERE username = ?", username)
    yield "colleague"
    ask(station, "UPDATE operator SET active = 1 WHERE username = ?", username)
    ask(station, "DELETE FROM operator WHERE id = 'colleague'")


@contextmanager
def another_tab(tablet: Tablet) -> Iterator[Page]:
    """The same address in a second tab, unlocked."""
    assert tablet.context
    other = tablet.context.new_page()
    other.goto(tablet.page.url)
    other.locator("#pin").fill("135790")
    other.get_by_role("button", name="解锁").click()
    yield other
    other.close()


@contextmanager
def nearly_full(tablet: Tablet) -> Iterator[None]:
    """Leave 20 kB of what the browser gives."""
    page = tablet.page
    assert tablet.context
    session = tablet.context.new_cdp_session(page)
    told = session.send("Storage.getUsageAndQuota", {"origin": tablet.address})
    session.detach()
    page.evaluate(FILLED, int(told["quota"] - told["usage"]) - 20_000)
    yield
    page.evaluate(FILLED, 0)


def numbers_left(tablet: Tablet) -> int:
    found: int = tablet.page.evaluate(STORED, ["numbers", "count"])
    return found


def ask(station: Station, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(station.folder / "terminal" / "terminal.db")) as database:
        found = database.execute(query, values).fetchall()
        database.commit()
        return found


def cases(station: Station, number: str = "%") -> int:
    (row,) = ask(station, "SELECT count(*) FROM cases WHERE number LIKE ?", number)
    return int(row[0])
