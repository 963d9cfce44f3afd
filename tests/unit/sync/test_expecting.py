"""Which files a terminal is asked for when there are more than one answer names."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from kiosk import clock
from kiosk.hall import sync_api
from sync import expecting
from sync.expecting import ExpectedBlob
from tests.builders.carriers import round_trip
from tests.builders.machines import Pair

TURN = timedelta(seconds=expecting.TURN_SECONDS)
#: So many of a hall's answers, each of which misses a file by more than even chance, miss it never.
PATIENCE = 200


@pytest.fixture
def start() -> datetime:
    return clock.now()


def expect(pair: Pair, *names: str) -> None:
    with pair.hall.writing() as session:
        for name in names:
            row = ExpectedBlob(sha256=name, terminal_id=pair.terminal_id, subject="x" * 36)
            session.add(row)


def lost(count: int) -> list[str]:
    """Names of files that nobody has any more."""
    step = 2**256 // count
    return [f"{step * number:064x}" for number in range(count)]


def test_files_that_nobody_has_any_more_keep_none_away_that_is_there(pair, start):
    sha = pair.terminal.parts.blobs.put(b"a picture of today")
    expect(pair, *lost(220))
    expect(pair, sha)
    for turn in range(PATIENCE):
        now = start + turn * TURN
        with clock.use(lambda now=now: now):
            pair.send_blobs(pair.pull())
        if pair.hall.parts.blobs.has(sha):
            return
    pytest.fail("it was never asked for")


def test_nor_on_a_stick(small_pair, monkeypatch, start):
    monkeypatch.setattr(sync_api, "MAX_CARRIED_WANTED", 2)
    sha = small_pair.terminal.parts.blobs.put(b"a picture of today")
    expect(small_pair, *lost(5))
    expect(small_pair, sha)
    for turn in range(PATIENCE):
        now = start + turn * TURN
        with clock.use(lambda now=now: now):
            round_trip(small_pair)
        if small_pair.hall.parts.blobs.has(sha):
            return
    pytest.fail("it was never asked for")


def test_the_same_files_come_first_for_a_while_so_that_one_on_its_way_goes_on(pair, start):
    expect(pair, *lost(220))
    begun = start - timedelta(seconds=start.timestamp() % expecting.TURN_SECONDS)
    told = list[list[str]]()
    for seconds in (0.0, 15.0, expecting.TURN_SECONDS - 1.0):
        now = begun + timedelta(seconds=seconds)
        with clock.use(lambda now=now: now):
            told.append(pair.pull())
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == sync_api.MAX_WANTED


def test_what_is_wanted_costs_one_statement_whether_anything_is_or_not(small_pair):
    said = list[str]()

    def hear(_connection, _cursor, statement, *_more) -> None:
        said.append(statement)

    event.listen(small_pair.hall.engine, "before_cursor_execute", hear)
    try:
        for count in (0, 220):
            expect(small_pair, *lost(220)[:count])
            said.clear()
            small_pair.pull()
            assert sum("FROM expected_blob" in each for each in said) == 1
    finally:
        event.remove(small_pair.hall.engine, "before_cursor_execute", hear)
