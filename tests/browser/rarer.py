"""Ways through the screens that few see: what comes after a decision, a form on a phone, staff, a kiosk.

Each way is somebody's, and each stop is the name of a screen. Neighbours: `walks.py` has the
everyday ones, `premises.py` makes what has to have happened before, `test_screens.py` looks.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from playwright.sync_api import FilePayload, expect

from kiosk import clock
from kiosk.cases.service import Receipt
from kiosk.cli import demo
from kiosk.credentials.port import Identity
from kiosk.receipts import handoff_code, qr
from tests.browser.premises import Premises
from tests.browser.resident import CODE, Elder, Resident
from tests.builders.pictures import camera_frame, encoded, qr_code

ELDER = Elder("吴桂英")
APPLY = f"/items/{CODE}/apply"
BAND = f"{APPLY}/questions/claim/band"
REASON = "收入证明上没有单位公章，请到单位补盖后重新拍照。"


def two_codes() -> FilePayload:
    seen = camera_frame(qr_code("https://example.org/"), qr_code(qr.payload("item", CODE)))
    return {"name": "two.png", "mimeType": "image/png", "buffer": encoded(seen, "PNG")}


def begin(resident: Resident, code: str = CODE) -> None:
    resident.open(f"/items/{code}")
    resident.press("开始办理")


def scan(resident: Resident, text: str) -> None:
    resident.open("/scan")
    resident.page.locator("#text").fill(text)
    resident.press("识别")


def look_up(resident: Resident, made: Receipt) -> None:
    """Scan the receipt and turn to what has become of it."""
    scan(resident, qr.payload("receipt", made.token))
    resident.press("查看进度")


def through_codes(resident: Resident, premises: Premises) -> Iterator[str]:
    """Every kind of code, and what a resident code fills in."""
    identity = Identity(ELDER.name, ELDER.id_number, ELDER.phone)
    scan(resident, qr.payload("item", CODE))
    yield "scanned item"
    scan(resident, handoff_code.address(premises.hallway.address, "3K7M9QPT"))
    yield "scanned hand-off"
    scan(resident, premises.a_resident_code(identity))
    yield "scanned resident code too early"
    resident.open("/scan")
    resident.page.locator("#image").set_input_files(two_codes())
    expect(resident.page.locator("h1")).to_contain_text("要用哪一个")
    yield "scanned several"
    begin(resident)
    scan(resident, premises.a_resident_code(identity))
    yield "scanned resident code"
    resident.open(f"{APPLY}/credential")
    yield "credential"
    resident.press("下一步")
    yield "credential without consent"
    resident.page.locator("label.option").first.click()
    resident.press("下一步")
    yield "credential scan"
    resident.page.locator("#text").fill(premises.a_resident_code(identity))
    resident.press("识别")
    yield "identify filled in"


def through_places(resident: Resident, premises: Premises) -> Iterator[str]:
    """What depends on a file, a setting, or an answer before anything is begun."""
    demo.lay_out_sketch(premises.folder)
    for name, path in (
        ("nearest with a map", "/nearest"),
        ("nearest for one item", f"/nearest?item={CODE}"),
        ("styleguide", "/styleguide"),
        ("checklist", f"/items/{CODE}/checklist"),
        ("device of one's own", "/device/own"),
    ):
        resident.open(path)
        yield name
    resident.open("/items/MZ-001/precheck")
    resident.press("看结果")
    yield "precheck wrong"
    for reply, name in (("yes", "prechecked yes"), ("no", "prechecked no")):
        resident.open("/items/MZ-001/precheck")
        for box in resident.page.locator(f'main [type=radio][value="{reply}"]').all():
            box.check(force=True)
        resident.press("看结果")
        yield name


def through_decisions(resident: Resident, premises: Premises) -> Iterator[str]:
    """What the hall has said, what is still to be done, and the rating."""
    made = premises.a_promising_case()
    look_up(resident, made)
    yield "progress with something to do"
    resident.follow("现在补交")
    resident.photograph()
    yield "supply photographed"
    late = clock.now() + timedelta(minutes=16)
    with clock.use(lambda: late):
        resident.open("/progress/case")
    yield "progress late"
    premises.say_of_the_line("ConnectionError: no route to host")
    resident.open("/progress/case")
    yield "progress without a line"
    premises.say_of_the_line(None)
    premises.decide(made, "return", reasons=(REASON,))
    resident.open("/progress/case")
    yield "progress returned"
    resident.press("现在补正")
    yield "check of what came back"
    refused = premises.a_promising_case()
    premises.decide(refused, "accept", "refuse", reasons=("家庭月人均收入高于标准。",))
    look_up(resident, refused)
    yield "progress refused"
    look_up(resident, premises.a_supply_not_taken("照片看不清，请重新拍照后补交。"))
    yield "progress with what was not taken"
    look_up(resident, refused)
    resident.open("/progress/rating")
    yield "rating"
    resident.press("不满意")
    yield "rating of a bad grade"
    resident.press("提交评价")
    yield "progress rated"
    look_up(resident, premises.a_bundle())
    yield "bundle progress"


def through_a_loan(kiosk: Resident, phone: Resident) -> Iterator[tuple[Resident, str]]:
    """A form goes to a phone and comes back; both sides in turn."""
    begin(kiosk)
    kiosk.identify(ELDER)
    lend(kiosk, phone)
    yield phone, "phone question"
    kiosk.open(f"{APPLY}/phone")
    yield kiosk, "phone has it"
    kiosk.press("取回到这里继续")
    yield kiosk, "phone has it, tail wrong"
    kiosk.open("/")
    phone.press("交回一体机继续")
    yield phone, "phone handed back"
    kiosk.open(f"{APPLY}/phone")
    phone.open(BAND)
    yield phone, "phone finds it taken back"
    stale = kiosk.page.context.new_page()
    stale.goto(kiosk.address + BAND)
    lend(kiosk, phone)
    with stale.expect_navigation():
        stale.get_by_role("button", name="下一步").click()
    yield Resident(stale, kiosk.address), "form is on the phone"
    stale.close()
    kiosk.open(f"{APPLY}/phone")
    kiosk.press("清空这块屏幕，我在手机上办")
    phone.open(BAND)
    phone.press("交回一体机继续")
    yield phone, "phone is alone"
    phone.follow("在这里继续")
    phone.press("不办了，清除已填内容")


def through_endings(kiosk: Resident, phone: Resident) -> Iterator[tuple[Resident, str]]:
    """A form that one side ends, and what the other then says."""
    begin(kiosk)
    kiosk.identify(ELDER)
    lend(kiosk, phone)
    phone.press("不办了，清除已填内容")
    kiosk.open(f"{APPLY}/phone")
    yield kiosk, "form was cleared on the phone"
    kiosk.press("办好了，清除并退出")
    begin(kiosk)
    kiosk.identify(ELDER)
    lend(kiosk, phone)
    kiosk.open(f"{APPLY}/phone")
    kiosk.press("不办了，连手机上的一起清除")
    phone.open(BAND)
    yield phone, "form was cleared at the kiosk"


def lend(kiosk: Resident, phone: Resident) -> None:
    """Offer the form that is open at the kiosk, and take it by typing the code.

    The kiosk then stands at another page: the one with the code would turn by itself.
    """
    kiosk.open(BAND)
    kiosk.press("在手机上继续")
    code = kiosk.page.locator(".tophone__letters").inner_text()
    kiosk.open("/")
    phone.open("/h")
    phone.page.locator("#code").fill(code)
    phone.page.locator("main form button").click()
    expect(phone.page.locator("h1")).to_have_text("年龄档次")


def through_the_staffs(staff: Resident, premises: Premises) -> Iterator[str]:
    """A member of staff signs in and fills in whole sections."""
    name, password, badge = premises.open_the_staffs_account()
    scan(staff, badge)
    yield "scanned badge"
    staff.open("/staff/sign-in")
    staff.press("登录")
    yield "sign in wrong"
    staff.page.locator("#username").fill(name)
    staff.page.locator("#password").fill(password)
    staff.press("登录")
    yield "staff"
    begin(staff, "MZ-001")
    yield "section applicant"
    staff.press("保存并继续")
    yield "section wrong"
    for section in ("finances", "family"):
        staff.open(f"/items/MZ-001/apply/sections/{section}")
        yield f"section {section}"
    staff.page.get_by_label("村（社区）").select_option(index=5)
    staff.page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    staff.page.get_by_label("共同生活家庭成员人数").fill("3")
    staff.press("保存并继续")
    expect(staff.page.locator("h1")).to_have_text("共同生活的家庭成员")
    yield "section household"
    staff.open("/staff")
    staff.press("退出登录")


def at_a_kiosk(kiosk: Resident, premises: Premises) -> Iterator[str]:
    """What only a kiosk shows: its pictures, its keyboard, its clock, the way out, the receipt."""
    premises.hallway.set(attract_seconds=0)
    kiosk.open("/device/kiosk")
    pictures = kiosk.page.locator("[data-attract]")
    expect(pictures).to_be_visible()
    for number in range(4):
        pictures.evaluate(_TURN, number)
        yield f"attract {number}"
    premises.hallway.set(attract_seconds=3600, public_url=premises.hallway.address)
    kiosk.open(f"/items/{CODE}")
    yield "guide at the kiosk"
    kiosk.press("开始办理")
    kiosk.page.get_by_label("姓名").click()
    expect(kiosk.page.locator("[data-board]")).to_be_visible()
    yield "keyboard at the kiosk"
    kiosk.open("/")
    yield "home in use"
    premises.hallway.set(idle_seconds=0)
    kiosk.open(f"{APPLY}/identify")
    expect(kiosk.page.get_by_role("alertdialog")).to_be_visible()
    yield "idle"
    premises.hallway.set(idle_seconds=3600, printer=f"file:{premises.folder / 'slip'}")
    kiosk.open(f"{APPLY}/identify")
    kiosk.identify(ELDER)
    kiosk.answer_the_questions()
    kiosk.hand_in_the_materials()
    kiosk.hand_in()
    yield "receipt at the kiosk"
    for name, path in (("receipt to the phone", "phone"), ("receipt on paper", "paper")):
        kiosk.open(f"/receipt/{path}")
        yield name


_TURN = """(pictures, wanted) => [...pictures.querySelectorAll("[data-slide]")]
  .forEach((slide, at) => slide.classList.toggle("attract__slide_on", at === wanted))"""


def through_a_form_that_changed(resident: Resident, premises: Premises) -> Iterator[str]:
    """A newer release comes while somebody fills in; the last way of all, it renews the form."""
    begin(resident)
    resident.identify(ELDER)
    resident.open(f"{APPLY}/questions/claim/registered_address")
    resident.page.get_by_label("村（社区）").select_option(index=5)
    resident.page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    resident.press("下一步")
    premises.renew_the_form(CODE, shortened)
    resident.open(f"{APPLY}/check")
    yield "form changed"


def shortened(item: dict[str, Any]) -> None:
    """An address becomes a text of two characters at most."""
    claim = next(section for section in item["sections"] if section["id"] == "claim")
    for field in claim["fields"]:
        if field["id"] == "registered_address":
            field |= {"answer": "text", "params": {"max_length": 2}}
            field.pop("choices", None)
