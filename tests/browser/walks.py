"""Ways through every screen a resident can see; each stop is the name of a screen.

Neighbours: `test_screens.py` looks at each stop.
"""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.resident import CODE, Elder, Resident

ELDER = Elder("李月英")

OTHER_QUESTIONS = {
    CODE: {
        "question address": "questions/claim/registered_address",
        "question yes no": "questions/claim/lives_there",
    },
    "MZ-001": {
        "question choices": "questions/finances/income_sources",
        "question count": "questions/family/size",
    },
    "NY-001": {
        "question area": "questions/land/area",
        "list empty": "lists/household",
        "question in a list": "lists/household/0/name",
    },
    "GA-002": {
        "question photo": "questions/stay/portrait",
        "question date": "questions/stay/registered_on",
    },
    "SF-001": {"question long text": "questions/dispute/facts"},
}


def through_the_doors(resident: Resident) -> Iterator[str]:
    """Everything that is read before an application begins."""
    for name, path in (
        ("home", "/"),
        ("search", "/search"),
        ("search found", "/search?q=yil"),
        ("search nothing", "/search?q=xyzzy"),
        ("browse life events", "/browse/life_event"),
        ("browse one life event", "/browse/life_event?of=养老"),
        ("browse departments", "/browse/department"),
        ("medical insurance", "/medical-insurance"),
        ("bundles", "/bundles"),
        ("bundle guide", "/items/YJS-10"),
        ("guide", f"/items/{CODE}"),
        ("precheck", f"/items/{CODE}/precheck"),
        ("station", "/station"),
        ("nearest", "/nearest"),
        ("help", "/help"),
        ("help of one department", "/help?of=张家港市民政局"),
        ("help with projects", "/help/projects"),
        ("scan", "/scan"),
        ("progress ask", "/progress"),
        ("phone asks for code", "/h"),
        ("staff sign in", "/staff/sign-in"),
        ("not found", "/nowhere"),
    ):
        resident.open(path)
        yield name


def through_mistakes(resident: Resident) -> Iterator[str]:
    """Pages that say what is wrong."""
    resident.open("/scan")
    resident.page.get_by_label("用扫码枪对准二维码").fill("https://example.com/win")
    resident.press("识别")
    yield "scanned text"
    resident.open("/progress")
    resident.press("查询")
    yield "progress wrong"
    resident.open(f"/items/{CODE}")
    resident.press("开始办理")
    resident.press("下一步")
    yield "identify wrong"


def through_an_application(resident: Resident) -> Iterator[str]:
    """From the first question to the receipt."""
    resident.find_the_allowance()
    yield "identify"
    resident.identify(ELDER)
    yield "question choice"
    resident.press("在手机上继续")
    yield "handoff code"
    resident.open(f"/items/{CODE}/apply/questions/claim/band")
    resident.press("下一步")
    yield "question wrong"
    resident.answer_the_questions()
    yield "materials"
    resident.follow("居民身份证")
    yield "material"
    resident.photograph()
    yield "material given"
    resident.follow("旋转或裁剪")
    yield "picture"
    resident.open(f"/items/{CODE}/apply/materials/id_card/certificate")
    yield "certificate"
    resident.open(f"/items/{CODE}/apply/materials")
    resident.follow("社会保障卡发放账户")
    yield "material later"
    resident.follow("返回上一步")
    resident.press("下一步")
    yield "materials wrong"
    resident.follow("居民户口簿")
    resident.photograph()
    resident.follow("拍好了，返回清单")
    resident.follow("社会保障卡发放账户")
    resident.press("以后补交")
    resident.press("下一步")
    yield "check"
    resident.follow("核对无误，去签名")
    resident.draw_a_signature()
    yield "sign"
    resident.follow("返回上一步")
    resident.hand_in()
    yield "receipt"


def through_other_questions(resident: Resident) -> Iterator[str]:
    """Answer types that the allowance does not ask for."""
    for code, places in OTHER_QUESTIONS.items():
        resident.open(f"/items/{code}")
        resident.press("开始办理")
        for name, place in places.items():
            resident.open(f"/items/{code}/apply/{place}")
            yield name
    resident.open("/items/NY-001/apply/lists/household/0/name")
    resident.page.get_by_role("textbox").fill("李小明")
    resident.press("下一步")
    resident.open("/items/NY-001/apply/lists/household")
    yield "list"
    resident.open("/items/NY-001")
    resident.press("开始办理")
    yield "begun already"


def through_progress(resident: Resident, code: Path) -> Iterator[str]:
    """From a picture of a receipt's code to the withdrawal of its case."""
    resident.open("/scan")
    resident.page.locator("#image").set_input_files(code)
    expect(resident.page.locator("h1")).to_have_text("这是受理凭证")
    yield "scanned receipt"
    resident.press("查看进度")
    yield "progress"
    resident.follow("现在补交")
    yield "supply"
    resident.open("/progress/case")
    resident.follow("撤回这件申请")
    yield "withdraw"
    resident.press("确定撤回")
    yield "progress withdrawn"
