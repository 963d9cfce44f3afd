"""A clerk at the hall's desk, in a browser of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.waiting import wait_until


@dataclass(frozen=True)
class Clerk:
    """Somebody who may decide cases at the hall at `address`."""

    page: Page
    address: str

    def sign_in(self, account: Mapping[str, str]) -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("账号").fill(account["username"])
        self.page.get_by_label("密码").fill(account["password"])
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page.locator("h1")).to_have_text("办件")

    def cases_of(self, applicant: str) -> int:
        """How many cases on the desk show that applicant."""
        self.page.goto(f"{self.address}/desk?state=all")
        return self.page.locator("tbody tr", has_text=applicant).count()

    def wait_for(self, applicant: str) -> None:
        wait_until(lambda: self.cases_of(applicant), pause=0.5)

    def open_case_of(self, applicant: str) -> None:
        self.page.locator("tbody tr", has_text=applicant).get_by_role("link").click()

    def wait_for_pictures(self, count: int) -> None:
        """Reload until the case's pictures have come, too."""

        def all_there() -> bool:
            self.page.reload()
            return self.page.locator(".thumb img").count() == count

        wait_until(all_there, pause=0.5)

    def decide(self, verb: str) -> None:
        """Take a step, such as 受理 or 批准."""
        self.page.locator("summary").get_by_text(verb, exact=True).click()
        self.page.get_by_role("button", name=verb, exact=True).click()
        expect(self.page.locator(".said")).to_contain_text("已办理")
