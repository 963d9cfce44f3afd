"""A clerk's whole work on one case: checklist, the one return, correction, decision, delivery, papers.

The hall is of this process, behind a real port.
"""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from forms.asking import required_requirements
from kiosk.cases import service
from kiosk.cases.submission import Submission, is_brought
from tests.browser import desks, measuring
from tests.browser.clerk import Clerk
from tests.browser.hallway import serving
from tests.builders.cases import PROMISED_ITEM, a_picture_at, a_submission
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import Pair
from tests.builders.papers import text_of

pytestmark = pytest.mark.browser


def a_document(number: int) -> bytes:
    sheet = Image.new("RGB", (900, 640), "#f4efe2")
    brush = ImageDraw.Draw(sheet)
    for line in range(number + 5):
        brush.rectangle((60, 60 + line * 50, 420 + 60 * (line % 5), 78 + line * 50), fill="#53606a")
    told = io.BytesIO()
    sheet.save(told, "JPEG")
    return told.getvalue()


def submission(pair: Pair) -> Submission:
    filled = a_submission(pair.terminal, PROMISED_ITEM)
    for number, asked in enumerate(required_requirements(filled.item, filled.answers)):
        if is_brought(asked):
            filled = filled.with_material(asked.id, a_picture_at(pair.terminal, a_document(number)))
    return filled.submission()


def look(page: Page, name: str, *, axe: bool = False) -> None:
    """Find nothing amiss at any width, by `axe` neither."""
    found = desks.amiss(page, name, axe=axe)
    assert found == [], "\n".join(found)


def paper(page: Page, title: str) -> str:
    """Fetch the copy to hand out as the form's button does, since a browser shows no text of it."""
    form = page.locator(".letters li", has_text=title).locator("form")
    answer = page.request.post(
        page.url.split("/desk")[0] + str(form.get_attribute("action")),
        form={"csrf_token": form.locator("[name=csrf_token]").get_attribute("value")},
    )
    assert answer.headers["content-type"] == "application/pdf"
    return text_of(answer.body())


def return_once(page: Page) -> None:
    """Take the case, say on the checklist what is lacking, and return it with just that."""
    page.get_by_role("button", name="认领办件").click()
    first = page.locator(".checks > li").first
    first.locator(".check__mark_lacking").click()
    first.locator("[name^=note]").fill("照片反光，看不清号码，请重拍")
    page.locator(".checks > li").nth(1).locator(".check__mark_ok").click()
    page.get_by_role("button", name="保存清单").click()
    look(page, "checklist kept", axe=True)
    page.locator("summary").get_by_text("退回补正", exact=True).click()
    assert "照片反光" in page.locator("#return-reasons").input_value()
    look(page, "return opened")
    page.get_by_role("button", name="退回补正", exact=True).click()
    expect(page.locator(".said")).to_be_visible()
    assert "照片反光" in paper(page, "一次性补正告知书")


def test_a_clerk_returns_a_case_once_and_brings_it_to_its_end(
    small_pair: Pair, new_page: Callable[..., Page]
) -> None:
    made = small_pair.terminal.within(
        service.submit, small_pair.terminal.parts, submission(small_pair), "first"
    )
    small_pair.settle()
    an_account(small_pair.hall, "clerk", "wang")
    with serving(small_pair.hall) as hall:
        page = new_page(reduced_motion="reduce")
        measuring.bring_axe(page.context)
        clerk = Clerk(page, hall.address)
        clerk.sign_in({"username": "wang", "password": PASSWORD})
        look(page, "list", axe=True)
        page.locator("tbody a").first.click()
        return_once(page)

        small_pair.settle()
        again = submission(small_pair)
        small_pair.terminal.within(
            service.correct, small_pair.terminal.parts, made.case_id, again, "again"
        )
        small_pair.settle()
        page.reload()
        expect(page.locator("#checklist")).to_contain_text("已补正，请再看")
        assert page.locator("summary").get_by_text("退回补正", exact=True).count() == 0
        for verb, title in (
            ("受理", "受理通知书"),
            ("批准", "准予决定书"),
            ("登记送达", "送达回证"),
        ):
            clerk.decide(verb)
            assert title in paper(page, title)
        page.get_by_role("link", name="旋转").click()
        expect(page.locator(".viewer__pane_turn1")).to_be_visible()
        look(page, "turned", axe=True)
