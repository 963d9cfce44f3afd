"""Push and pull between a terminal and a hall in one process, over a line that fails on demand."""

import random
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select

from kiosk.cases import awaiting, desk, queries
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.service import correct, withdraw
from kiosk.errors import Conflict
from sync import journal
from sync.keys import SubjectKey
from sync.ledger import LedgerEntry, Terminal
from sync.push import note_acknowledgement
from sync.state import Verdict, peer_of
from sync.transport import HallRefuses, LineDown
from tests.builders.cases import a_case_at, a_submission
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair, enrolled

CLERK = "clerk-1"


def hall_state(pair: Pair, case_id: str) -> str:
    with pair.hall.reading() as session:
        return session.get_one(Case, case_id).state


def terminal_state(pair: Pair, case_id: str) -> str:
    with pair.terminal.reading() as session:
        return session.get_one(Case, case_id).state


def decide(pair: Pair, case_id: str, verb: str, *reasons: str) -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, CLERK, reasons=reasons)


def take_back(pair: Pair, case_id: str) -> None:
    pair.terminal.within(withdraw, pair.terminal.parts, case_id)


def in_one_piece(pair: Pair) -> bool:
    faults = [
        fault
        for machine in (pair.hall, pair.terminal)
        for fault in machine.within(prove, machine.parts).faults
    ]
    assert faults == []
    return True


def count(pair: Pair, table: type) -> int:
    with pair.hall.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_case_is_at_the_hall_once_and_the_terminal_knows_it(pair):
    receipt = a_case_at(pair.terminal)
    assert pair.push() == 1
    assert pair.push() == 0
    assert count(pair, Case) == 1
    parts = pair.terminal.parts
    assert pair.terminal.within(queries.progress_by_token, parts, receipt.token).at_hall
    assert pair.peer().acknowledged == (1, 1)
    assert in_one_piece(pair)


@pytest.mark.parametrize("fault", ["lost", "unheard", "doubled"])
def test_a_frame_that_is_lost_unheard_or_doubled_changes_nothing_in_the_end(pair, fault):
    receipts = [a_case_at(pair.terminal) for _ in range(3)]
    pair.line.faults = iter([fault])
    if fault != "doubled":
        with pytest.raises(LineDown):
            pair.push()
    pair.settle()
    assert count(pair, Case) == len(receipts)
    assert pair.peer().acknowledged == (1, 3)
    assert in_one_piece(pair)


def test_a_frame_that_is_cut_on_its_way_is_refused_and_sent_again_whole(pair):
    a_case_at(pair.terminal)
    pair.line.faults = iter(["cut"])
    with pytest.raises(HallRefuses):
        pair.push()
    assert count(pair, LedgerEntry) == 0
    pair.settle()
    assert in_one_piece(pair)


def test_a_long_queue_goes_in_several_envelopes(pair, monkeypatch):
    monkeypatch.setattr(journal, "MAX_ENTRIES", 4)
    for _ in range(10):
        a_case_at(pair.terminal)
    assert pair.push() == 10
    assert len(pair.line.sent) == 3
    assert in_one_piece(pair)


def test_the_same_envelope_twice_gets_the_same_answer(pair):
    scribe = Scribe()
    entries = [scribe.submitted(), scribe.poison()]
    frame = envelope(pair, entries, scribe.keys)
    first, second = (opened(pair, pair.line.post("/envelopes", frame)) for _ in range(2))
    assert {**first, "hall_time": 0} == {**second, "hall_time": 0}
    assert [v["verdict"] for v in first["verdicts"]] == ["applied", "quarantined"]


def test_resends_that_race_are_answered_alike_and_stored_once(a_hall, terminal):
    # SQLite lets one writer in at a time, so that only PostgreSQL can race.
    pair = enrolled(a_hall("postgresql"), terminal)
    scribe = Scribe()
    entries = [scribe.submitted() for _ in range(40)]
    frame = envelope(pair, entries, scribe.keys)
    answers: list[dict[str, object]] = []
    start = threading.Barrier(8)

    def send() -> None:
        start.wait()
        answers.append(opened(pair, pair.line.post("/envelopes", frame)))

    run_all([send] * 8)
    assert len(answers) == 8
    assert len({str({**answer, "hall_time": 0}) for answer in answers}) == 1
    assert (count(pair, LedgerEntry), count(pair, Case)) == (40, 40)


def run_all(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_decision_comes_back_with_its_due_day(pair):
    receipt = a_case_at(pair.terminal, a_submission(pair.terminal, "MZ-001"))
    pair.push()
    decide(pair, receipt.case_id, "accept")
    pair.pull()
    progress = pair.terminal.within(queries.progress_by_token, pair.terminal.parts, receipt.token)
    assert progress.state == "accepted"
    assert progress.due_on is not None
    assert [event.kind for event in progress.events] == ["submitted", "received", "accepted"]


def test_a_returned_case_is_corrected_and_decided(pair):
    receipt = a_case_at(pair.terminal)
    pair.settle()
    decide(pair, receipt.case_id, "return", "The photo is blurred.")
    pair.pull()
    parts = pair.terminal.parts
    progress = pair.terminal.within(queries.progress_of, parts, receipt.case_id)
    assert (progress.state, progress.reasons) == ("returned", ("The photo is blurred.",))
    again = a_submission(pair.terminal).submission()
    pair.terminal.within(correct, parts, receipt.case_id, again, "second")
    pair.settle()
    decide(pair, receipt.case_id, "accept")
    with pytest.raises(Conflict):
        decide(pair, receipt.case_id, "return", "again")
    decide(pair, receipt.case_id, "approve")
    pair.settle()
    assert terminal_state(pair, receipt.case_id) == "approved"
    assert in_one_piece(pair)


def test_a_correction_that_keeps_its_pictures_asks_for_no_file_twice(pair):
    first = a_submission(pair.terminal)
    receipt = a_case_at(pair.terminal, first)
    pair.settle()
    decide(pair, receipt.case_id, "return", "Sign again.")
    pair.pull()
    again = first.answering("applicant.phone", "13862279002").submission()
    pair.terminal.within(correct, pair.terminal.parts, receipt.case_id, again, "second")
    pair.settle()
    assert pair.pull() == []
    assert in_one_piece(pair)


def test_a_withdrawal_after_the_decision_is_refused_and_shown_at_the_terminal(pair):
    receipt = a_case_at(pair.terminal)
    pair.push()
    decide(pair, receipt.case_id, "refuse", "Not in this city.")
    take_back(pair, receipt.case_id)
    pair.settle()
    assert hall_state(pair, receipt.case_id) == terminal_state(pair, receipt.case_id) == "refused"
    parts = pair.terminal.parts
    assert (
        pair.terminal.within(queries.progress_of, parts, receipt.case_id).objection.verdict
        == "refused"
    )
    assert pair.terminal.within(awaiting.queue_state, parts).refused == 1
    with pair.terminal.reading() as session:
        verdict = session.scalars(select(Verdict)).one()
    assert verdict.reason == "withdraw is not possible when the case is refused"
    assert in_one_piece(pair)


@pytest.mark.parametrize(
    ("verbs", "in_the_end"),
    [
        ([("accept",)], "withdrawn"),
        ([("return", "blurred")], "withdrawn"),
        ([("accept",), ("approve",)], "approved"),
        ([("refuse", "no")], "refused"),
    ],
    ids=str,
)
@pytest.mark.parametrize("pushed_first", [True, False])
def test_both_sides_agree_when_withdrawal_and_decision_cross(pair, verbs, in_the_end, pushed_first):
    receipt = a_case_at(pair.terminal)
    pair.push()
    for verb, *reasons in verbs:
        decide(pair, receipt.case_id, verb, *reasons)
    take_back(pair, receipt.case_id)
    if pushed_first:
        pair.push()
    pair.pull()
    pair.settle()
    found = hall_state(pair, receipt.case_id), terminal_state(pair, receipt.case_id)
    assert found == (in_the_end, in_the_end)


def test_a_poison_entry_is_marked_at_the_terminal_by_its_digest(pair):
    receipt = a_case_at(pair.terminal)
    other = a_case_at(pair.terminal)
    with pair.terminal.writing() as session:
        # The key is gone before the hall has it: nobody can read the case there.
        session.execute(delete(SubjectKey).where(SubjectKey.subject == receipt.case_id))
    pair.push()
    with pair.terminal.reading() as session:
        (verdict,) = session.scalars(select(Verdict)).all()
        (entry,) = journal.of_subject(session, receipt.case_id)
    assert (verdict.digest, verdict.verdict) == (entry.digest, "quarantined")
    assert hall_state(pair, other.case_id) == "submitted"
    assert in_one_piece(pair)


def test_a_hall_that_was_restored_from_yesterday_gets_everything_again(pair):
    for _ in range(2):
        a_case_at(pair.terminal)
    pair.settle()
    yesterday = pair.known_terminal()
    receipts = [a_case_at(pair.terminal) for _ in range(3)]
    pair.settle()
    with pair.hall.writing() as session:
        for table in (LedgerEntry, Case):
            key = LedgerEntry.subject if table is LedgerEntry else Case.id
            session.execute(delete(table).where(key.in_([r.case_id for r in receipts])))
        terminal = session.get_one(Terminal, pair.terminal_id)
        terminal.cursor_seq, terminal.cursor_digest = yesterday.cursor_seq, yesterday.cursor_digest
    a_case_at(pair.terminal)
    pair.settle()
    assert count(pair, Case) == 6
    assert in_one_piece(pair)


def test_an_answer_that_names_not_every_entry_marks_nothing(pair):
    a_case_at(pair.terminal)
    with pair.terminal.reading() as session:
        run = journal.tail(session, (0, 0))
    answer = {
        "cursor": {"epoch": 1, "seq": 1},
        "verdicts": [],
        "gap": False,
        "forked": False,
        "hall_epoch": 1,
    }
    with pytest.raises(HallRefuses, match="does not name"), pair.terminal.writing() as session:
        note_acknowledgement(session, run, answer, None)
    assert pair.peer().acknowledged == (0, 0)


def test_a_hall_that_is_ahead_of_its_terminal_is_told_and_nothing_is_marked(pair):
    a_case_at(pair.terminal)
    pair.push()
    with pair.terminal.writing() as session:
        # As after a restore of the terminal from an older backup.
        session.execute(journal._TABLE.delete())
        peer = peer_of(session)
        peer.ack_epoch = peer.ack_seq = 0
    a_case_at(pair.terminal)
    with pytest.raises(HallRefuses):
        pair.push()
    assert pair.known_terminal().forked_at is not None


def test_nothing_is_sent_when_nothing_waits(pair):
    assert pair.push() == 0
    assert pair.line.sent == []


def test_the_order_of_faults_does_not_matter(pair, monkeypatch):
    monkeypatch.setattr(journal, "MAX_ENTRIES", 3)
    dice = random.Random(4)
    receipts = []
    for _ in range(20):
        receipts.append(a_case_at(pair.terminal))
        pair.line.faults = iter(dice.choices(["", "lost", "unheard", "doubled", "cut"], k=3))
        try:
            pair.push()
            pair.pull()
        except (LineDown, HallRefuses):
            continue
    pair.line.faults = iter(())
    pair.settle()
    assert count(pair, Case) == len(receipts)
    assert in_one_piece(pair)
