"""`kiosk verify --against`: a terminal and its hall agree, or the difference is named."""

import json

import pytest
from sqlalchemy import delete, select, update

from kiosk import clock
from kiosk.cases import desk, service
from kiosk.cases.agreement import Agreement, Sides, acknowledged_by, compare
from kiosk.cases.model import Case
from kiosk.cases.proof import moment
from sync import restored_hall
from sync.expecting import ExpectedBlob
from sync.ledger import LedgerEntry
from sync.state import InboxItem, Peer, Verdict
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.commands import run_here
from tests.builders.entries import Scribe, envelope
from tests.builders.machines import Pair


def compared(pair: Pair) -> Agreement:
    with pair.terminal.reading() as here:
        before = acknowledged_by(here)
    with pair.hall.app.app_context(), moment() as there, pair.terminal.reading() as here:
        stores = pair.terminal.parts.blobs, pair.hall.parts.blobs
        return compare(Sides(here, there, *stores), before)


def counts(pair: Pair) -> dict[str, int]:
    found = compared(pair)
    assert found.faults == []
    return found.counts


def test_what_arrived_and_what_waits_agrees_and_is_counted(pair):
    a_case_at(pair.terminal)
    pair.settle()
    a_case_at(pair.terminal)
    found = counts(pair)
    assert (found["created"], found["applied"], found["pending"]) == (2, 1, 1)
    assert (found["receipts"], found["receipts_at_hall"], found["receipts_waiting"]) == (2, 1, 1)
    assert found["blobs"] == 2


def test_an_entry_that_the_hall_lost_is_a_fault(pair):
    receipt = a_case_at(pair.terminal)
    pair.settle()
    with pair.hall.writing() as session:
        session.execute(delete(LedgerEntry))
    faults = compared(pair).faults
    assert faults == ["I1: entry 1/1 is not at the hall, and its cursor is on"]
    with pair.hall.writing() as session:
        session.execute(delete(Case))
    assert compared(pair).counts["receipts_waiting"] == 1
    assert receipt.number


def test_a_hall_that_is_behind_what_it_acknowledged_is_a_fault(pair):
    a_case_at(pair.terminal)
    pair.settle()
    known = pair.known_terminal()
    with pair.hall.writing() as session:
        session.execute(delete(LedgerEntry))
        session.execute(delete(Case))
        session.merge(known).cursor_seq = 0
    faults = compared(pair).faults
    assert faults == ["I1: the terminal was told of entries that the hall has no more"]


def test_an_entry_that_only_the_hall_has_is_a_fault(pair):
    scribe = Scribe()
    pair.line.post("/envelopes", envelope(pair, [scribe.submitted()], scribe.keys))
    faults = compared(pair).faults
    assert faults[0] == "I1: entry 1/1 is at the hall and not here"
    assert "is at the hall and not here" in faults[1]


def test_an_entry_that_is_another_one_at_the_hall_is_a_fault(pair):
    a_case_at(pair.terminal)
    pair.settle()
    with pair.hall.writing() as session:
        session.execute(update(LedgerEntry).values(digest=b"\0" * 32))
    assert compared(pair).faults == ["I2: entry 1/1 is another one at the hall"]


def test_another_receipt_for_the_same_case_is_a_fault(pair):
    receipt = a_case_at(pair.terminal)
    pair.settle()
    with pair.hall.writing() as session:
        session.execute(update(Case).values(token_hash="0" * 64))
    fault = f"I1: case {receipt.case_id} has another receipt at the hall"
    assert compared(pair).faults == [fault]


def test_a_verdict_that_was_told_otherwise_is_a_fault(pair):
    a_case_at(pair.terminal)
    pair.settle()
    with pair.terminal.writing() as session:
        digest = pair.known_terminal().cursor_digest
        session.add(Verdict(digest=digest, epoch=1, seq=1, verdict="held", reason="x"))
    assert compared(pair).faults == ["I5: entry 1/1 is applied, told as held"]


def test_verdicts_are_compared_after_the_hall_was_restored_too(pair):
    a_case_at(pair.terminal)
    pair.settle()
    with pair.hall.writing() as session:
        restored_hall.raise_epoch(session, clock.now())
    pair.settle()
    assert compared(pair).faults == []
    with pair.terminal.writing() as session:
        digest = pair.known_terminal().cursor_digest
        session.add(Verdict(digest=digest, epoch=1, seq=1, verdict="held", reason="x"))
    assert compared(pair).faults == ["I5: entry 1/1 is applied, told as held"]


def test_a_decision_heard_since_the_hall_was_read_may_differ_after_a_restore_too(pair):
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
    pair.settle()
    with pair.hall.writing() as session:
        restored_hall.raise_epoch(session, clock.now())
    with pair.hall.app.app_context(), moment() as there:
        there.scalars(select(Case)).all()
        with pair.terminal.writing() as session:
            session.execute(update(Case).values(state="accepted"))
            session.add(
                InboxItem(
                    seq=pair.peer().feed_cursor + 1,
                    kind="case.accepted",
                    subject=receipt.case_id,
                    recorded_at=0,
                    body=b"",
                    applied=True,
                )
            )
        with pair.terminal.reading() as here:
            stores = pair.terminal.parts.blobs, pair.hall.parts.blobs
            assert compare(Sides(here, there, *stores), (0, 0)).faults == []


def test_states_may_differ_while_a_decision_is_on_its_way_and_not_after(pair):
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))
    pair.settle()
    pair.hall.within(desk.decide, pair.hall.parts, receipt.case_id, "accept", "clerk")
    assert compared(pair).faults == []
    pair.settle()
    assert compared(pair).faults == []
    with pair.terminal.writing() as session:
        session.execute(update(Case).values(state="submitted"))
    (fault,) = compared(pair).faults
    assert fault == f"I5: case {receipt.number} is submitted here and accepted at the hall"


def test_states_may_differ_while_a_withdrawal_waits(pair):
    receipt = a_case_at(pair.terminal)
    pair.settle()
    pair.terminal.within(service.withdraw, pair.terminal.parts, receipt.case_id)
    assert counts(pair)["pending"] == 1


def test_a_file_that_is_asked_for_is_pending_and_one_that_is_not_is_a_fault(pair):
    a_case_at(pair.terminal)
    pair.push()
    assert counts(pair)["blobs_pending"] == 2
    with pair.hall.writing() as session:
        session.execute(delete(ExpectedBlob))
    faults = compared(pair).faults
    assert len(faults) == 2
    assert all("is not at the hall, which does not ask for it" in fault for fault in faults)


@pytest.mark.parametrize("is_altered", [False, True])
def test_the_command_tells_both_sides_and_across_and_ends_with_1_on_a_fault(small_pair, is_altered):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    if is_altered:
        with small_pair.hall.writing() as session:
            session.execute(update(Case).values(number="1" * 15))
    for machine in (small_pair.terminal, small_pair.hall):
        machine.close()
    folders = [each.parts.config.data_dir for each in (small_pair.terminal, small_pair.hall)]
    done = run_here("verify", "--data", str(folders[0]), "--against", str(folders[1]))
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"]) == ((1, False) if is_altered else (0, True))
    assert found["across"]["receipts_at_hall"] == 1
    assert (found["terminal"]["role"], found["hall"]["role"]) == ("terminal", "hall")
    assert ("another receipt" in done.stderr) is is_altered


def test_the_command_says_what_it_was_given_in_vain(small_pair, tmp_path):
    folder = str(small_pair.terminal.parts.config.data_dir)
    done = run_here("verify", "--data", folder, "--against", str(tmp_path))
    assert (done.returncode, "holds no hall.db" in done.stderr) == (2, True)
    done = run_here("verify", "--data", folder, "--against", "postgresql+psycopg://x/y")
    assert (done.returncode, "--files" in done.stderr) == (2, True)


def test_a_terminal_that_no_hall_knows_is_told(small_pair, a_terminal):
    stranger = Pair(small_pair.hall, a_terminal(), small_pair.line)
    assert compared(stranger).faults == ["I1: the terminal is not enrolled at any hall"]
    with small_pair.terminal.reading() as session:
        peer = session.scalars(select(Peer)).one()
    values = {column.name: getattr(peer, column.name) for column in Peer.__table__.columns}
    with stranger.terminal.writing() as session:
        session.add(Peer(**{**values, "terminal_id": "0" * 36}))
    assert compared(stranger).faults == ["I1: the hall does not know terminal 100001"]
