"""One matter, one visit: two of four services from home to one receipt and one page of progress.

With the environment variable SHOTS, pictures of the pages are put there to be looked at.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from forms.bundling import Combined
from forms.definition import Field
from tests.browser.looking import assert_well_drawn, keep_picture
from tests.browser.resident import Resident, a_photograph
from tests.builders.bundles import passing, the_form_of, together
from tests.builders.definitions import written

pytestmark = pytest.mark.browser

BUNDLE = "高校毕业生就业一件事"
LEFT_OUT = ("离校未就业高校毕业生实名登记", "社会保障卡申领")
WANTED = ("RS-017", "RS-015")
SIZES = {"phone": (390, 844), "kiosk": (1080, 1920)}


def test_a_bundle_goes_from_home_to_its_receipt_and_its_progress(
    resident: Resident, tmp_path: Path
) -> None:
    page = resident.page
    combined = the_form_of(written(), "YJS-04", WANTED)
    answers, _ = together(combined, *(passing(part) for part in combined.parts))

    choose_two_of_four(resident)
    say_who_applies(resident, answers["applicant"])
    answer_everything(resident, combined, answers)
    photograph_everything(resident)
    look_at(page, "bundle check")
    sign_and_hand_in(resident)

    code = resident.take_a_picture_of_the_code(tmp_path / "receipt.png")
    number = resident.case_number()
    resident.press("办好了，清除并退出")
    resident.scan_the_picture(code)
    expect(page.locator("h1")).to_have_text(BUNDLE)
    for words in (number, "户口迁移", *(part.item.name.zh for part in combined.parts)):
        assert words in resident.text()
    assert not [name for name in LEFT_OUT if name in resident.text()]
    look_at(page, "bundle progress")
    with page.expect_navigation():
        page.get_by_role("button", name="就业创业证申领").click()
    assert "就业创业证申领" in resident.text()
    look_at(page, "bundle member")


def choose_two_of_four(resident: Resident) -> None:
    resident.open("/")
    look_at(resident.page, "home")
    resident.follow("一件事")
    look_at(resident.page, "bundles")
    resident.follow(BUNDLE)
    look_at(resident.page, "bundle guide")
    resident.press("开始办理")
    for name in LEFT_OUT:
        resident.choose(name)
    look_at(resident.page, "bundle choice")
    resident.press("下一步")


def sign_and_hand_in(resident: Resident) -> None:
    resident.follow("核对无误，去签名")
    resident.choose("我自愿承诺")
    resident.choose("不手写，我确认以上内容属实")
    look_at(resident.page, "bundle sign")
    resident.press("提交申请")
    expect(resident.page.locator("h1")).to_have_text("申请已提交")
    assert "2 项，一张凭证" in resident.text()
    look_at(resident.page, "bundle receipt")


def look_at(page: Page, name: str) -> None:
    """See the page on a phone and at the kiosk, where it goes on."""
    folder = os.environ.get("SHOTS")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_well_drawn(page)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            keep_picture(page, Path(folder), f"{size} {name}")


def say_who_applies(resident: Resident, applicant: dict[str, str]) -> None:
    for label, name in (("姓名", "name"), ("公民身份号码", "id_number"), ("联系电话", "phone")):
        resident.page.get_by_label(label).fill(applicant[name])
    resident.choose("我同意为办理本事项使用我的个人信息")
    resident.press("下一步")


def answer_everything(resident: Resident, combined: Combined, answers: dict[str, Any]) -> None:
    page = resident.page
    while "/questions/" in page.url:
        section, name = page.url.split("?")[0].split("/")[-2:]
        field = next(f for f in combined.item.section(section).fields if f.id == name)
        before = page.url
        value = answers.get(section, {}).get(name)
        if value is not None:
            enter(page, field, value)
        resident.press("下一步")
        assert page.url != before, resident.text()


def enter(page: Page, field: Field, value: Any) -> None:
    """Enter one answer in the boxes of its page."""
    if field.answer in ("choice", "choices", "yes_no"):
        codes = {True: "yes", False: "no"}.get(value, value) if value in (True, False) else value
        for code in codes if isinstance(codes, list) else [codes]:
            page.locator(f'input[name="value"][value="{code}"]').check(force=True)
    elif field.answer == "date":
        for part, text in zip(("year", "month", "day"), value.split("-"), strict=True):
            page.locator(f'[name="value-{part}"]').fill(text)
    elif field.answer == "address":
        page.locator('[name="value-division"]').select_option(value["division"])
        page.locator('[name="value-detail"]').fill(value["detail"])
    elif field.answer == "photo":
        page.locator('[name="value"]').set_input_files(a_photograph())
    else:
        page.locator('[name="value"]').fill(str(value))


def photograph_everything(resident: Resident) -> None:
    page = resident.page
    expect(page.locator("h1")).to_have_text("提交材料")
    for address in page.locator("a.task__link").evaluate_all("links => links.map(a => a.href)"):
        page.goto(address)
        resident.photograph()
        resident.follow("拍好了，返回清单")
    resident.press("下一步")
    expect(page.locator("h1")).to_have_text("核对填写内容")
