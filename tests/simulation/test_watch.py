"""The watch of the simulation sees what is wrong: each kind of loss, done by hand past the product.

A judge that never says no would let every story end well.
"""

import sqlite3

import pytest

from kiosk.simulation.exchange import sweep
from kiosk.simulation.quiet import settle
from kiosk.simulation.restores import copy, restore_hall
from kiosk.simulation.stories import Story
from kiosk.simulation.watch import Violated
from sync import lost_words


@pytest.fixture
def story(simulated):
    """Two cases of the first terminal at the hall, one of them decided, a third on its way."""
    with simulated.world(1) as world:
        told = Story(world)
        terminal = world.terminals[0]
        for _ in range(2):
            told.work.submit(terminal, "RS-001")
        sweep(world, terminal)
        told.work.decide()
        sweep(world, terminal)
        told.work.submit(terminal, "RS-001")
        told.watch.look()
        yield told


def tamper(machine, statement: str) -> None:
    connection = sqlite3.connect(machine.config.database.removeprefix("sqlite:///"))
    with connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


@pytest.mark.parametrize(
    ("where", "statement", "fault"),
    [
        ("hall", "DELETE FROM cases", "is applied and no case at the hall"),
        ("hall", "DELETE FROM ledger WHERE seq = 2", "is acknowledged and not at the hall"),
        ("hall", "UPDATE ledger SET digest = x'00' WHERE seq = 1", "not the beginning"),
        ("hall", "UPDATE terminal SET cursor_seq = 1 WHERE cursor_seq = 2", "the cursor"),
        ("hall", "UPDATE ledger SET verdict = 'held' WHERE seq = 2", "is held at the hall"),
        ("hall", "UPDATE cases SET number = '1'", "twice|no case at the hall"),
        ("hall", "UPDATE feed SET body = x'00'", "the inbox is not"),
        ("terminal", "DELETE FROM cases", "was shown and is not here"),
        ("terminal", "UPDATE peer SET ack_seq = 3", "is acknowledged"),
        ("terminal", "UPDATE peer SET feed_cursor = 9", "the feed is read to 9"),
        ("terminal", "DELETE FROM inbox", "the inbox is not"),
    ],
)
def test_what_is_lost_or_doubled_is_seen_at_the_next_look(story, where, statement, fault):
    machine = story.world.hall if where == "hall" else story.world.terminals[0]
    tamper(machine, statement)
    with pytest.raises(Violated, match=fault):
        story.watch.look()


def test_a_state_that_differs_is_seen_when_all_is_quiet(story):
    tamper(story.world.hall, "UPDATE cases SET state = 'approved' WHERE state = 'submitted'")
    with pytest.raises(Violated, match="here and approved at the hall"):
        settle(story.world, story.work, story.watch)


def test_a_file_that_differs_is_seen_when_all_is_quiet(story):
    settle(story.world, story.work, story.watch)
    (sha, *_) = next(iter(story.world.terminals[0].rows("SELECT sha256 FROM material")))
    story.world.hall.parts.blobs.path(sha).write_bytes(b"something else")
    with pytest.raises(Violated, match="I4"):
        settle(story.world, story.work, story.watch)


@pytest.fixture
def lost_decision(story):
    """The hall came back to the time before a decision that the first terminal has read."""
    settle(story.world, story.work, story.watch)
    copy(story.world, story.world.hall)
    story.work.decide()
    sweep(story.world, story.world.terminals[0])
    restore_hall(story.world)
    return story


def test_quiet_waits_until_a_restored_hall_was_told_what_it_asks(lost_decision):
    settle(lost_decision.world, lost_decision.work, lost_decision.watch)
    assert lost_decision.world.hall.rows("SELECT count(*) FROM lost_word") == [(1,)]


def test_what_a_restored_hall_is_never_told_is_seen_when_all_is_quiet(lost_decision, monkeypatch):
    monkeypatch.setattr(lost_words, "told", lambda _session, _peer: [])
    with pytest.raises(Violated, match="the inbox is not"):
        settle(lost_decision.world, lost_decision.work, lost_decision.watch)


def test_a_power_cut_takes_what_the_disk_was_not_asked_to_keep(story):
    terminal = story.world.terminals[0]
    kept = terminal.rows("SELECT sha256 FROM material")
    loose = terminal.folder / "blobs" / "loose"
    loose.write_bytes(b"never kept")
    story.troubles.power_cut(terminal)
    assert not loose.exists()
    assert all(terminal.parts.blobs.has(sha) for (sha,) in kept)


def test_a_kill_leaves_what_was_committed_and_nothing_else(story):
    terminal = story.world.terminals[0]
    submitted = []
    for moments in range(2, 60, 6):
        before = len(story.world.model.shown)
        story.troubles.under(terminal, "kill", lambda: story.work.submit(terminal), moments)
        story.watch.look()
        submitted.append(len(story.world.model.shown) > before)
    settle(story.world, story.work, story.watch)
    assert set(submitted) == {False, True}
