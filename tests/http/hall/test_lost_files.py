"""Files that neither hall nor terminal has: told, given up by an admin, and taken all the same."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.hall import reported
from kiosk.operators.audit import AuditRecord
from sync import expecting
from sync.expecting import TURN_SECONDS, ExpectedBlob
from sync.ledger import LedgerEntry, Terminal, entry_of
from sync.transport import HallRefuses
from tests.builders.clerks import signed_in
from tests.builders.lost_files import DAMAGED, Telling, a_damaged_picture, a_picture

PAGE = "/terminals/100001"
FORGO = f"{PAGE}/forgo"
LOST = "服务站丢失了 1 个图片或文件"


@pytest.fixture
def pair(small_pair) -> Telling:
    return Telling(small_pair.hall, small_pair.terminal, small_pair.line)


@pytest.fixture
def lost(pair) -> str:
    """The name of a picture that the station has lost and has told of."""
    sha = a_damaged_picture(pair)
    pair.send_blobs(pair.pull())
    pair.pull()
    return sha


def expected(pair: Telling, sha: str) -> ExpectedBlob:
    with pair.hall.reading() as session:
        return session.get_one(ExpectedBlob, (sha, pair.terminal_id))


def test_admins_and_clerks_see_which_pictures_the_station_has_lost(pair, lost):
    assert LOST in signed_in(pair.hall, "admin").page(PAGE)
    clerk = signed_in(pair.hall, "clerk").page(f"/desk/{expected(pair, lost).subject}")
    assert "服务站已丢失，请让居民重新提交" in clerk
    assert "服务站已丢失</span>" in clerk, "what the picture is for is marked, too"
    assert "还在从服务站传来的路上" not in clerk


def test_one_that_is_gone_from_the_disk_is_lost_too(pair):
    pair.terminal.parts.blobs.path(a_picture(pair)).unlink()
    pair.pull()
    pair.pull()
    assert LOST in signed_in(pair.hall, "admin").page(PAGE)


def test_one_that_is_on_its_way_is_not_called_lost(pair, lost):
    sha = a_picture(pair)
    for _ in range(2):
        pair.pull()
    assert expected(pair, sha).lost_at is None
    assert LOST in signed_in(pair.hall, "admin").page(PAGE), "the other one"
    clerk = signed_in(pair.hall, "clerk").page(f"/desk/{expected(pair, sha).subject}")
    assert "还在从服务站传来的路上" in clerk
    assert "服务站已丢失" not in clerk


def test_when_an_admin_gives_them_up_the_terminal_is_well_again(pair, lost):
    admin = signed_in(pair.hall, "admin")
    assert "先看看" in admin.page(FORGO)
    assert admin.send(FORGO, FORGO).status_code == 303
    assert pair.pull() == []
    pair.pull()
    assert pair.known_terminal().reported_error is None
    page = admin.page(PAGE)
    assert LOST not in page
    assert "已不再等待 1 个丢失的文件" in page
    assert "其中 1 个已在服务站丢失" in page, "the case can be found still"
    clerk = signed_in(pair.hall, "clerk").page(f"/desk/{expected(pair, lost).subject}")
    assert "服务站已丢失" in clerk, "the case still lacks its picture"


def test_when_the_terminal_is_asked_anew_they_are_asked_for_again(pair, lost):
    admin = signed_in(pair.hall, "admin")
    admin.send(FORGO, FORGO)
    assert pair.pull() == []
    admin.send(f"{PAGE}/ask", f"{PAGE}/ask")
    assert pair.pull() == [lost]
    assert LOST in admin.page(PAGE)


def test_it_is_written_down_once_and_only_when_there_was_something(pair, lost):
    admin = signed_in(pair.hall, "admin")
    for _ in range(2):
        admin.send(FORGO, FORGO)
    with pair.hall.reading() as session:
        query = select(AuditRecord).where(AuditRecord.act == "terminal.files_given_up")
        (record,) = session.scalars(query)
    assert record.detail == '{"files":1}'
    assert "不再等待丢失的文件" in admin.page(PAGE)


def test_files_that_are_not_lost_are_waited_for_still(pair, lost):
    other = a_damaged_picture(pair)
    before = pair.pull()
    signed_in(pair.hall, "admin").send(FORGO, FORGO)
    assert other in before
    assert pair.pull() == [sha for sha in before if sha != lost]


def test_one_that_comes_all_the_same_is_taken(pair):
    blobs = pair.terminal.parts.blobs
    lost = a_picture(pair)
    data = blobs.read(lost)
    blobs.path(lost).write_bytes(DAMAGED)
    pair.send_blobs(pair.pull())
    pair.pull()
    signed_in(pair.hall, "admin").send(FORGO, FORGO)
    assert pair.pull() == []
    assert blobs.put_named(lost, data)
    pair.send_blobs([lost])
    assert pair.hall.parts.blobs.has(lost)
    with pair.hall.reading() as session:
        assert session.get(ExpectedBlob, (lost, pair.terminal_id)) is None


@pytest.mark.parametrize("told", ["x", [7], ["no digest"], {"a": 1}, ["a" * 64] * 101])
def test_a_report_that_names_something_else_is_none(pair, told, monkeypatch):
    a_damaged_picture(pair)
    status, seen = pair._status, pair.known_terminal().last_seen
    monkeypatch.setattr(pair, "_status", lambda session: {**status(session), "lost": told})
    with pytest.raises(HallRefuses):
        pair.pull()
    assert pair.known_terminal().last_seen == seen


def test_of_more_than_a_report_names_all_are_told_and_given_up_in_the_end(pair, monkeypatch):
    monkeypatch.setattr("kiosk.carriers.report.MOST_LOST", 2)
    monkeypatch.setattr("kiosk.hall.sync_api.MAX_WANTED", 3)
    for _ in range(9):
        a_damaged_picture(pair)
    wanted = set(pair.pull())
    admin, now = signed_in(pair.hall, "admin"), clock.now()
    for turn in range(60):
        with clock.use(lambda turn=turn: now + turn * timedelta(seconds=TURN_SECONDS)):
            left = pair.pull()
            pair.send_blobs(left)
            wanted |= set(left)
        if turn % 10 == 9:
            admin.send(FORGO, FORGO)
    assert len(wanted) > 3
    assert pair.pull() == []
    pair.pull()
    assert pair.known_terminal().reported_error is None


def test_a_file_of_two_cases_is_lost_on_the_pages_of_both(pair, lost):
    subject = expected(pair, lost).subject
    with pair.hall.writing() as session:
        session.get_one(ExpectedBlob, (lost, pair.terminal_id)).subject = "another case"
    assert "服务站已丢失" in signed_in(pair.hall, "clerk").page(f"/desk/{subject}")


def test_what_another_terminal_has_lost_is_not_said_of_this_one(pair):
    sha = a_picture(pair)
    with pair.hall.writing() as session:
        subject = session.get_one(ExpectedBlob, (sha, pair.terminal_id)).subject
        other = ExpectedBlob(sha256=sha, terminal_id="other", subject=subject)
        other.lost_at = clock.now()
        session.add(other)
    assert "服务站已丢失" not in signed_in(pair.hall, "clerk").page(f"/desk/{subject}")


def test_a_carrier_that_is_older_than_the_last_report_marks_nothing(pair, lost):
    old = clock.now() - timedelta(hours=1)
    with pair.hall.writing() as session:
        session.get_one(ExpectedBlob, (lost, pair.terminal_id)).lost_at = None
        terminal = session.get_one(Terminal, pair.terminal_id)
        with pair.terminal.reading() as there, clock.use(lambda: old):
            told = dict(pair._status(there))
        assert told["lost"] == [lost]
        reported.hear(session, terminal, 0, told, clock.now(), news=False)
    assert expected(pair, lost).lost_at is None


def test_an_entry_that_names_one_given_up_has_it_asked_for_again(pair, lost):
    signed_in(pair.hall, "admin").send(FORGO, FORGO)
    with pair.hall.writing() as session:
        terminal = session.get_one(Terminal, pair.terminal_id)
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.blobs.contains(lost))).one()
        expecting.expect(session, terminal, [entry_of(entry)])
    assert lost in pair.pull()


def test_while_two_machines_may_be_at_work_nothing_is_given_up(pair, lost):
    with pair.hall.writing() as session:
        session.get_one(Terminal, pair.terminal_id).forked_at = clock.now()
    admin = signed_in(pair.hall, "admin")
    assert FORGO not in admin.page(PAGE)
    assert admin.send(FORGO, FORGO).status_code == 409
    assert expected(pair, lost).given_up_at is None


def test_others_than_admins_do_not_give_up(pair, lost):
    for role in ("clerk", "auditor"):
        assert signed_in(pair.hall, role).get(FORGO).status_code == 403
    assert pair.pull() == [lost]
