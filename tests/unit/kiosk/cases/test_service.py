"""The terminal's verbs: submit, correct, withdraw; whole or not at all, once by key."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from kiosk import clock
from kiosk.cases import desk, service
from kiosk.cases.awaiting import queue_state
from kiosk.cases.queries import progress_by_number, progress_of
from kiosk.errors import Conflict, Invalid, NotFound
from kiosk.receipts import leases
from kiosk.receipts import number as receipt_number
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import Machine, Pair


@pytest.fixture
def pair(small_pair: Pair) -> Pair:
    return small_pair


@pytest.fixture
def terminal(pair: Pair) -> Machine:
    return pair.terminal


def submit(terminal: Machine, submission, key: str):
    return terminal.within(service.submit, terminal.parts, submission, key)


def test_a_receipt_is_of_this_terminal_and_can_be_shown_again(terminal):
    receipt = submit(terminal, a_submission(terminal).submission(), "key")
    assert receipt.number.startswith("100001")
    assert receipt_number.is_valid(receipt.number)
    assert terminal.within(service.made_with, terminal.parts, "key") == receipt


def test_the_bell_is_rung_after_the_commit_only(terminal):
    rung = []

    class Bell:
        def ring(self, job: str) -> bool:
            with terminal.reading() as session:
                rung.append((job, session.execute(text("SELECT count(*) FROM journal")).scalar()))
            return False

    parts = replace(terminal.parts, doorbell=Bell())
    submission = a_submission(terminal).submission()
    terminal.within(service.submit, parts, submission, "key")
    assert rung == [("push", 1)]


def test_one_key_makes_one_case_also_when_two_are_at_it(terminal):
    submission = a_submission(terminal).submission()
    receipts = []
    threads = [
        threading.Thread(target=lambda: receipts.append(submit(terminal, submission, "key")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 6
    assert len(set(receipts)) == 1


def test_a_key_with_another_submission_is_a_conflict(terminal):
    builder = a_submission(terminal)
    submit(terminal, builder.submission(), "key")
    with pytest.raises(Conflict):
        submit(terminal, builder.answering("applicant.phone", "13862279009").submission(), "key")


def test_a_repeat_is_answered_although_a_rule_has_turned_meanwhile(terminal):
    submission = a_submission(terminal, "YB-01").submission()
    first = submit(terminal, submission, "key")
    years_later = datetime(2035, 1, 1, tzinfo=UTC)
    with clock.use(lambda: years_later):
        assert submit(terminal, submission, "key") == first


def test_a_number_that_is_taken_is_drawn_again(terminal, monkeypatch):
    taken = a_case_at(terminal).number
    drawn = iter([taken, taken, "100001000000019"])
    monkeypatch.setattr(leases, "new_number", lambda _terminal, _epoch: next(drawn))
    assert a_case_at(terminal).number == "100001000000019"
    assert terminal.row_counts()["cases"] == terminal.row_counts()["journal"] == 2


def test_a_picture_belongs_to_one_case(terminal):
    picture = a_picture_at(terminal)
    requirement = next(iter(a_submission(terminal).attachments))
    a_case_at(terminal, a_submission(terminal).with_material(requirement, picture))
    before = terminal.row_counts()
    other = a_submission(terminal).with_material(requirement, picture)
    before["material"] += 2
    with pytest.raises(Invalid, match="material_unknown"):
        a_case_at(terminal, other)
    assert terminal.row_counts() == before


def test_a_case_is_withdrawn_once(terminal):
    receipt = a_case_at(terminal)
    terminal.within(service.withdraw, terminal.parts, receipt.case_id)
    assert terminal.within(progress_of, terminal.parts, receipt.case_id).state == "withdrawn"
    before = terminal.row_counts()
    with pytest.raises(Conflict):
        terminal.within(service.withdraw, terminal.parts, receipt.case_id)
    assert terminal.row_counts() == before


def test_a_case_that_there_is_not_cannot_be_withdrawn_or_corrected(terminal):
    with pytest.raises(NotFound):
        terminal.within(service.withdraw, terminal.parts, "nothing")
    submission = a_submission(terminal).submission()
    with pytest.raises(NotFound):
        terminal.within(service.correct, terminal.parts, "nothing", submission, "key")


def test_a_case_that_was_not_returned_cannot_be_corrected(terminal):
    receipt = a_case_at(terminal)
    again = a_submission(terminal).submission()
    before = terminal.row_counts()
    with pytest.raises(Conflict):
        terminal.within(service.correct, terminal.parts, receipt.case_id, again, "key-2")
    assert terminal.row_counts() == before


@pytest.fixture
def returned(pair: Pair) -> str:
    """A case that the hall has returned, submitted with the key "first"."""
    receipt = submit(pair.terminal, a_submission(pair.terminal).submission(), "first")
    pair.push()
    pair.hall.within(desk.decide, pair.hall.parts, receipt.case_id, "return", "c", "", ("why",))
    pair.pull()
    return receipt.case_id


def correct(terminal: Machine, case_id: str, submission, key: str):
    return terminal.within(service.correct, terminal.parts, case_id, submission, key)


def test_a_correction_keeps_receipt_and_item_and_is_made_once(terminal, returned):
    again = a_submission(terminal).submission()
    first = correct(terminal, returned, again, "second")
    rows = terminal.row_counts()
    assert correct(terminal, returned, again, "second") == first
    assert terminal.row_counts() == rows
    assert first == terminal.within(service.made_with, terminal.parts, "second")
    assert first.state == "submitted"


def test_a_correction_cannot_change_the_item(terminal, returned):
    with pytest.raises(Conflict):
        correct(terminal, returned, a_submission(terminal, "MZ-001").submission(), "second")


def test_progress_by_number_needs_the_last_four_of_the_id_and_tells_no_difference(terminal):
    receipt = a_case_at(terminal)
    sample = a_submission(terminal).answers["applicant"]["id_number"]
    found = terminal.within(progress_by_number, terminal.parts, receipt.number, sample[-4:].lower())
    assert found.case_id == receipt.case_id
    wrong = []
    for number, tail in ((receipt.number, "0000"), ("100001000000001", sample[-4:]), ("", "")):
        with pytest.raises(NotFound) as caught:
            terminal.within(progress_by_number, terminal.parts, number, tail)
        wrong.append((caught.value.code, caught.value.message))
    assert len(set(wrong)) == 1


def test_the_queue_tells_how_much_waits_and_since_when(terminal):
    start = clock.now()
    with clock.use(lambda: start - timedelta(hours=2)):
        a_case_at(terminal)
    a_case_at(terminal)
    queue = terminal.within(queue_state, terminal.parts)
    assert (queue.pending, queue.enrolled, queue.last_contact) == (2, True, None)
    assert abs(queue.oldest_at - (start - timedelta(hours=2))) < timedelta(seconds=1)


def test_a_terminal_that_is_not_enrolled_has_an_empty_queue(a_terminal):
    lonely = a_terminal()
    assert lonely.within(queue_state, lonely.parts).enrolled is False


def test_the_first_key_stays_that_of_the_case_after_a_correction(terminal, returned):
    correct(terminal, returned, a_submission(terminal).submission(), "second")
    cases = terminal.row_counts()["cases"]
    with pytest.raises(Conflict):
        submit(terminal, a_submission(terminal).submission(), "first")
    assert terminal.row_counts()["cases"] == cases


def test_a_correction_may_have_a_key_that_another_case_was_submitted_with(terminal, returned):
    other = submit(terminal, a_submission(terminal).submission(), "other")
    found = correct(terminal, returned, a_submission(terminal).submission(), "other")
    assert found.case_id == returned != other.case_id


def test_a_correction_key_with_another_body_is_a_conflict(terminal, returned):
    correct(terminal, returned, a_submission(terminal).submission(), "second")
    with pytest.raises(Conflict):
        correct(terminal, returned, a_submission(terminal).submission(), "second")
