"""A member of the staff with a paired tablet: a Chromium with a profile that outlives it.

Pairs, signs in, fills forms and goes without a network; may be killed in the middle. Words are those
on the screen, in Chinese. Neighbours: `resident.py` is somebody at the kiosk, `chromium.py` the browser.
"""

import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    FilePayload,
    Page,
    Playwright,
    ViewportSize,
    expect,
)

from tests.browser.chromium import SWITCHES
from tests.browser.looking import keep_picture
from tests.browser.resident import ALLOWANCE, Elder, Resident
from tests.builders.documents import a_paper, photographed
from tests.builders.pictures import encoded

PIN = "135790"
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}
LYING: ViewportSize = {"width": 1024, "height": 768}
PAPERS = ("居民身份证", "居民户口簿")


@cache
def _paper() -> Image.Image:
    return photographed(a_paper(1), 1).resize((1200, 900))


def a_photograph(seed: int) -> FilePayload:
    """A photograph of a paper that no other photograph equals."""
    picture = _paper().copy()
    left, top = 20 + 40 * (seed % 28), 20 + 40 * (seed // 28)
    picture.paste((0, 0, 0), (left, top, left + 24, top + 24))
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": encoded(picture, quality=85)}


def pairing_code(browser: Browser, address: str, account: dict[str, str]) -> str:
    """A code that the staff have made for one more tablet."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    clerk = Resident(page, address)
    clerk.open("/staff/sign-in")
    page.locator("#username").fill(account["username"])
    page.locator("#password").fill(account["password"])
    clerk.press("登录")
    clerk.open("/staff/tablets")
    page.locator("#name").fill("平板")
    page.locator("main form button").first.click()
    page.wait_for_url("**/code")
    found = re.search(r"\b([A-Z0-9]{4} [A-Z0-9]{4})\b", page.locator("main").inner_text())
    context.close()
    assert found
    return found[1]


@dataclass
class Tablet:
    """One tablet of the terminal at `address`; `start` again after a kill."""

    playwright: Playwright
    profile: Path
    address: str
    context: BrowserContext | None = None

    @property
    def page(self) -> Page:
        assert self.context
        return self.context.pages[0]

    def start(self, **more: object) -> None:
        options = {"viewport": UPRIGHT, "locale": "zh-CN", **more}
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path="/usr/bin/chromium",
            # Of this name alone the process can be found again.
            args=[*SWITCHES, "--disable-features=Translate"],
            **options,  # type: ignore[arg-type]
        )
        self.context.set_default_timeout(30_000)

    def stop(self) -> None:
        if self.context:
            self.context.close()
        self.context = None

    def kill(self) -> None:
        """End the browser as a battery that is empty does: at once, with nothing put away."""
        for process in _browsers_of(self.profile):
            os.kill(process, signal.SIGKILL)
        assert self.context
        with suppress(Error):
            self.context.close()
        self.context = None

    def pair(self, code: str) -> None:
        self.page.goto(f"{self.address}/pair")
        self.page.locator("#code").fill(code)
        self.page.locator("main form button").first.click()
        self.page.wait_for_url("**/tablet/")

    def sign_in(self, account: dict[str, str]) -> None:
        self.page.locator("#username").fill(account["username"])
        self.page.locator("#password").fill(account["password"])
        self.press("登录")

    def sign_in_again(self, account: dict[str, str]) -> None:
        """Sign in if the station asks for it: a session that is young enough needs nothing."""
        expect(self.page.locator("#username, #again").first).to_be_visible()
        if self.page.locator("#username").is_visible():
            self.sign_in(account)

    def choose_a_pin(self) -> None:
        """Also the moment in which everything is fetched that is needed without a network."""
        self.page.locator("#pin").fill(PIN)
        self.page.locator("#again").fill(PIN)
        self.press("完成设置")
        expect(self.page.locator(".appnav")).to_be_visible(timeout=90_000)

    def open(self) -> None:
        self.page.goto(f"{self.address}/tablet/")

    def unlock(self, pin: str = PIN) -> None:
        self.page.locator("#pin").fill(pin)
        self.press("解锁")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).last.click()

    def choose(self, words: str) -> None:
        self.page.locator("label.option", has_text=words).click()

    def go(self, address: str) -> None:
        self.page.evaluate("(address) => { location.hash = address; }", address)

    def begin(self) -> None:
        """Find the allowance, as the resident at the kiosk does, and begin it."""
        self.go("#/")
        self.page.get_by_role("searchbox").fill("zunlaojin")
        self.page.locator("[data-hits] a", has_text=ALLOWANCE).click()
        self.press("开始填写")
        expect(self.page.locator("h1")).to_have_text("老人信息")
        self.look("section")

    def fill(self, elder: Elder, id_number: str = "") -> None:
        """Who applies and the questions about it; ends at the papers."""
        page = self.page
        page.locator("[name='q.name']").fill(elder.name)
        page.locator("[name='q.id_number']").fill(id_number or elder.id_number)
        page.locator("[name='q.phone']").fill(elder.phone)
        if not page.locator("#consent").is_checked():
            self.choose("我同意为办理本事项使用我的个人信息")
        self.press("保存并继续")

    def answer(self) -> None:
        page = self.page
        expect(page.locator("h1")).to_have_text("年龄和住处")
        self.choose("80至89周岁")
        page.locator("[name='q.registered_address-division']").select_option(index=5)
        page.locator("[name='q.registered_address-detail']").fill("花园浜12号")
        for name, value in (
            ("lives_there", "是"),
            ("someone_collects", "否"),
            ("account_ready", "否"),
        ):
            question = page.locator(f"[data-asks={name}]")
            question.locator("label.option", has_text=value).click()
        self.press("保存并继续")

    def photograph(self, seed: int) -> None:
        """The two papers that have to be shown; the third follows later."""
        for number, paper in enumerate(PAPERS):
            card = self.page.locator("[data-need]", has_text=paper)
            card.locator("input[type=file]").set_input_files(a_photograph(seed * 2 + number))
            expect(card.locator(".shot img")).to_have_count(1)
        card = self.page.locator("[data-need]", has_text="社会保障卡发放账户")
        card.locator("[data-defer]").click()
        self.press("去核对")
        expect(self.page.locator("h1")).to_have_text("核对填写内容")

    def sign(self) -> str:
        """Sign with a finger and hand in; return the number on the receipt."""
        self.page.get_by_role("link", name="核对无误，去签名").click()
        self.choose("我自愿承诺")
        Resident(self.page, self.address).draw_a_signature()
        self.press("提交申请")
        expect(self.page.locator(".receipt__number")).to_be_visible()
        return self.page.locator(".receipt__number").inner_text().replace(" ", "")

    def apply(self, elder: Elder, seed: int) -> str:
        self.begin()
        self.fill(elder)
        self.answer()
        self.photograph(seed)
        return self.sign()

    def look(self, name: str) -> None:
        """With the environment variable SHOTS, keep pictures of the page, upright and lying."""
        if folder := os.environ.get("SHOTS"):
            for size, window in (("lying", LYING), ("upright", UPRIGHT)):
                self.page.set_viewport_size(window)
                keep_picture(self.page, Path(folder), f"app {size} {name}")


def _browsers_of(profile: Path) -> list[int]:
    """The process that owns the profile: its children end with it."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        mine = f"--user-data-dir={profile}".encode() in words
        if mine and not any(word.startswith(b"--type=") for word in words):
            found.append(int(folder.name))
    return found
