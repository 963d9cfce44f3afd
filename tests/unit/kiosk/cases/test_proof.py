"""`prove` finds what is wrong: each invariant broken on purpose, one at a time."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kiosk.cases.proof import prove
from sync import journal, ledger
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair, enrolled


@pytest.fixture
def pair(small_pair: Pair) -> Pair:
    for _ in range(3):
        a_case_at(small_pair.terminal)
    small_pair.settle()
    return small_pair


def faults(machine: Machine) -> list[str]:
    return machine.within(prove, machine.parts).faults


def damage(machine: Machine, statement: str) -> None:
    with machine.writing() as session:
        session.execute(text(statement))


def test_sound_data_has_no_fault_and_its_counts_are_those_of_both_sides(pair):
    terminal = pair.terminal.within(prove, pair.terminal.parts)
    hall = pair.hall.within(prove, pair.hall.parts)
    assert terminal.faults == hall.faults == []
    assert terminal.counts["created"] == terminal.counts["acknowledged"] == 3
    assert (hall.counts["received"], hall.counts["applied"], hall.counts["cases"]) == (3, 3, 3)
    assert terminal.counts["blobs"] == hall.counts["blobs"] == 6


AT_BOTH = [
    ("I1", "DELETE FROM cases WHERE id = (SELECT min(id) FROM cases)"),
    ("I2", "UPDATE cases SET number = '100001000000019', idempotency_key = NULL"),
]
AT_TERMINAL = [
    ("I1", "DELETE FROM journal WHERE seq = 3"),
    ("I2", "UPDATE journal SET body = x'00' WHERE seq = 2"),
    ("I2", "DELETE FROM journal WHERE seq = 2"),
    ("I3", "UPDATE journal SET subject_seq = 2 WHERE seq = 2"),
    ("I6", "UPDATE peer SET ack_seq = 9"),
]
AT_HALL = [
    ("I1", "DELETE FROM ledger WHERE seq = 3"),
    ("I2", "UPDATE ledger SET body = x'00' WHERE seq = 2"),
    ("I2", "UPDATE terminal SET cursor_seq = 2"),
    ("I3", "UPDATE ledger SET subject_seq = 2 WHERE seq = 2"),
]


@pytest.mark.parametrize(("invariant", "statement"), AT_BOTH + AT_TERMINAL)
def test_damage_at_the_terminal_is_found(pair, invariant, statement):
    damage(pair.terminal, statement)
    assert any(fault.startswith(invariant) for fault in faults(pair.terminal))


@pytest.mark.parametrize(("invariant", "statement"), AT_BOTH + AT_HALL)
def test_damage_at_the_hall_is_found(pair, invariant, statement):
    damage(pair.hall, statement)
    assert any(fault.startswith(invariant) for fault in faults(pair.hall))


@pytest.mark.parametrize("side", ["terminal", "hall"])
@pytest.mark.parametrize("how", ["altered", "missing"])
def test_a_damaged_or_missing_file_is_found(pair, side, how):
    machine: Machine = getattr(pair, side)
    blob = next(path for path in machine.parts.blobs.root.glob("??/*"))
    if how == "altered":
        blob.write_bytes(blob.read_bytes() + b"x")
    else:
        blob.unlink()
    assert [fault for fault in faults(machine) if fault.startswith("I4")] == [
        f"I4: blob {blob.name} is {how}"
    ]


def test_a_file_that_is_still_awaited_is_no_fault(small_pair):
    a_case_at(small_pair.terminal)
    small_pair.push()
    proof = small_pair.hall.within(prove, small_pair.hall.parts)
    assert (proof.faults, proof.counts["blobs_outstanding"]) == ([], 2)


def test_what_arrives_during_the_proof_is_no_fault(hall, terminal, monkeypatch):
    pair = enrolled(hall, terminal)
    a_case_at(terminal)
    pair.settle()
    first_count = ledger.tallies

    def then_another_arrives(session: Session) -> dict[str, dict[str, int]]:
        counted = first_count(session)
        a_case_at(terminal)
        assert pair.push() == 1
        return counted

    monkeypatch.setattr(ledger, "tallies", then_another_arrives)
    proof = hall.within(prove, hall.parts)
    assert (proof.faults, proof.counts["received"], proof.counts["applied"]) == ([], 1, 1)


def test_what_is_handed_in_during_the_proof_is_no_fault(terminal, hall, monkeypatch):
    enrolled(hall, terminal)
    a_case_at(terminal)
    first_look = journal.broken_link

    def then_another_is_made(session: Session) -> str | None:
        found = first_look(session)
        a_case_at(terminal)
        return found

    monkeypatch.setattr(journal, "broken_link", then_another_is_made)
    proof = terminal.within(prove, terminal.parts)
    assert (proof.faults, proof.counts["created"], proof.counts["pending"]) == ([], 1, 1)
