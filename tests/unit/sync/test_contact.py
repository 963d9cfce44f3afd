"""Contact tokens: what comes late or again is known as that, and is no second machine."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect

from kiosk import clock
from kiosk.cases.feedback import Feedback
from sync import chance, contact, pull
from sync.ledger import Terminal
from sync.state import Peer
from tests.builders.machines import Pair
from tests.builders.restores import begun, kept


def last_report(pair: Pair) -> bytes:
    return [frame for path, frame in pair.line.sent if path == "/feed"][-1]


def report(pair: Pair, **told: object) -> None:
    status = {**pair._status(None), **told}
    pull.pull(pair.exchange, Feedback(pair.terminal.parts.keyring), lambda _: status)


def carry(pair: Pair, token: str) -> None:
    with pair.terminal.writing() as session:
        session.get_one(Peer, 1).contact = token


def row(pair: Pair) -> dict[str, Any]:
    known = pair.known_terminal()
    return {each.key: getattr(known, each.key) for each in inspect(Terminal).column_attrs}


def test_a_report_that_comes_after_two_later_ones_changes_nothing(pair):
    pair.settle()
    report(pair, disk_free=1, error="the line failed")
    late = last_report(pair)
    for free in (2, 3):
        report(pair, disk_free=free)
    before = row(pair)
    pair.line.again("/feed", late)
    assert row(pair) == before
    for _ in range(3):
        pair.pull()
    assert pair.known_terminal().cloned_at is pair.known_terminal().twins_at is None


def test_what_comes_late_is_known_after_the_halls_clock_was_set_back(small_pair):
    ahead = clock.now() + timedelta(days=365)
    with clock.use(lambda: ahead):
        for _ in range(3):
            small_pair.pull()
        late = last_report(small_pair)
        small_pair.pull()
    for _ in range(3):
        small_pair.pull()
    small_pair.line.again("/feed", late)
    small_pair.line.again("/feed", late)
    small_pair.pull()
    assert small_pair.known_terminal().cloned_at is None


def test_the_first_report_of_all_that_comes_again_puts_nobody_in_the_shade(small_pair):
    small_pair.pull()
    first = next(frame for path, frame in small_pair.line.sent if path == "/feed")
    for _ in range(3):
        small_pair.pull()
    small_pair.line.again("/feed", first)
    small_pair.pull()
    assert small_pair.known_terminal().cloned_at is None


def test_a_token_of_an_older_hall_is_taken_and_one_that_was_used_before_is_late(small_pair):
    small_pair.pull()
    small_pair.pull()
    tokens = [chance.some_bytes(16).hex() for _ in range(3)]
    with small_pair.hall.writing() as session:
        known = session.get_one(Terminal, small_pair.terminal_id)
        known.contact, known.contact_offered = tokens[1:]
    carry(small_pair, tokens[0])
    small_pair.line.faults = iter(["lost"])
    with pytest.raises(Exception, match="lost"):
        small_pair.pull()
    late = last_report(small_pair)
    carry(small_pair, tokens[2])
    small_pair.pull()
    small_pair.pull()
    small_pair.line.again("/feed", late)
    small_pair.pull()
    assert small_pair.known_terminal().cloned_at is None


def test_a_machine_that_was_rolled_back_is_flagged_when_it_comes_again(small_pair, tmp_path):
    small_pair.settle()
    rolled_back = begun(small_pair, kept(small_pair.terminal, tmp_path / "image"))
    for _ in range(3):
        small_pair.pull()
    rolled_back.pull()
    rolled_back.pull()
    known = rolled_back.known_terminal()
    assert known.cloned_at is not None and known.twins_at is None
    # Nobody else is there: it is one machine, and stays that.
    for _ in range(3):
        rolled_back.pull()
    assert rolled_back.known_terminal().twins_at is None
    rolled_back.terminal.close()


@pytest.mark.parametrize(
    "token", ["f" * 12 + "-" + "0" * 19, "\0", "x" * 33, 7, ["a"], "~", "\ud800"]
)
def test_a_token_that_no_hall_made_ends_nothing(token):
    terminal, now = Terminal(number="000001"), clock.now()
    for _ in range(2):
        met = contact.note(terminal, token, now)
        assert len(met.offered) == contact.MOST_CHARACTERS
        contact.note(terminal, met.offered, now)
    kept_now = (terminal.contact, terminal.contact_offered)
    assert all(each and each.isprintable() and len(each) <= 32 for each in kept_now)
