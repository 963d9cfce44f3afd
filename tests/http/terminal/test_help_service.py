"""An agent fills in for a resident: recorded, shown on every page, over with the hand-in."""

import base64
import io
import re
from datetime import UTC, datetime, timedelta

from flask import session
from PIL import Image
from sqlalchemy import select

from kiosk import clock
from kiosk.cases.help import counting, records
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case, Draft
from kiosk.terminal import slips
from tests.builders.clerks import signed_in
from tests.builders.machines import Pair
from tests.http.terminal.agents import CODE, banner, begin_help, hand_in, wishes
from tests.http.terminal.resident import Resident


def test_help_is_named_on_every_page_goes_with_the_case_and_ends_with_the_receipt(
    small_pair: Pair, agent: Resident
) -> None:
    begin_help(agent)
    assert agent.at.startswith(f"/items/{CODE}/apply/sections/"), agent.text
    name = wishes()["name"]
    for path in (agent.at, "/", f"/items/{CODE}/apply/check", "/search", "/staff/help"):
        agent.open(path)
        assert f"{name[0]}**" in banner(agent) and "周" in banner(agent), agent.text
        assert name not in banner(agent)
    hand_in(agent)
    assert not banner(agent)
    assert "由周代您提交" in agent.text
    number = agent.number
    # The words of the slip and of the PDF are the same.
    with agent.browser.session_transaction() as known:
        kept = dict(known["receipt"])
    with small_pair.terminal.app.test_request_context():
        session["receipt"] = kept
        assert [value.zh for _, value in slips._slip().facts][-1] == "周"
    agent.open("/staff/help")
    assert not banner(agent)
    small_pair.settle()
    with small_pair.hall.reading() as database:
        case = database.scalars(select(Case)).one()
        record = database.scalars(select(HelpRecord)).one()
    assert (record.kind, record.state, record.case_id) == ("assist", "done", case.id)
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case.id}")
    for words in ("帮代办", "居民本人当面委托", "口头同意，有见证人", "陈*"):
        assert words in page, words
    assert wishes()["id_number"] not in page
    assert number.replace(" ", "") == case.number
    assert clock.now() - case.submitted_at < timedelta(minutes=5)


def test_signing_out_ends_the_help_and_clears_what_was_entered(
    small_pair: Pair, agent: Resident
) -> None:
    begin_help(agent)
    form = agent.at
    agent.open("/staff")
    agent.send(action="/staff/sign-out")
    assert not banner(agent)
    assert agent.browser.get(form).status_code == 401
    with small_pair.terminal.reading() as database:
        assert database.scalars(select(HelpRecord.state)).all() == ["ended"]
        assert database.scalars(select(Draft)).all() == []


def test_every_slip_is_named_and_nothing_is_kept_of_it(small_pair: Pair, agent: Resident) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    begin_help(
        agent,
        authority="relative",
        witness="",
        phone="12",
        **{
            "authority_day-year": str(tomorrow.year),
            "authority_day-month": str(tomorrow.month),
            "authority_day-day": str(tomorrow.day),
        },
    )
    assert agent.status == 422
    for field in ("委托人姓名", "委托人身份证号", "委托日期", "联系电话", "见证人姓名"):
        assert f"{field}：" in agent.text, field
    begin_help(agent, consent="signature", witness="")
    assert agent.status == 422 and "请居民在框内签名" in agent.text
    assert small_pair.terminal.row_counts()["help_record"] == 0
    assert agent.browser.get("/staff/help/begin/GA-999").status_code == 404


def test_a_matter_without_the_resident_is_recorded_with_the_way_its_result_goes_back(
    small_pair: Pair, agent: Resident
) -> None:
    begin_help(agent, presence="away")
    assert agent.status == 422 and "结果怎样送回" in agent.text
    begin_help(agent, presence="away", return_way="brought")
    hand_in(agent)
    small_pair.settle()
    with small_pair.hall.reading() as database:
        rows = database.scalars(select(HelpRecord).order_by(HelpRecord.id)).all()
    assert [(row.kind, row.state) for row in rows] == [("assist", "done"), ("online", "open")]
    assert rows[0].case_id == rows[1].case_id is not None


def test_what_was_done_is_counted_by_agent_item_and_kind(small_pair: Pair, agent: Resident) -> None:
    begin_help(agent)
    agent.send(action="/staff/help/end")
    begin_help(agent)
    hand_in(agent)
    month = clock.today().strftime("%Y-%m")
    assert "尊老金" in agent.open(f"/staff/help/tally?month={month}")
    file = agent.browser.get(f"/staff/help/tally.csv?month={month}").get_data(as_text=True)
    lines = file.removeprefix("\ufeff").splitlines()
    assert lines[1:] == [f'"{month}","320582100008","周","尊老金（高龄津贴）申领","帮代办","1"']
    assert "尊老金" not in agent.open("/staff/help/tally?month=2001-01")
    small_pair.settle()
    auditor = signed_in(small_pair.hall, "auditor")
    assert "尊老金" in auditor.page(f"/help-service/tally?month={month}")
    assert counting.cell("=1+1") == '"\'=1+1"'


def test_what_an_agent_has_left_is_ended_the_next_day(small_pair: Pair, agent: Resident) -> None:
    begin_help(agent)
    terminal, day = small_pair.terminal, timedelta(days=1)
    with clock.use(lambda: datetime.now(UTC) + day), terminal.writing() as database:
        assert records.end_left(database, terminal.parts) == 1
        assert records.end_left(database, terminal.parts) == 0
    assert not banner_after(agent)
    with terminal.reading() as database:
        assert database.scalars(select(HelpRecord.state)).all() == ["ended"]


def banner_after(agent: Resident) -> str:
    agent.open("/")
    return banner(agent)


def test_a_drawn_consent_reaches_the_hall_with_the_record(
    small_pair: Pair, agent: Resident
) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 120), "white").save(buffer, "PNG")
    drawing = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    begin_help(agent, consent="signature", witness="", drawing=drawing)
    hand_in(agent)
    small_pair.settle()
    with small_pair.hall.reading() as database:
        case_id = database.scalars(select(Case.id)).one()
    clerk = signed_in(small_pair.hall, "clerk")
    link = re.search(r'/help-service/records/[^"]+', clerk.page(f"/desk/{case_id}"))
    assert link and clerk.get(link[0]).mimetype == "image/jpeg"
    other = link[0][:-1] + ("1" if link[0].endswith("0") else "0")
    assert clerk.get(other).status_code == 404
