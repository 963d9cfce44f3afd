"""What the terminal sends: past a damaged key, and one envelope while the next is sealed."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from sync import journal, push
from sync.keys import SubjectKey
from sync.ledger import LedgerEntry
from sync.state import Peer, Verdict
from sync.transport import LineDown
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair


def test_a_key_that_does_not_open_stops_no_other_case(small_pair):
    receipts = [a_case_at(small_pair.terminal) for _ in range(3)]
    damaged = receipts[1].case_id
    with small_pair.terminal.writing() as session:
        key = update(SubjectKey).where(SubjectKey.subject == damaged)
        session.execute(key.values(wrapped=os.urandom(60)))
    assert small_pair.push() == 3
    with small_pair.hall.reading() as session:
        verdicts = dict(session.execute(select(LedgerEntry.subject, LedgerEntry.verdict)).all())
    assert [verdicts[r.case_id] for r in receipts] == ["applied", "quarantined", "applied"]


@pytest.fixture
def in_short_runs(small_pair, monkeypatch) -> Iterator[Pair]:
    """A pair whose terminal has ten cases and sends four at a time, the next sealed meanwhile."""
    monkeypatch.setattr(journal, "MAX_ENTRIES", 4)
    monkeypatch.setattr(push, "_WORTH_LOOKING_AHEAD", 2)
    for _ in range(10):
        a_case_at(small_pair.terminal)
    with ThreadPoolExecutor(1) as courier:
        line = replace(small_pair.exchange, courier=courier)
        monkeypatch.setattr(type(small_pair), "exchange", line)
        yield small_pair


def at_hall(pair: Pair) -> list[int]:
    with pair.hall.reading() as session:
        return list(session.scalars(select(LedgerEntry.seq).order_by(LedgerEntry.seq)))


def test_the_next_envelope_is_sealed_while_one_is_carried(in_short_runs):
    assert in_short_runs.push() == 10
    assert at_hall(in_short_runs) == list(range(1, 11))
    assert len(in_short_runs.line.sent) == 3


def test_what_the_hall_has_beyond_the_run_is_sent_again_for_its_verdicts(in_short_runs):
    in_short_runs.push()
    in_short_runs.line.sent.clear()
    with in_short_runs.hall.writing() as session:
        last = LedgerEntry.seq == 10
        session.execute(update(LedgerEntry).where(last).values(verdict="refused", reason="no"))
    with in_short_runs.terminal.writing() as session:
        session.execute(update(Peer).values(ack_seq=0))
    in_short_runs.push()
    assert len(in_short_runs.line.sent) == 3
    with in_short_runs.terminal.reading() as session:
        assert session.scalars(select(Verdict.seq)).all() == [10]
    assert in_short_runs.peer().acknowledged == (1, 10)


def test_a_lost_answer_ends_it_and_what_was_acknowledged_stays(in_short_runs):
    in_short_runs.line.faults = iter(["", "unheard"])
    with pytest.raises(LineDown):
        in_short_runs.push()
    assert in_short_runs.peer().acknowledged == (1, 4)
    assert in_short_runs.push() > 0
    assert at_hall(in_short_runs) == list(range(1, 11))
    assert in_short_runs.peer().acknowledged == (1, 10)
