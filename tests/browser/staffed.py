"""Ways through the screens of a station that is staffed: counter, cases, help, pre-checks, tablets.

A member of staff and somebody else take turns; each stop is whose screen it is, its name, and the
windows it is looked at in. Neighbours: `rarer.py` has the ways of residents, `premises.py` makes
what has to have happened before, `test_screens.py` looks.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from playwright.sync_api import Locator, expect

from kiosk import certifying, clock
from kiosk.cases import assigning, drafts, service
from kiosk.cases.help import ahead, records
from kiosk.cases.help.reading import record_of
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Submission
from kiosk.counter import tickets
from kiosk.devices import register
from tests.browser.premises import Premises
from tests.browser.rarer import begin, look_up
from tests.browser.resident import CODE, Elder, Resident, a_photograph
from tests.browser.sizes import ALL, KIOSK
from tests.builders.cases import PROMISED_ITEM, a_picture_at, a_submission
from tests.builders.machines import STATION
from tests.builders.tablets import a_tablet

Stop = tuple[Resident, str, tuple[str, ...]]

REASONS = ("户籍地址缺门牌号", "居民户口簿第二页看不清")
MISSING = "居民户口簿\n第二张照片看不清，请重新拍"


@dataclass(frozen=True)
class Staffed:
    """The station's one member of staff, signed in, and a browser of somebody else."""

    premises: Premises
    staff: Resident
    other: Resident
    operator: str

    def submitted(self, code: str = CODE, operator: str | None = None) -> Receipt:
        """A case of the person of the sample; taken in by `operator`, or at the kiosk."""
        made = replace(a_submission(self.premises.terminal, code).submission(), operator=operator)
        return self._within(service.submit, made, str(uuid.uuid4()))

    def returned(self) -> Receipt:
        """A case that somebody gave to the staff, with words to it, and the centre has returned."""
        made = self.submitted(operator=self.operator)
        me = self.operator
        self._within(assigning.assign, STATION, [made.case_id], me, me, "周五下午再打电话")
        self.premises.pair.settle()
        self.premises.decide(made, "return", reasons=REASONS)
        return made

    def correct(self, made: Receipt) -> None:
        builder = a_submission(self.premises.terminal, CODE)
        address = builder.answers["claim"]["registered_address"]
        put_right: Submission = builder.answering(
            "claim.registered_address", {**address, "detail": "人民中路88号"}
        ).submission()
        self._within(service.correct, made.case_id, put_right, str(uuid.uuid4()))

    def sent_ahead(self) -> str:
        """The id of a pre-check (网上预审) from which a paper is missing."""
        terminal = self.premises.terminal
        builder = a_submission(terminal, CODE)
        picture = a_picture_at(terminal, a_photograph()["buffer"])
        first = next(iter(builder.attachments))
        given = {
            "answers": builder.answers,
            "attachments": {first: {"mode": "file", "materials": [picture]}},
            "consent": True,
        }
        draft = self._within(drafts.open_draft, CODE, **given)
        return str(self._within(ahead.send, builder.item, draft))

    def _within(self, verb: Any, *arguments: object, **more: object) -> Any:
        terminal = self.premises.terminal
        return terminal.within(verb, terminal.parts, *arguments, **more)


def staffed(premises: Premises, staff: Resident, other: Resident) -> Staffed:
    """Open the account of somebody of the staff, and sign in."""
    name, password, _ = premises.open_the_staffs_account()
    staff.open("/staff/sign-in")
    staff.page.locator("#username").fill(name)
    staff.page.locator("#password").fill(password)
    staff.press("登录")
    return Staffed(premises, staff, other, premises.operator_id(name))


def at_the_counter(station: Staffed) -> Iterator[Stop]:
    """Somebody draws a number and is called; another has an appointment."""
    staff, other, terminal = station.staff, station.other, station.premises.terminal
    staff.open("/staff/counter")
    yield staff, "counter without a desk", ALL
    other.page.clock.install()
    other.open("/station")
    other.press("取号排队")
    for _ in range(3):
        terminal.within(tickets.draw)
    staff.page.locator("#desk").fill("3号窗口")
    staff.press("开始")
    staff.press("叫下一位")
    yield staff, "counter with somebody called", ALL
    # The page of the number follows by itself; nobody loads it again.
    other.page.clock.fast_forward(10_000)
    expect(other.page.locator(".ticket_called")).to_be_visible()
    yield other, "ticket called", ALL
    # Hangs over the counter and is read from afar: nobody holds it in the hand.
    other.open("/station/screen")
    expect(other.page.locator("[data-calls] li")).to_have_count(1)
    yield other, "screen over the counter", KIOSK
    staff.press("人到了，开始办理")
    staff.page.locator("#day").fill((clock.today() + timedelta(days=1)).isoformat())
    staff.page.locator("#time").fill("10:00")
    staff.press("登记预约")
    yield staff, "counter with an appointment", ALL


def at_the_cases(station: Staffed) -> Iterator[Stop]:
    """The work list, a case that came back, its correction, and who applies a second time."""
    staff, other = station.staff, station.other
    made = station.returned()
    second = station.submitted()
    station.submitted(PROMISED_ITEM)
    staff.open("/staff/work?tab=open")
    yield staff, "work list", ALL
    staff.open("/staff/work?number=123&item=" + CODE)
    yield staff, "work list wrong", ALL
    staff.open(f"/staff/work/{made.case_id}")
    yield staff, "case returned", ALL
    staff.press("现在补正")
    expect(staff.page.locator(".remark")).to_have_count(len(REASONS))
    yield staff, "check with remarks", ALL
    staff.open(f"/items/{CODE}/apply/sections/claim")
    yield staff, "section with a remark", ALL
    station.correct(made)
    staff.open(f"/staff/work/{made.case_id}/versions")
    opened(staff.page.locator("details"))
    yield staff, "versions", ALL
    look_up(other, second)
    begin(other)
    applicant = a_submission(station.premises.terminal, CODE).answers["applicant"]
    other.identify(Elder(applicant["name"]), applicant["id_number"])
    other.press("仍要继续申请")
    yield other, "applied already, no reason", ALL


def at_the_help(station: Staffed) -> Iterator[Stop]:
    """Help with a form, a visit, a parcel, the counts."""
    staff = station.staff
    staff.open(f"/staff/help/begin/{CODE}")
    staff.press("记录并开始填表")
    yield staff, "help begun wrong", ALL
    begin_help(staff)
    yield staff, "form with the banner", ALL
    staff.open("/staff/help/now")
    yield staff, "help goes on", ALL
    staff.press("结束代办")
    staff.open("/staff/help/new/express")
    staff.press("记录")
    yield staff, "express wrong", ALL
    staff.open("/staff/help/visits/new")
    staff.press("预约")
    yield staff, "visit wrong", ALL
    book_a_visit(staff)
    yield staff, "visit", ALL
    for name, path in (("day of visits", "visits"), ("help in numbers", "tally")):
        staff.open(f"/staff/help/{path}")
        yield staff, name, ALL


def at_a_pre_check(station: Staffed) -> Iterator[Stop]:
    """It is looked up, looked through by the staff, and found wanting."""
    staff, other, terminal = station.staff, station.other, station.premises.terminal
    record = station.sent_ahead()
    staff.open("/staff/help")
    yield staff, "help service", ALL
    staff.open(f"/staff/help/records/{record}")
    opened(staff.page.locator("details"))
    yield staff, "pre-check to look through", ALL
    other.open("/ahead")
    other.press("查询")
    yield other, "pre-check asked for wrong", ALL
    asked = (record, "ask", station.operator, {"missing": MISSING})
    terminal.within(records.take, terminal.parts, *asked)
    told = terminal.within(record_of, terminal.parts, record)
    tail = a_submission(terminal, CODE).answers["applicant"]["id_number"][-4:]
    other.page.locator("#number").fill(told.number)
    other.page.locator("#id_tail").fill(tail)
    other.press("查询")
    yield other, "pre-check found wanting", ALL


def at_the_tablets(station: Staffed) -> Iterator[Stop]:
    """A terminal with a certificate: a tablet is paired, another shut out."""
    staff, premises, terminal = station.staff, station.premises, station.premises.terminal
    premises.hallway.set(tls_port=8443)
    certifying.renew(premises.pair.exchange, terminal.parts.config)
    staff.open("/staff/tablets")
    staff.page.locator("#name").fill("柜台1")
    staff.press("显示配对码")
    yield staff, "tablet code", ALL
    paired = a_tablet(terminal)
    terminal.within(register.report, paired.id, 3, clock.now() - timedelta(hours=2))
    staff.open("/staff/tablets")
    yield staff, "tablets", ALL
    staff.open(f"/staff/tablets/{paired.id}/revoke")
    yield staff, "tablet to shut out", ALL
    station.other.open("/pair")
    station.other.press("配对")
    yield station.other, "pairing wrong", ALL


def at_the_carriers(station: Staffed) -> Iterator[Stop]:
    """The queue goes by a stick or by codes, and the answer comes back."""
    staff = station.staff
    station.submitted()
    staff.open("/staff/carrier")
    letter = {"name": "a.jsc", "mimeType": "application/octet-stream", "buffer": b"a letter"}
    with staff.page.expect_navigation():
        staff.page.locator("#file").set_input_files(letter)
    yield staff, "carrier wrong", ALL
    staff.press("显示搬运码")
    expect(staff.page.locator("[data-code]:visible")).to_have_count(1)
    yield staff, "codes of a carrier", ALL
    staff.open("/staff/carrier/camera")
    expect(staff.page.locator("[data-hint]")).to_contain_text("这台机器没有摄像头。")
    yield staff, "camera for a carrier", ALL


def begin_help(staff: Resident) -> None:
    """The resident is here and agrees by word of mouth, before a witness."""
    page = staff.page
    staff.choose("居民本人当面委托")
    page.get_by_label("居民姓名").fill("陈桂英")
    page.get_by_label("居民身份证号").fill("320582194003121225")
    page.get_by_label("联系电话").fill("13862270011")
    page.locator("label.option", has=page.get_by_text("在场", exact=True)).click()
    staff.choose("口头同意")
    page.get_by_label("见证人姓名").fill("陈红")
    staff.press("记录并开始填表")
    expect(page.locator(".banner_helping")).to_be_visible()


def book_a_visit(staff: Resident) -> None:
    page = staff.page
    page.get_by_label("时间").fill("9:30")
    page.get_by_label("村（社区）").select_option(index=5)
    page.get_by_label("路名、楼栋和门牌").fill("花园浜12号")
    page.get_by_label("联系电话").fill("13862270011")
    for number, name in enumerate(("陈桂英", "李国强"), start=1):
        page.get_by_label(f"第{number}位居民姓名").fill(name)
        page.get_by_label(f"第{number}位办理事项").select_option(CODE)
    staff.press("预约")
    expect(page.locator(".timeline")).to_be_visible()


def opened(details: Locator) -> None:
    """Open everything that a page keeps folded, so that it is measured too."""
    details.evaluate_all("(all) => all.forEach((each) => { each.open = true; })")
