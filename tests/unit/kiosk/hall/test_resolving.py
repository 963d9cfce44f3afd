"""Entries in quarantine judged anew by people: each with its verdict, in order, told and proved."""

import threading

import orjson
import pytest
from sqlalchemy import select, update

from kiosk.cases import bodies
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.errors import Conflict, Invalid
from kiosk.hall import concealed, resolving
from sync import journal, keys, quarantine, verdicts
from sync.feed import FeedItem
from sync.ledger import LedgerEntry
from sync.quarantine import Correction, Resolution
from sync.state import Verdict
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.builders.poison import Desk, a_poisoned_submission, a_poisoned_supply, told
from tests.builders.promises import WANTED, a_promising_case_at


def states(pair: Pair, case_id: str) -> tuple[str | None, str | None]:
    """The state of a case at the hall and at the terminal; None where it is not."""
    found = []
    for machine in (pair.hall, pair.terminal):
        with machine.reading() as session:
            case = session.get(Case, case_id)
            found.append(case.state if case else None)
    return found[0], found[1]


def faults(pair: Pair) -> list[str]:
    return pair.hall.within(prove, pair.hall.parts).faults


def kept_at_terminal(pair: Pair) -> list[tuple[str, str | None]]:
    with pair.terminal.reading() as session:
        rows = session.scalars(select(Verdict).order_by(Verdict.seq))
        return [(row.verdict, row.reason) for row in rows]


def fixed_supply() -> str:
    return orjson.dumps(
        {"attachments": [], "files": {}, "channel": "kiosk", "operator": None}
    ).decode()


def test_a_replay_that_fails_again_changes_nothing_but_the_record_of_it(pair):
    a_poisoned_supply(pair)
    pair.push()
    desk = Desk(pair)
    assert desk.replay(2) == "quarantined"
    with pair.hall.reading() as session:
        rows = session.scalars(select(Resolution)).all()
        assert [(row.act, row.operator, row.before, row.verdict) for row in rows] == [
            ("replay", "admin-1", "quarantined", "quarantined")
        ]
        kinds = session.scalars(select(FeedItem.kind)).all()
    assert verdicts.KIND not in kinds
    assert faults(pair) == []


def test_a_correction_is_replayed_in_the_entrys_place_and_what_was_held_follows(pair):
    case_id = a_poisoned_supply(pair)
    told(pair, "case.withdrawn", case_id, {})
    told(pair, "case.withdrawn", case_id, {})
    pair.push()
    desk = Desk(pair)
    assert desk.verdicts() == ["applied", "quarantined", "held", "held"]
    with pair.hall.reading() as session:
        before = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one().body
    assert desk.correct(2, fixed_supply()) == "applied"
    assert desk.verdicts() == ["applied", "applied", "applied", "refused"]
    with pair.hall.reading() as session:
        row = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one()
        assert row.body == before
        correction = session.scalars(select(Correction)).one()
        hall = pair.hall.parts.identity.public.signing
        assert correction.is_genuine(hall)
        assert (correction.operator, correction.reason) == ("admin-1", "按电话核对")
    pair.pull()
    assert states(pair, case_id) == ("withdrawn", "withdrawn")
    assert [verdict for verdict, _ in kept_at_terminal(pair)] == ["applied", "applied", "refused"]
    assert faults(pair) == []


def test_a_corrected_submission_makes_the_case_and_keeps_the_covered_token(pair):
    subject, right = a_poisoned_submission(pair)
    pair.push()
    covered = {**right, "token": concealed.COVERED}
    desk = Desk(pair)
    assert desk.correct(1, orjson.dumps(covered).decode()) == "applied"
    with pair.hall.reading() as session:
        entry = quarantine.applied_of_subject(session, subject)[0]
        key = keys.fetch(session, pair.hall.parts.keyring, [subject])[subject]
    body = bodies.open_sealed(key, subject, entry.kind, entry.body)
    assert body == right
    assert faults(pair) == []


@pytest.mark.parametrize(
    ("typed", "why", "field"),
    [
        ("{", "x", "body"),
        ("[]", "x", "body"),
        ('{"attachments": 1}', "x", "body"),
        ("{}", " ", "why"),
        ("{}", "x" * 201, "why"),
    ],
)
def test_a_correction_that_is_no_better_stores_nothing_and_names_the_field(
    small_pair, typed, why, field
):
    a_poisoned_supply(small_pair)
    small_pair.push()
    rows = small_pair.hall.row_counts()
    with pytest.raises(Invalid) as refusal:
        Desk(small_pair).correct(2, typed, why)
    assert [each.path for each in refusal.value.fields] == [field]
    assert small_pair.hall.row_counts() == rows


def test_what_is_set_aside_is_refused_with_the_words_and_the_case_goes_on(pair):
    case_id = a_poisoned_supply(pair)
    told(pair, "case.withdrawn", case_id, {})
    pair.push()
    desk = Desk(pair)
    assert desk.set_aside(2) == "refused"
    assert desk.reason(2) == "set aside: 重复提交"
    assert desk.verdicts() == ["applied", "refused", "applied"]
    pair.pull()
    assert kept_at_terminal(pair)[0] == ("refused", "set aside: 重复提交")
    assert states(pair, case_id) == ("withdrawn", "withdrawn")
    assert faults(pair) == []


def test_a_submission_set_aside_ends_the_case_and_all_that_follows_it(pair):
    subject, _ = a_poisoned_submission(pair)
    told(pair, "case.withdrawn", subject, {})
    pair.push()
    desk = Desk(pair)
    assert desk.set_aside(1) == "refused"
    told(pair, "case.withdrawn", subject, {})
    pair.push()
    assert desk.verdicts() == ["refused", "refused", "refused"]
    assert faults(pair) == []


def test_an_entry_is_decided_once_and_an_earlier_one_of_its_case_first(pair):
    case_id = a_poisoned_supply(pair)
    told(pair, "case.supplied", case_id, {"attachments": 1})
    pair.push()
    desk = Desk(pair)
    with pytest.raises(Conflict):
        desk.replay(3)
    desk.set_aside(2)
    with pytest.raises(Conflict):
        desk.set_aside(2)
    assert desk.verdicts() == ["applied", "refused", "quarantined"]


def test_two_admins_and_a_push_of_the_same_case_come_one_after_the_other(pair):
    case_id = a_poisoned_supply(pair)
    pair.push()
    told(pair, "case.withdrawn", case_id, {})
    desk, ended = Desk(pair), []

    def admin() -> None:
        try:
            ended.append(desk.set_aside(2))
        except Conflict:
            ended.append("conflict")

    threads = [threading.Thread(target=each) for each in (admin, admin, pair.push)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["conflict", "refused"]
    assert desk.verdicts() == ["applied", "refused", "applied"]
    pair.pull()
    assert states(pair, case_id) == ("withdrawn", "withdrawn")
    assert faults(pair) == []


def test_what_another_program_could_not_read_is_replayed_once_after_the_update(pair):
    case_id = a_case_at(pair.terminal).case_id
    told(pair, "case.withdrawn", case_id, {})
    pair.push()
    # As if the program of that day had not known withdrawals yet.
    with pair.hall.writing() as session:
        unread = update(LedgerEntry).where(LedgerEntry.kind == "case.withdrawn")
        session.execute(unread.values(verdict="held", reason="needs case.withdrawn of version 1"))
        session.get_one(Case, case_id).state = "submitted"
    assert resolving.retry_after_update(pair.hall.app) == 1
    assert Desk(pair).verdicts() == ["applied", "applied"]
    assert states(pair, case_id)[0] == "withdrawn"
    a_poisoned_supply(pair)
    pair.push()
    assert resolving.retry_after_update(pair.hall.app) == 0
    with pair.hall.reading() as session:
        assert [(r.act, r.operator) for r in session.scalars(select(Resolution))] == [
            ("update", None)
        ]


def test_a_later_verdict_is_not_undone_by_an_acknowledgement_from_before(small_pair):
    a_poisoned_supply(small_pair)
    small_pair.push()
    Desk(small_pair).set_aside(2)
    small_pair.pull()
    with small_pair.terminal.writing() as session:
        run = journal.tail(session, (0, 0))
        answer = {"hall_epoch": 1, "feed_head": 0}
        said = {run[1].digest.hex(): {"verdict": "quarantined", "reason": "Unreadable"}}
        verdicts.note(session, run, said, answer, 1)
    assert kept_at_terminal(small_pair) == [("refused", "set aside: 重复提交")]


def test_verify_finds_a_correction_or_a_verdict_that_was_altered(pair):
    a_poisoned_supply(pair)
    pair.push()
    Desk(pair).correct(2, fixed_supply())
    with pair.hall.writing() as session:
        session.execute(update(Correction).values(reason="another"))
        session.execute(
            update(LedgerEntry).where(LedgerEntry.seq == 2).values(verdict="refused", reason="x")
        )
    assert [fault[:30] for fault in faults(pair)] == [
        "I6: the correction of entry 1/",
        "I6: the verdict on entry 1/2 i",
    ]


def test_a_corrected_supply_settles_the_promise_as_one_that_was_read_at_once(small_pair):
    case_id = a_promising_case_at(small_pair.terminal).case_id
    given = {"requirement": WANTED, "mode": "teleported", "materials": []}
    told(small_pair, "case.supplied", case_id, {"attachments": [given], "files": {}})
    small_pair.push()
    right = {"attachments": [{**given, "mode": "file"}], "files": {}}
    assert Desk(small_pair).correct(2, orjson.dumps(right).decode()) == "applied"
    with small_pair.hall.reading() as session:
        assert session.get_one(HelpRecord, case_id).state == "done"
