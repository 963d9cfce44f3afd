"""What a terminal tells of its queue, and when it was last well, as its page at the hall shows it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.carriers import report
from kiosk.hall import monitor, reported
from sync.journal import MOST_TOLD
from sync.ledger import Terminal
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in

PAGE = "/terminals/100001"
KEYS = {"kind", "recorded_at", "epoch", "seq"}


def status_of(pair) -> dict:
    with pair.terminal.reading() as session:
        return dict(report.status(session, pair.terminal.parts))


def tell(pair, status, at=None) -> None:
    """Let the hall have a report that was made then."""
    with pair.hall.writing() as session:
        terminal = session.scalars(select(Terminal)).one()
        reported.note_status(terminal, status, at or clock.now())


def good_at(pair):
    with pair.hall.reading() as session:
        return monitor.state_of(session, session.scalars(select(Terminal)).one()).last_good_at


def test_the_oldest_entries_that_wait_are_listed_and_the_rest_is_counted(small_pair):
    for _ in range(MOST_TOLD + 2):
        a_case_at(small_pair.terminal)
    status = status_of(small_pair)
    assert [each["seq"] for each in status["waiting"]] == list(range(1, MOST_TOLD + 1))
    # Nothing of a case, and not which case it is.
    assert all(each.keys() == KEYS for each in status["waiting"])
    tell(small_pair, status)
    page = signed_in(small_pair.hall, "auditor").page(PAGE)
    places = [page.find(f"序号 1/{seq}<") for seq in range(1, MOST_TOLD + 3)]
    assert places[:MOST_TOLD] == sorted(places[:MOST_TOLD])
    assert -1 not in places[:MOST_TOLD]
    assert places[MOST_TOLD:] == [-1, -1]
    assert page.count("新办件") == MOST_TOLD
    assert "后面还有 2 条。" in page


def test_what_came_after_the_report_is_said_to_have_come(small_pair):
    a_case_at(small_pair.terminal)
    tell(small_pair, status_of(small_pair))
    auditor = signed_in(small_pair.hall, "auditor")
    assert "之后已送达" not in auditor.page(PAGE)
    small_pair.push()
    assert "之后已送达" in auditor.page(PAGE)
    tell(small_pair, status_of(small_pair))
    assert "序号" not in auditor.page(PAGE)


def test_a_terminal_of_an_older_version_tells_the_number_alone(small_pair):
    a_case_at(small_pair.terminal)
    status = status_of(small_pair)
    tell(small_pair, status)
    del status["waiting"]
    tell(small_pair, status)
    page = signed_in(small_pair.hall, "auditor").page(PAGE)
    assert "它报告有 1 条" in page
    assert "终端程序升级后才会报告是哪些条目" in page
    assert "序号" not in page


def test_a_kind_that_is_not_known_here_is_shown_as_it_is_named(small_pair):
    entry = {"kind": "case.later", "recorded_at": 1, "epoch": 1, "seq": 1}
    tell(small_pair, {**status_of(small_pair), "pending": 1, "waiting": [entry]})
    assert "case.later" in signed_in(small_pair.hall, "auditor").page(PAGE)


@pytest.mark.parametrize(
    "wrong",
    [
        "all",
        [{}],
        [7],
        [{"kind": "k", "recorded_at": 10**24, "epoch": 1, "seq": 1}],
        [{"kind": "k", "recorded_at": 10**30, "epoch": 1, "seq": 1}],
        [{"kind": "k", "recorded_at": 1, "epoch": 0, "seq": 1}],
        [{"kind": "k", "recorded_at": 1, "epoch": 1, "seq": "1"}],
        [{"kind": "k", "recorded_at": 1, "epoch": 1, "seq": 1}] * (MOST_TOLD + 1),
    ],
)
def test_a_list_that_is_none_makes_the_report_malformed(small_pair, wrong):
    with pytest.raises((KeyError, TypeError, ValueError, OverflowError)):
        tell(small_pair, {**status_of(small_pair), "waiting": wrong})


@pytest.mark.parametrize("wrong", [10**24, -(10**24), 10**30])
@pytest.mark.parametrize("field", ["oldest_at", "clock", "certificate_ends", "devices"])
def test_a_time_beyond_all_clocks_makes_the_report_malformed(small_pair, field, wrong):
    tablet = {"id": "t", "name": "n", "last_seen": wrong, "backlog": 0, "oldest": None}
    told = [{**tablet, "revoked": False}] if field == "devices" else wrong
    with pytest.raises(ValueError, match="beyond all clocks"):
        tell(small_pair, {**status_of(small_pair), field: told})


@pytest.mark.parametrize("wrong", [-1, 10**24])
@pytest.mark.parametrize("field", ["pending", "blobs", "disk_free"])
def test_a_count_of_nothing_there_is_makes_the_report_malformed(small_pair, field, wrong):
    with pytest.raises(ValueError, match="of nothing there is"):
        tell(small_pair, {**status_of(small_pair), field: wrong})


def test_the_last_good_exchange_is_the_last_report_without_an_error_or_entry_taken_in(small_pair):
    well, ill = status_of(small_pair), {**status_of(small_pair), "error": "LineDown: 503"}
    first = clock.now() + timedelta(minutes=1)
    assert good_at(small_pair) is None
    tell(small_pair, well, first)
    tell(small_pair, ill, first + timedelta(minutes=5))
    assert abs(good_at(small_pair) - first) < timedelta(milliseconds=1)
    admin = signed_in(small_pair.hall, "admin")
    assert "此后它报告了错误" in admin.page(PAGE)
    later = first + timedelta(minutes=10)
    with clock.use(lambda: later):
        a_case_at(small_pair.terminal)
        small_pair.push()
    assert abs(good_at(small_pair) - later) < timedelta(milliseconds=1)
    with small_pair.hall.reading() as session:
        state = monitor.state_of(session, session.scalars(select(Terminal)).one())
    with small_pair.hall.app.test_request_context():
        assert (
            json.loads(json.dumps(state.as_json()))["last_good_at"]
            == good_at(small_pair).isoformat()
        )
