"""The lead department states one result when all cases of a bundle are decided; it travels."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from kiosk import clock
from kiosk.cases import bodies, bundle_closing, desk, redressing, service
from kiosk.cases.feedback import drawn_state
from kiosk.cases.model import Case
from kiosk.cases.queries import progress_of, progress_of_bundle
from kiosk.errors import Conflict, Invalid, NotFound
from kiosk.operators.audit import AuditRecord
from sync import keys
from sync.keys import SubjectKey
from sync.ledger import QUARANTINED, REFUSED, LedgerEntry
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair

RESULT = "社保卡已领取，就业登记和失业登记均已办好。"
MEMBERS = ("RS-011", "RS-017", "RS-015")


@pytest.fixture
def cases(small_pair: Pair) -> list[str]:
    """The ids of a bundle's three cases, at the hall, accepted."""
    terminal = small_pair.terminal
    submission = a_bundle(terminal, "YJS-04", *MEMBERS).submission()
    terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    with small_pair.hall.reading() as session:
        found = list(session.scalars(select(Case.id).order_by(Case.id)))
    for case in found:
        decide(small_pair, case, "accept")
    return found


def decide(pair: Pair, case: str, verb: str, *reasons: str) -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case, verb, "clerk", "", reasons)


def close(pair: Pair, bundle: str, result: str = RESULT) -> None:
    pair.hall.within(bundle_closing.close, pair.hall.parts, bundle, "lead", result)


def refusal_of(pair: Pair, bundle: str) -> Conflict:
    """What closing it is refused with."""
    with pytest.raises(Conflict) as refusal:
        close(pair, bundle)
    return refusal.value


def judged(pair: Pair, case: str, verdict: str) -> None:
    """Let the hall have judged so what began a case, which then never became one."""
    with pair.hall.writing() as session:
        query = select(LedgerEntry).where(LedgerEntry.subject == case)
        session.scalars(query.order_by(LedgerEntry.seq)).first().verdict = verdict
        session.execute(delete(Case).where(Case.id == case))


def clocks_at(pair: Pair) -> list[tuple[object, ...]]:
    with pair.terminal.reading() as session:
        found = session.scalars(select(Case).order_by(Case.id))
        return [(each.state, each.changed_at, each.next_due, each.due_on) for each in found]


def decide_all(pair: Pair, cases: list[str]) -> None:
    for case in cases:
        decide(pair, case, "approve")


def all_decided(pair: Pair, cases: list[str]) -> None:
    decide(pair, cases[0], "approve")
    decide(pair, cases[0], "deliver")
    decide(pair, cases[1], "refuse", "不符合条件")
    pair.terminal.within(service.withdraw, pair.terminal.parts, cases[2])
    pair.settle()


def test_a_bundle_with_an_open_case_is_not_closed_and_the_case_is_named(small_pair, cases) -> None:
    for case in cases[:2]:
        decide(small_pair, case, "approve")
    before = small_pair.hall.row_counts()
    refusal = refusal_of(small_pair, cases[0])
    assert refusal.code == "bundle_open"
    assert "失业登记" in refusal.message.zh
    assert small_pair.hall.row_counts() == before


def test_the_result_reaches_the_residents_page_and_changes_no_case(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    close(small_pair, cases[0])
    small_pair.settle()
    terminal = small_pair.terminal
    together = terminal.within(progress_of_bundle, terminal.parts, cases[0])
    assert together.result == RESULT
    assert [part.state for part in together.parts] == ["delivered", "refused", "withdrawn"]
    first = terminal.within(progress_of, terminal.parts, cases[0])
    told = [event.kind for event in first.events]
    assert told.count("delivered") == 1, "it is no second delivery"


def test_the_clocks_at_the_station_go_on_as_they_were(small_pair, cases) -> None:
    for case in cases[:2]:
        decide(small_pair, case, "approve")
    decide(small_pair, cases[2], "refuse", "不符合条件")
    small_pair.settle()
    before = clocks_at(small_pair)
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=20)):
        close(small_pair, cases[0])
        small_pair.settle()
    assert clocks_at(small_pair) == before
    terminal = small_pair.terminal
    with terminal.reading() as session:
        drawn = [drawn_state(session, terminal.parts.keyring, case) for case in cases]
    assert drawn == [(state, changed_at) for state, changed_at, *_ in before], "nor when redrawn"


def test_it_is_told_with_a_refusal_whose_reasons_stay_when_nothing_else_is_there(
    small_pair, cases
) -> None:
    for case in cases:
        decide(small_pair, case, "refuse", "不符合条件")
    close(small_pair, cases[0])
    small_pair.settle()
    terminal = small_pair.terminal
    together = terminal.within(progress_of_bundle, terminal.parts, cases[0])
    assert (together.result, together.parts[0].reasons) == (RESULT, ("不符合条件",))


def test_a_bundle_is_closed_once_and_that_is_recorded(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    close(small_pair, cases[0])
    assert refusal_of(small_pair, cases[0]).code == "bundle_closed"
    with small_pair.hall.reading() as session:
        query = select(AuditRecord).where(AuditRecord.act == "bundle.closed")
        (record,) = session.scalars(query).all()
    assert (record.target, record.actor) == (cases[0], "lead")
    assert RESULT not in record.detail


def test_who_stated_the_result_has_worked_on_each_case_when_one_is_rated(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    close(small_pair, cases[0])
    with small_pair.hall.reading() as session:
        for case in cases:
            assert redressing.worked_on(session, case, "lead")
            assert not redressing.worked_on(session, case, "other")


def test_a_bundle_that_was_withdrawn_as_a_whole_has_no_result(small_pair, cases) -> None:
    for case in cases:
        small_pair.terminal.within(service.withdraw, small_pair.terminal.parts, case)
    small_pair.settle()
    assert refusal_of(small_pair, cases[0]).code == "bundle_withdrawn"


def test_it_is_told_with_another_case_where_the_key_of_the_first_is_gone(small_pair, cases) -> None:
    decide_all(small_pair, cases)
    with small_pair.hall.writing() as session:
        session.execute(delete(SubjectKey).where(SubjectKey.subject == cases[0]))
    close(small_pair, cases[0])
    small_pair.settle()
    terminal = small_pair.terminal
    assert terminal.within(progress_of_bundle, terminal.parts, cases[0]).result == RESULT


def test_an_entry_of_the_bundle_in_quarantine_keeps_it_open(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    judged(small_pair, cases[2], QUARANTINED)
    assert refusal_of(small_pair, cases[0]).code == "bundle_incomplete"


def test_it_is_not_closed_while_one_of_its_cases_is_still_on_its_way(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    with small_pair.hall.writing() as session:
        session.execute(delete(LedgerEntry).where(LedgerEntry.subject == cases[2]))
        session.execute(delete(Case).where(Case.id == cases[2]))
    assert refusal_of(small_pair, cases[0]).code == "bundle_arriving"


def test_what_the_hall_refused_for_good_is_not_waited_for(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    judged(small_pair, cases[2], REFUSED)
    close(small_pair, cases[0])


@pytest.mark.parametrize("sign", ["a later entry", "a report of nothing pending"])
def test_without_a_count_it_is_closed_once_its_station_has_sent_all(
    small_pair, cases, sign
) -> None:
    decide_all(small_pair, cases)
    with small_pair.hall.writing() as session:
        keyring = small_pair.hall.parts.keyring
        for entry in session.scalars(select(LedgerEntry)):
            key = keys.fetch(session, keyring, [entry.subject])[entry.subject]
            body = bodies.open_fact(key, entry)
            del body["bundle"]["members"]
            entry.body = bodies.seal(key, entry.subject, entry.kind, body)
            entry.received_at = clock.now()
    assert refusal_of(small_pair, cases[0]).code == "bundle_arriving"
    if sign == "a later entry":
        a_case_at(small_pair.terminal)
        small_pair.push()
    else:
        small_pair.pull()
    close(small_pair, cases[0])


def test_a_result_without_words_and_a_case_by_itself_are_refused(small_pair, cases) -> None:
    all_decided(small_pair, cases)
    with pytest.raises(Invalid) as refusal:
        close(small_pair, cases[0], "")
    assert [field.path for field in refusal.value.fields] == ["result"]
    alone = a_case_at(small_pair.terminal).case_id
    small_pair.settle()
    for not_one in (alone, cases[1]):
        with pytest.raises(NotFound):
            close(small_pair, not_one)
