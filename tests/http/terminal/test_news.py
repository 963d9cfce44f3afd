"""What the hall tells of a case beside decisions, on the resident's page of progress."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk import clock, workdays
from kiosk.cases import (
    afterwards,
    deadlines,
    desk,
    history,
    notices,
    pausing,
    queries,
    redress_steps,
    service,
    work,
)
from kiosk.cases.model import Case
from kiosk.cases.redress_steps import Entered
from kiosk.cases.redressing import Redress
from tests.builders.bundles import a_bundle
from tests.builders.cases import PROMISED_ITEM, SHORT_ITEM, a_case_at, a_submission
from tests.builders.clerks import a_stranger, signed_in
from tests.builders.machines import STATION
from tests.builders.papers import text_of
from tests.builders.promises import a_promising_case_at
from tests.http.terminal.resident import Forms

#: A Thursday morning; three working days later is the Tuesday.
THURSDAY = datetime(2026, 11, 26, 2, tzinfo=UTC)


@pytest.fixture
def accepted(small_pair):
    """An accepted case, its terminal having heard of it; the clock can be moved."""
    at = [THURSDAY]
    with clock.use(lambda: at[0]):
        made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
        small_pair.settle()
        small_pair.hall.within(desk.decide, small_pair.hall.parts, made.case_id, "accept", "wang")
        small_pair.settle()
        yield small_pair, made, at


def a_short_case_at(terminal):
    return a_case_at(terminal, a_submission(terminal, SHORT_ITEM))


def paused(pair, made, days=3):
    pair.hall.within(pausing.pause, pair.hall.parts, made.case_id, "wang", "appraisal", days)
    pair.settle()


def page_of(pair, made):
    client = pair.terminal.client()
    with client.session_transaction() as cookie:
        cookie["looked_up"] = made.case_id
    return client.get("/progress/case").get_data(as_text=True)


def progress(pair, made):
    return pair.terminal.within(queries.progress_of, pair.terminal.parts, made.case_id)


def test_a_resident_reads_why_the_time_stands_until_when_and_the_new_day(accepted):
    pair, made, at = accepted
    before = progress(pair, made).due_on
    paused(pair, made)
    page = page_of(pair, made)
    assert "11月26日起暂停计时：鉴定。" in page
    assert "预计到2026年12月1日" in page
    assert (progress(pair, made).state, progress(pair, made).due_on) == ("accepted", None)

    at[0] += timedelta(days=5)
    assert "预计到2026年12月1日" in page_of(pair, made), "the last day itself is not late"
    at[0] += timedelta(days=1)
    page = page_of(pair, made)
    assert "预计到" not in page and "已超过告知的2026年12月1日" in page
    pair.hall.within(pausing.resume, pair.hall.parts, made.case_id, "wang")
    pair.settle()
    with pair.hall.reading() as session:
        due_on = session.get_one(Case, made.case_id).due_on
    assert progress(pair, made).pause is None
    assert progress(pair, made).due_on == due_on > before
    with pair.terminal.reading() as session:
        case = session.get_one(Case, made.case_id)
    assert (case.next_due, case.stands) == (due_on, False)
    events = [event.kind for event in progress(pair, made).events]
    assert events[-3:] == ["accepted", "paused", "resumed"]


def test_the_stations_staff_are_not_late_with_a_case_that_stands(accepted):
    pair, made, _ = accepted
    paused(pair, made)
    with pair.terminal.reading() as session:
        case = session.get_one(Case, made.case_id)
    assert case.next_due == date(2026, 12, 1)
    assert work.due_of(case, date(2026, 12, 1)) == (date(2026, 12, 1), deadlines.STANDS)
    assert work.due_of(case, date(2026, 12, 2))[1] == deadlines.STOOD_TOO_LONG


@pytest.mark.parametrize(
    ("a_case", "says"), [(a_short_case_at, True), (a_promising_case_at, False)]
)
def test_only_one_who_owes_no_document_is_told_to_do_nothing(small_pair, a_case, says):
    made = a_case(small_pair.terminal)
    small_pair.settle()
    small_pair.hall.within(desk.decide, small_pair.hall.parts, made.case_id, "accept", "wang")
    paused(small_pair, made)
    page = page_of(small_pair, made)
    assert "暂停计时：鉴定。" in page
    assert ("不用做什么" in page) is says
    assert ("您还要补交" in page) is not says


def at_the_station(pair, made):
    """The words and the day of its light there, and whether it is counted as late."""
    with pair.terminal.reading() as session:
        due, light = work.due_of(session.get_one(Case, made.case_id), clock.today())
    late = pair.terminal.within(
        work.work_list, pair.terminal.parts, STATION, work.Filters(), ""
    ).counts[work.OVERDUE]
    return light.words.zh, due, late


def test_a_case_that_stands_is_late_at_the_station_only_past_the_pause(accepted):
    pair, made, at = accepted
    promised = progress(pair, made).due_on
    paused(pair, made, days=90)
    until = workdays.add(THURSDAY.date(), 90)
    at[0] = datetime.combine(promised + timedelta(days=2), THURSDAY.time(), UTC)
    assert at_the_station(pair, made) == ("时限暂停", until, 0)
    at[0] = datetime.combine(until + timedelta(days=1), THURSDAY.time(), UTC)
    assert at_the_station(pair, made) == ("暂停已超过告知的时间", until, 1)

    pair.hall.within(pausing.resume, pair.hall.parts, made.case_id, "wang")
    pair.settle()
    words, due, late = at_the_station(pair, made)
    assert words.startswith("还剩") and due == progress(pair, made).due_on and late == 0


def test_a_decision_ends_the_pause_at_the_station_too(accepted):
    pair, made, _ = accepted
    paused(pair, made)
    with pair.hall.writing() as session:
        session.get_one(Case, made.case_id).paused_at = None
    pair.hall.within(desk.decide, pair.hall.parts, made.case_id, "approve", "wang")
    pair.settle()
    with pair.terminal.reading() as session:
        case = session.get_one(Case, made.case_id)
    assert (case.paused_at, case.ends_on, case.state) == (None, None, "approved")


def test_no_paper_and_no_page_names_the_old_day_while_the_clock_stands(small_pair):
    terminal, hall = small_pair.terminal, small_pair.hall
    submission = a_bundle(terminal, "YJS-04", "RS-011", "RS-017").submission()
    made = terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    hall.within(desk.decide, hall.parts, made.case_id, "accept", "wang")
    small_pair.settle()
    client, told = terminal.client(), {"Authorization": f"Receipt {made.token}"}
    with client.session_transaction() as cookie:
        cookie["looked_up"] = made.case_id
        cookie["receipt"] = {"token": made.token, "item": "YJS-04", "draft": None}

    def shown():
        yield from (client.get(path).text for path in ("/progress/bundle", "/receipt"))
        yield text_of(client.get("/receipt/receipt.pdf").data)

    due = date(2027, 3, 1)
    with terminal.writing() as session:
        session.get_one(Case, made.case_id).due_on = due
    days = ("3月1日", due.isoformat())
    api = f"/api/v1/cases/{made.number}"
    assert all(any(day in page for day in days) for page in shown())
    assert client.get(api, headers=told).json["due_on"] == due.isoformat()
    paused(small_pair, made, days=90)
    for page in shown():
        assert "暂停计时" in page and not any(day in page for day in days)
    assert client.get(api, headers=told).json["due_on"] is None


def test_one_who_withdraws_meanwhile_is_told_of_no_clock(accepted):
    pair, made, _ = accepted
    paused(pair, made)
    with pair.terminal.writing() as session:
        session.get_one(Case, made.case_id).state = "withdrawn"
    assert progress(pair, made).pause is None


def test_the_notice_names_procedure_day_and_law_and_the_desk_shows_the_pause_once(accepted):
    pair, made, _ = accepted
    paused(pair, made)
    clerk = signed_in(pair.hall, "clerk")
    paper = text_of(clerk.get(f"/desk/{made.case_id}/notices/paused.pdf").data)
    for words in ("特别程序告知书", "鉴定", "2026年12月1日", "第四十五条"):
        assert words in paper.replace("\n", "")
    with pair.hall.reading() as session:
        story = history.facts(session, pair.hall.parts.keyring, made.case_id)
    assert [fact.kind for fact in story] == ["case.submitted", "case.accepted"]


def test_a_case_that_stands_twice_has_two_notices_and_both_are_genuine(accepted):
    pair, made, at = accepted
    papers = []
    clerk = signed_in(pair.hall, "clerk")
    for name, why in (("paused", "appraisal"), ("paused-2", "hearing")):
        pair.hall.within(pausing.pause, pair.hall.parts, made.case_id, "wang", why, 3)
        papers.append(text_of(clerk.get(f"/desk/{made.case_id}/notices/{name}.pdf").data))
        at[0] += timedelta(days=1)
        pair.hall.within(pausing.resume, pair.hall.parts, made.case_id, "wang")
    page = clerk.page(f"/desk/{made.case_id}")
    assert "/notices/paused.pdf" in page and "/notices/paused-2.pdf" in page
    first, second = (paper.replace("\n", "") for paper in papers)
    assert "鉴定" in first and f"{made.number}号" in first
    assert "听证" in second and f"{made.number}-2号" in second

    keyring = pair.hall.parts.keyring
    with pair.hall.reading() as session:
        told = history.facts(session, keyring, made.case_id, with_news=True)
    paused = [each for each in notices.issued(told) if each.kind == notices.PAUSED]
    assert len(paused) == 2
    for each, day in zip(paused, ("11月26日", "11月27日"), strict=True):
        code = notices.mark(keyring, made.case_id, each)
        page = a_stranger(pair.hall).page(f"/notices/{made.case_id}/paused/{code}")
        assert "真实有效" in page and day in page


REPLY = "已向窗口通报，今后当天告知缺什么材料"


def rated_badly_and_answered(pair, made):
    pair.hall.within(desk.decide, pair.hall.parts, made.case_id, "approve", "wang")
    pair.settle()
    pair.terminal.within(
        afterwards.rate, pair.terminal.parts, made.case_id, 1, ["slow"], "等了很久"
    )
    pair.settle()
    with pair.hall.reading() as session:
        redress = session.scalars(select(Redress.id)).one()
    for step, words in (("contact", "已联系"), ("reply", REPLY)):
        pair.hall.within(redress_steps.take, pair.hall.parts, redress, step, "zhao", Entered(words))
    pair.settle()


def test_the_answer_to_a_bad_rating_is_read_where_it_was_given_and_not_at_the_desk(accepted):
    pair, made, _ = accepted
    rated_badly_and_answered(pair, made)
    page = page_of(pair, made)
    assert REPLY in page and "已联系" not in page
    assert REPLY not in signed_in(pair.hall, "clerk").page(f"/desk/{made.case_id}")


def test_staff_who_turn_to_the_case_are_not_told_that_it_was_rated(accepted, agent, resident):
    pair, made, _ = accepted
    rated_badly_and_answered(pair, made)
    agent.open(f"/staff/work/{made.case_id}")
    token = next(hidden for _, hidden in Forms(agent.page).forms if "csrf_token" in hidden)
    agent.browser.post(f"/staff/work/{made.case_id}", data={**token, "to": "progress"})
    agent.open("/progress/case")
    assert "申请已经通过" in agent.text
    for told in (REPLY, "您已评价", "/progress/rating"):
        assert told not in agent.page
    assert agent.browser.get("/progress/rating").status_code == 404

    item = pair.terminal.parts.catalogue.item(made.item)
    number = next(s for s in item.samples if not s.expect).answers["applicant"]["id_number"]
    for browser in (resident, agent):
        browser.open("/progress")
        browser.send({"number": made.number, "id_tail": number[-4:]})
        assert REPLY in browser.page and "您已评价" in browser.page


@pytest.mark.parametrize(("days", "light"), [(-10, None), (-1, "yellow"), (2, "red")])
def test_a_resident_is_reminded_of_a_promised_document_from_days_before_its_day(
    small_pair, days, light
):
    with clock.use(lambda: THURSDAY):
        made = a_promising_case_at(small_pair.terminal)
        due = progress(small_pair, made).supply_by
    assert due is not None and due > THURSDAY.date() + timedelta(days=11)
    then = datetime.combine(due + timedelta(days=days), THURSDAY.time(), UTC)
    with clock.use(lambda: then):
        page = page_of(small_pair, made)
    reminded = [colour for colour in ("yellow", "red") if f"light_{colour}" in page]
    assert reminded == ([light] if light else [])
    assert ("承诺补交的材料" in page) is (light is not None)
