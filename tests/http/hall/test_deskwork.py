"""What a clerk does beside deciding: checklist, hands, departments, and a clock that stands."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import deadlines, desk, service
from kiosk.cases.model import Case
from kiosk.operators.audit import AuditRecord
from sync import feed
from tests.builders.cases import PROMISED_ITEM, SHORT_ITEM, a_case_at, a_submission
from tests.builders.clerks import an_account, signed_in

#: A Monday among plain weeks.
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
A_WEEK_LATER = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)


@pytest.fixture
def case_id(small_pair) -> str:
    with clock.use(lambda: NOW):
        receipt = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
        small_pair.settle()
    return receipt.case_id


@pytest.fixture
def clerk(small_pair):
    return signed_in(small_pair.hall, "clerk")


def row(pair, case_id) -> Case:
    with pair.hall.reading() as session:
        return session.get_one(Case, case_id)


def acts(pair) -> list[str]:
    with pair.hall.reading() as session:
        found = session.scalars(select(AuditRecord.act).order_by(AuditRecord.seq)).all()
    # Looking at a page is recorded too.
    return [act for act in found if act.startswith("case.") and act != "case.opened"]


def decide(pair, case_id, verb, clerk, **more):
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, clerk.operator_id, **more)


def test_what_the_checklist_lacks_becomes_the_reasons_of_the_one_return(small_pair, case_id, clerk):
    page = f"/desk/{case_id}"
    points = re.findall(r'name="mark:([^"]+)" value="lacking"', clerk.page(page))
    assert len(points) > 2
    first, second = points[:2]
    marks = {f"mark:{first}": "lacking", f"note:{first}": "照片不清楚", f"mark:{second}": "ok"}
    assert clerk.send(page, f"{page}/checklist", **marks).status_code == 303
    shown = clerk.page(page)
    assert re.search(r'<textarea[^>]*id="return-reasons"[^>]*>[^<]+：照片不清楚</textarea>', shown)
    assert shown.count(" checked") == 2
    assert acts(small_pair)[-1] == "case.checked"


def test_something_lacking_needs_words_and_nothing_is_kept_without(small_pair, case_id, clerk):
    page = f"/desk/{case_id}"
    point = re.search(r'name="mark:([^"]+)"', clerk.page(page))[1]
    before = {**small_pair.hall.row_counts(), "audit": 0}
    answer = clerk.send(page, f"{page}/checklist", **{f"mark:{point}": "lacking"})
    assert answer.status_code == 422
    assert "请写明缺什么" in answer.get_data(as_text=True)
    assert clerk.send(page, f"{page}/checklist", **{"mark:m:other": "ok"}).status_code == 422
    assert {**small_pair.hall.row_counts(), "audit": 0} == before
    assert "case.checked" not in acts(small_pair)


def test_the_second_clerk_sees_who_holds_a_case_and_cannot_touch_it(small_pair, case_id, clerk):
    page = f"/desk/{case_id}"
    clerk.send(page, f"{page}/take")
    other = signed_in(small_pair.hall, "clerk", "liu")
    shown = other.page(page)
    assert "名字-clerk" in shown
    assert "开始</span>" in shown
    for act, data in (
        ("release", {}),
        ("checklist", {"mark:x": "ok"}),
        ("pause", {"why": "hearing", "days": "3"}),
    ):
        assert other.send("/desk", f"{page}/{act}", **data).status_code in (409, 422), act
    assert row(small_pair, case_id).holder == clerk.operator_id


def test_a_case_is_handed_over_and_put_back_and_an_admin_may_free_it(small_pair, case_id, clerk):
    page, colleague = f"/desk/{case_id}", an_account(small_pair.hall, "clerk", "liu")
    auditor = an_account(small_pair.hall, "auditor")
    clerk.send(page, f"{page}/take")
    assert clerk.send(page, f"{page}/hand-over", to=auditor).status_code == 422
    assert clerk.send(page, f"{page}/hand-over", to=colleague, note="请继续").status_code == 303
    assert row(small_pair, case_id).holder == colleague
    admin = signed_in(small_pair.hall, "admin")
    assert "请继续" in admin.page(page)
    assert admin.send(page, f"{page}/release").status_code == 303
    assert row(small_pair, case_id).holder is None
    assert acts(small_pair)[-3:] == ["case.taken", "case.handed_over", "case.released"]


def test_a_case_is_sent_to_another_department_with_a_reason_and_leaves_the_list_of_its_own(
    small_pair, case_id, clerk
):
    page = f"/desk/{case_id}"
    item = small_pair.hall.within(
        lambda: small_pair.hall.parts.releases.current.item(PROMISED_ITEM)
    )
    own = item.department.zh
    catalogue = small_pair.hall.within(lambda: small_pair.hall.parts.releases.current)
    other = next(i.department.zh for i in catalogue.items.values() if i.department.zh != own)
    assert clerk.send(page, f"{page}/route", department=other).status_code == 422
    assert clerk.send(page, f"{page}/route", department="月球局", reason="试").status_code == 422
    assert case_id in clerk.page(f"/desk?department={own}")
    assert clerk.send(page, f"{page}/route", department=other, reason="归口").status_code == 303
    assert case_id not in clerk.page(f"/desk?department={own}")
    assert case_id in clerk.page(f"/desk?department={other}")
    assert "归口" in clerk.page(page)


def state_of(page: str) -> str:
    """What stands beside the name of a case: its state, its light, its days."""
    return page.partition('class="head__state"')[2].partition("</div>")[0]


def test_a_clock_that_stood_goes_on_with_the_days_that_were_left(small_pair, case_id, clerk):
    page = f"/desk/{case_id}"
    with clock.use(lambda: NOW):
        decide(small_pair, case_id, "accept", clerk)
        before = row(small_pair, case_id)
        assert clerk.send(page, f"{page}/pause", why="hearing", days="0").status_code == 422
        assert "承诺" in state_of(clerk.page(page))
        assert "承诺 11月" in clerk.page("/desk")
        assert clerk.send(page, f"{page}/pause", why="hearing", days="5").status_code == 303
        standing = clerk.page("/desk?light=grey")
        assert "时限暂停" in standing
        assert "承诺 11月" not in standing
        assert "承诺" not in state_of(clerk.page(page)), "the day will be a later one"
        assert row(small_pair, case_id).promised_on is None
        answer = clerk.send("/desk", f"{page}/decisions", action="approve")
        assert answer.status_code == 409
    # A week later; four working days lie between.
    with clock.use(lambda: A_WEEK_LATER):
        assert clerk.send(page, f"{page}/resume").status_code == 303
    after = row(small_pair, case_id)
    assert deadlines.working_days(before.due_on, after.due_on) == 4
    assert deadlines.working_days(before.legal_on, after.legal_on) == 4
    assert after.paused_at is None
    assert after.ends_on == after.due_on


def test_what_is_done_on_the_spot_is_due_on_the_day_on_which_its_clock_goes_on(small_pair, clerk):
    with clock.use(lambda: NOW):
        made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, SHORT_ITEM))
        small_pair.settle()
        decide(small_pair, made.case_id, "accept", clerk)
        page = f"/desk/{made.case_id}"
        assert clerk.send(page, f"{page}/pause", why="hearing", days="9").status_code == 303
    with clock.use(lambda: A_WEEK_LATER):
        assert clerk.send(page, f"{page}/resume").status_code == 303
        assert row(small_pair, made.case_id).ends_on == clock.today()
        assert "今天到期" in clerk.page("/desk?light=yellow")


def test_a_pause_that_takes_longer_than_was_said_turns_red(small_pair, case_id, clerk):
    page = f"/desk/{case_id}"
    with clock.use(lambda: NOW):
        decide(small_pair, case_id, "accept", clerk)
        clerk.send(page, f"{page}/pause", why="hearing", days="4")
        assert "时限暂停" in clerk.page("/desk?light=grey")
    with clock.use(lambda: A_WEEK_LATER):
        assert "暂停已超过告知的时间" in clerk.page("/desk?light=red")
        assert case_id not in clerk.page("/desk?light=grey")


def test_without_its_release_a_case_has_an_open_end_and_nothing_is_late(small_pair, case_id, clerk):
    with small_pair.hall.writing() as session:
        session.get_one(Case, case_id).release = "not-here"
    with clock.use(lambda: NOW):
        decide(small_pair, case_id, "accept", clerk)
    assert row(small_pair, case_id).ends_on is None
    with clock.use(lambda: A_WEEK_LATER):
        assert "时限未知" in clerk.page("/desk?light=grey")
        assert case_id not in clerk.page("/desk?light=red")
        page = f"/desk/{case_id}"
        assert clerk.send(page, f"{page}/pause", why="hearing", days="3").status_code == 409


def test_a_decision_on_a_case_that_was_withdrawn_meanwhile_is_refused_in_plain_words(
    small_pair, case_id, clerk
):
    page = f"/desk/{case_id}"
    token = clerk.token(page)
    small_pair.terminal.within(service.withdraw, small_pair.terminal.parts, case_id)
    small_pair.settle()
    with small_pair.hall.reading() as session:
        told = len(feed.since(session, small_pair.terminal_id, 0))
    answer = clerk.client.post(f"{page}/decisions", data={"csrf_token": token, "action": "accept"})
    assert answer.status_code == 409
    assert "申请人已撤回申请" in answer.get_data(as_text=True)
    with small_pair.hall.reading() as session:
        assert len(feed.since(session, small_pair.terminal_id, 0)) == told
    assert row(small_pair, case_id).ends_on is None


def test_pictures_are_turned_by_plain_links(small_pair, case_id, clerk):
    page = clerk.page(f"/desk/{case_id}")
    picture = re.search(r"picture=([0-9a-f-]+)&turn=1", page)
    assert picture, "a case with pictures has a link that turns them"
    assert "viewer__pane_turn2" in clerk.page(f"/desk/{case_id}?picture={picture[1]}&turn=2")
