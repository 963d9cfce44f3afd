"""What the hall has not taken, as residents and staff see it at the terminal, and what they can do."""

from html import unescape

import orjson
import pytest
from sqlalchemy import select

from kiosk.cases import desk, service
from kiosk.cases.help import promises
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.operators import service as accounts
from kiosk.terminal.progress import LOOKED_UP
from sync import feed, verdicts
from sync.state import Verdict, WantedFile, peer_of
from tests.builders.cases import a_case_at, a_submission
from tests.builders.clerks import PASSWORD, Person
from tests.builders.machines import STATION, Pair
from tests.builders.poison import WRONG, Desk, a_poisoned_submission, a_poisoned_supply, told
from tests.builders.promises import WANTED, a_promising_case_at


def progress(pair: Pair, case_id: str) -> str:
    """The progress page of a case that was looked up."""
    client = pair.terminal.client()
    with client.session_transaction() as cookie:
        cookie[LOOKED_UP] = case_id
    return unescape(client.get("/progress/case").get_data(as_text=True))


def state(pair: Pair, case_id: str) -> str:
    with pair.terminal.reading() as session:
        return session.get_one(Case, case_id).state


def test_what_waits_at_the_hall_is_told_and_what_was_set_aside_with_its_reason(small_pair):
    case_id = a_poisoned_supply(small_pair)
    small_pair.push()
    assert "中心还没能读取这个办件送来的内容" in progress(small_pair, case_id)
    Desk(small_pair).set_aside(2, "照片与事项不符")
    small_pair.pull()
    page = progress(small_pair, case_id)
    assert "补交材料：中心没有采纳：照片与事项不符" in page
    assert "set aside" not in page


def test_a_correction_that_was_set_aside_can_be_made_again(small_pair):
    case_id = a_case_at(small_pair.terminal).case_id
    small_pair.push()
    hall, terminal = small_pair.hall, small_pair.terminal
    hall.within(desk.decide, hall.parts, case_id, "return", "clerk", "", ("缺一页",))
    small_pair.pull()
    told(small_pair, "case.corrected", case_id, WRONG)
    with terminal.writing() as session:
        session.get_one(Case, case_id).state = "submitted"
    small_pair.push()
    assert "现在补正" not in progress(small_pair, case_id)
    Desk(small_pair).set_aside(2, "请重拍")
    small_pair.pull()
    assert state(small_pair, case_id) == "returned"
    page = progress(small_pair, case_id)
    assert "补正申请：中心没有采纳：请重拍" in page
    assert 'action="/progress/correct"' in page
    again = a_submission(terminal).submission()
    terminal.within(service.correct, terminal.parts, case_id, again, "second")
    small_pair.push()
    assert Desk(small_pair).verdicts() == ["applied", "refused", "applied"]
    assert "请重拍" not in progress(small_pair, case_id).split("办理经过")[0]


def test_a_promised_document_that_was_set_aside_is_owed_again(small_pair):
    terminal, case_id = small_pair.terminal, a_promising_case_at(small_pair.terminal).case_id
    strange = {"requirement": WANTED, "mode": "teleported", "materials": []}
    told(small_pair, "case.supplied", case_id, {"attachments": [strange], "files": {}})
    with terminal.writing() as session:
        promises.settle(session, terminal.parts.keyring, case_id)
        assert session.get_one(HelpRecord, case_id).state == "done"
        session.get_one(Case, case_id).supply_by = None
    small_pair.push()
    Desk(small_pair).set_aside(2, "请重拍")
    small_pair.pull()
    with terminal.reading() as session:
        assert session.get_one(HelpRecord, case_id).state == "open"
        assert session.get_one(Case, case_id).supply_by is not None
    assert f"/progress/supply/{WANTED}" in progress(small_pair, case_id)


def test_a_withdrawal_that_was_set_aside_leaves_the_case_as_the_hall_has_it(small_pair):
    case_id = a_case_at(small_pair.terminal).case_id
    told(small_pair, "case.withdrawn", case_id, {}, version=2)
    with small_pair.terminal.writing() as session:
        session.get_one(Case, case_id).state = "withdrawn"
    small_pair.push()
    assert "升级" in progress(small_pair, case_id)
    Desk(small_pair).set_aside(2, "请在窗口撤回")
    small_pair.pull()
    assert state(small_pair, case_id) == "submitted"
    assert 'href="/progress/withdraw"' in progress(small_pair, case_id)


def test_an_application_that_was_set_aside_is_over_and_says_so(small_pair):
    case_id = a_case_at(small_pair.terminal).case_id
    with small_pair.terminal.writing() as session:
        entry = session.connection().exec_driver_sql("SELECT digest FROM journal").scalar_one()
    small_pair.push()
    item = {"digest": entry.hex(), "epoch": 1, "seq": 1, "subject": case_id}
    publish(small_pair, {**item, "kind": "case.submitted", "verdict": "refused"})
    small_pair.pull()
    assert state(small_pair, case_id) == "withdrawn"
    page = progress(small_pair, case_id)
    assert "中心没有收下这次申请" in page
    assert "中心没有采纳：材料不清" in page
    assert "您已撤回" not in page


def publish(pair: Pair, body: dict) -> None:
    told_as = {**body, "reason": "set aside: 材料不清", "state": None, "after_entry": 0}
    with pair.hall.writing() as session:
        feed.publish(session, pair.terminal_id, verdicts.KIND, None, orjson.dumps(told_as), 1)


def test_staff_see_all_that_was_not_taken_and_which_case_it_is_of(small_pair, staff_at):
    case_id = a_poisoned_supply(small_pair)
    a_poisoned_submission(small_pair)
    told(small_pair, "case.dreamt", case_id, {})
    small_pair.push()
    page = staff_at(small_pair, "/staff")
    assert "中心未采纳的记录" in page
    assert f"/staff/work/{case_id}" in page
    assert "中心没能读出，有专人处理" in page
    assert "在等同一办件更早的记录" in page
    assert "中心未采纳" in staff_at(small_pair, "/staff/work?tab=open")
    assert "补交材料" in staff_at(small_pair, f"/staff/work/{case_id}")


def test_after_a_correction_at_the_hall_nothing_is_shown_any_more(small_pair, staff_at):
    case_id = a_poisoned_supply(small_pair)
    small_pair.push()
    typed = '{"attachments": [], "files": {}, "channel": "kiosk", "operator": null}'
    assert Desk(small_pair).correct(2, typed) == "applied"
    small_pair.pull()
    with small_pair.terminal.reading() as session:
        assert session.scalars(select(Verdict.verdict)).all() == ["applied"]
    assert "中心未采纳" not in staff_at(small_pair, "/staff")
    assert "没有采纳" not in progress(small_pair, case_id)


@pytest.fixture
def staff_at():
    """Reads a page as a member of the station's staff, who signs in for the first one."""
    people: list[Person] = []

    def read(pair: Pair, path: str) -> str:
        if not people:
            terminal = pair.terminal
            terminal.within(accounts.create, "staff", "站长", "staff", PASSWORD, (STATION,))
            people.append(Person(terminal.client()))
            sign_in = "/staff/sign-in"
            people[0].send(sign_in, sign_in, username="staff", password=PASSWORD)
        return people[0].page(path)

    return read


def test_staff_are_told_of_pictures_that_the_centre_waits_for_and_that_are_lost_here(
    agent, small_pair
):
    agent.open("/staff")
    assert "已损坏或丢失" not in agent.text
    with small_pair.terminal.writing() as session:
        session.add(WantedFile(sha256="0f" * 32))
    agent.open("/staff")
    assert "中心在等的 1 份图片在本站已损坏或丢失" in agent.text
    assert "中心缺少图片，本站也已没有" in agent.text
    assert "全部已送到中心" not in agent.text


def test_not_everything_has_reached_the_centre_while_it_waits_for_pictures(agent, small_pair):
    agent.open("/staff")
    assert "全部已送到中心" in agent.text
    with small_pair.terminal.writing() as session:
        peer_of(session).blobs_wanted = 2
    agent.open("/staff")
    assert "网络正常，正在上传" in agent.text
    assert "全部已送到中心" not in agent.text
