"""A resident before the terminal's screen: looks for what is written there and presses it.

Words are those on the screen, in Chinese. Steps are the same with and without JavaScript unless
they say so. Neighbours: `kiosk/templates/terminal` are the pages.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect
from stdnum.cn import ric

from forms.rules import local_today
from tests.builders.documents import a_paper, photographed
from tests.builders.pictures import encoded

ALLOWANCE = "尊老金（高龄津贴）申领"
CODE = "MZ-006"


@dataclass(frozen=True)
class Elder:
    """Somebody of about 85, whenever the test runs."""

    name: str
    phone: str = "13862270011"
    born_years_ago: int = 85

    @property
    def id_number(self) -> str:
        first = f"320582{local_today().year - self.born_years_ago}0312122"
        return first + ric.calc_check_digit(first + "0")

    @property
    def mistyped_id_number(self) -> str:
        last = "1" if self.id_number[-1] != "1" else "2"
        return self.id_number[:-1] + last


@cache
def a_photograph() -> FilePayload:
    """A paper on a table; drawn once, which takes longer than handing it in."""
    picture = encoded(photographed(a_paper(1), 1).resize((1200, 900)), quality=80)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture}


@dataclass(frozen=True)
class Resident:
    """One browser at the terminal at `address`."""

    page: Page
    address: str
    has_script: bool = True

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, words: str) -> None:
        """Press a button and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str) -> None:
        """Follow a link to another page, and wait for that page."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def choose(self, words: str) -> None:
        self.page.locator("label.option", has_text=words).click()

    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def find_the_allowance(self) -> None:
        """Home, a search by pinyin, the guide, and the start."""
        self.open("/")
        self.page.get_by_role("searchbox").fill("zunlaojin")
        self.press("搜索")
        self.follow(ALLOWANCE)
        expect(self.page.locator("h1")).to_have_text(ALLOWANCE)
        self.press("开始办理")

    def identify(self, elder: Elder, id_number: str = "") -> None:
        self.page.get_by_label("姓名").fill(elder.name)
        self.page.get_by_label("公民身份号码").fill(id_number or elder.id_number)
        self.page.get_by_label("联系电话").fill(elder.phone)
        consent = self.page.locator("#consent")
        if not consent.is_checked():
            self.choose("我同意为办理本事项使用我的个人信息")
        self.press("下一步")

    def answer_the_questions(self) -> None:
        """Somebody who lives at home, collects alone and has no bank card along."""
        expect(self.page.locator("h1")).to_have_text("年龄档次")
        self._answer("80至89周岁")
        expect(self.page.locator("h1")).to_have_text("户籍地址")
        self.page.get_by_label("村（社区）").select_option(index=5)
        self.page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
        self.press("下一步")
        for answer in ("是", "否", "否"):
            self._answer(answer)
        expect(self.page.locator("h1")).to_have_text("提交材料")

    def _answer(self, words: str) -> None:
        asked = self.title()
        self.page.get_by_label(words, exact=True).check(force=True)
        self.press("下一步")
        expect(self.page.locator("h1")).not_to_have_text(asked)

    def hand_in_the_materials(self) -> None:
        """Photograph two papers; the third is not here and may follow."""
        for paper in ("居民身份证", "居民户口簿"):
            self.follow(paper)
            self.photograph()
            self.follow("拍好了，返回清单")
        self.follow("社会保障卡发放账户")
        self.press("以后补交")
        self.press("下一步")
        expect(self.page.locator("h1")).to_have_text("核对填写内容")

    def photograph(self) -> None:
        """Give one picture on the page of a material."""
        self.page.locator("#picture").set_input_files(a_photograph())
        if not self.has_script:
            self.press("上传")
        expect(self.page.locator(".shot img")).to_have_count(1)

    def draw_a_signature(self) -> None:
        """Draw with a finger; needs JavaScript."""
        self.page.locator("canvas").scroll_into_view_if_needed()
        box = self.page.locator("canvas").bounding_box()
        assert box
        mouse = self.page.mouse
        for left, top, right, bottom in ((0.2, 0.3, 0.5, 0.7), (0.5, 0.25, 0.35, 0.8)):
            mouse.move(box["x"] + box["width"] * left, box["y"] + box["height"] * top)
            mouse.down()
            mouse.move(box["x"] + box["width"] * right, box["y"] + box["height"] * bottom, steps=12)
            mouse.up()

    def hand_in(self) -> None:
        """From the answers to the receipt, confirming without drawing."""
        self.follow("核对无误，去签名")
        self.choose("我自愿承诺")
        self.choose("不手写，我确认以上内容属实")
        self.press("提交申请")
        expect(self.page.locator("h1")).to_have_text("申请已提交")

    def apply(self, elder: Elder) -> str:
        """The short way from home to the receipt; return the case number."""
        self.find_the_allowance()
        self.identify(elder)
        self.answer_the_questions()
        self.hand_in_the_materials()
        self.hand_in()
        return self.case_number()

    def case_number(self) -> str:
        return self.page.locator(".receipt__number").inner_text()

    def take_a_picture_of_the_code(self, file: Path) -> Path:
        """Photograph the receipt's QR code off the screen, as a PNG."""
        self.page.locator(".receipt__code .code").screenshot(path=file)
        return file

    def scan_the_picture(self, file: Path) -> None:
        """Give a picture to the scan page and confirm what was read."""
        self.open("/")
        self.follow("扫一扫")
        self.page.locator("#image").set_input_files(file)
        if not self.has_script:
            self.press("上传")
        expect(self.page.locator("h1")).to_have_text("这是受理凭证")
        self.press("查看进度")
