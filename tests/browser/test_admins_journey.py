"""An admin's hour at the hall: a late terminal, a new one, an alert, a machine that is shut out, the log.

The hall is of this process, behind a real port; the new terminal enrols over it with what stands on
the admin's screen.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from kiosk import clock, enrolling
from tests.browser import desks
from tests.browser.hallway import serving
from tests.builders import fleets
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import STATION, Machine

pytestmark = pytest.mark.browser

#: So long after signing in the password is asked for again before something dangerous.
LATER = timedelta(minutes=6)
#: What the admin does, as the audit log calls it; the newest first, as it is shown.
DONE = (
    *("停用终端", "再次输入密码", "静默告警", "要求重新核对", "批准终端"),
    *("生成接入码", "登录"),
)


class Admin:
    """Somebody who looks after the hall at `address`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def follow(self, words: str) -> None:
        self.page.get_by_role("link", name=words).first.click()

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def is_told(self, words: str) -> None:
        expect(self.page.locator(".said")).to_contain_text(words)

    def look(self, name: str) -> None:
        found = desks.amiss(self.page, name)
        assert found == [], "\n".join(found)

    def find_what_is_wrong(self) -> None:
        """From the wall to the page of the one that is silent, whose words say since when."""
        self.page.locator(".switch").get_by_text("方块").click()
        expect(self.page.locator(".brick_red")).to_have_count(3)
        self.page.locator(".switch").get_by_text("列表").click()
        self.page.locator(".reason", has_text="没有联系").first.click()
        unit = self.page.locator("[data-number]")
        expect(unit).to_have_count(1)
        expect(unit).to_contain_text("43 分钟没有联系")
        unit.locator(".unit__name").click()
        expect(self.page.locator(".oneunit__light_red")).to_contain_text("停电还是断线")

    def invite(self) -> str:
        """Ask for a code and return the one that the page shows."""
        self.page.goto(f"{self.address}/terminals/invite")
        self.page.get_by_label("放在哪个服务站").select_option(STATION)
        self.look("invite")
        self.press("生成登记码")
        expect(self.page.locator(".invited__code")).to_be_visible()
        command = self.page.locator(".command").inner_text()
        found = re.fullmatch(rf"kiosk terminal enrol {self.address} (\w+)", command.strip())
        assert found, command
        return found[1]

    def shut_out(self) -> None:
        """From the page of a terminal; the password is asked for again before."""
        self.follow("停用……")
        self.page.get_by_label("密码").fill(PASSWORD)
        self.press("继续")
        self.look("revoke")
        self.press("停用它")
        self.is_told("已停用")

    def silence(self, rule: str) -> None:
        self.page.goto(f"{self.address}/alerts/silence")
        self.page.get_by_label("规则").select_option(rule)
        self.page.get_by_label("原因").fill("修路断电，周五恢复")
        self.press("静默")
        expect(self.page.locator("table").first).to_contain_text("修路断电，周五恢复")


def test_an_admin_finds_a_late_terminal_lets_one_in_shuts_one_out_and_all_is_in_the_log(
    a_hall: Callable[..., Machine], terminal: Machine, new_page: Callable[..., Page]
) -> None:
    hall = a_hall()
    an_account(hall, "admin")
    fleets.a_fleet(hall, well=3)
    own = terminal.parts.identity
    with serving(hall) as hallway:
        admin = Admin(new_page(reduced_motion="reduce"), hallway.address)
        page = admin.page
        desks.at_a_desk(page, hallway.address, "admin")
        admin.find_what_is_wrong()
        silent = page.url

        answer = enrolling.ask(hallway.address, admin.invite(), own)
        admin.look("invited")
        admin.follow("返回终端列表")
        waiting = page.locator(".letin")
        expect(waiting.locator(".fingerprint")).to_have_text(own.public.fingerprint())
        admin.look("one waits")
        admin.press("一致，准入")
        admin.is_told("已准入")
        expect(waiting).to_have_count(0)

        page.goto(f"{hallway.address}/terminals/{answer['number']}")
        admin.follow("重新核对…")
        admin.press("重新核对")
        admin.is_told("下次联系时将重新核对")
        admin.silence("silent")
        with clock.use(lambda: datetime.now(UTC) + LATER):
            page.goto(silent)
            admin.shut_out()

        page.goto(f"{hallway.address}/audit?who=admin")
        assert tuple(page.locator("td[data-name='操作'] strong").all_inner_texts()) == DONE
        page.goto("about:blank")
