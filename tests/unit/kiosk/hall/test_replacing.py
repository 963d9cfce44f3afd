"""A broken terminal is replaced by another machine: same terminal, new keys, all cases back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.carriers import report
from kiosk.cases import desk
from kiosk.cases.proof import prove
from kiosk.enrolling import peer_row
from kiosk.errors import Unauthenticated
from kiosk.hall import enrolment, reported
from kiosk.operators.audit import AuditRecord
from sync import recovery
from sync.ledger import Terminal
from sync.lives import Life, waiting
from sync.transport import HallRefuses
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import signed_in
from tests.builders.machines import HALL_URL, LoopLine, Pair
from tests.builders.restores import states


def enrolled_with(code, hall, machine):
    """As `kiosk terminal enrol` does, over HTTP."""
    asked = {"code": code, "public": machine.parts.identity.public.to_hex()}
    answer = hall.client().post("/sync/v1/enrolments", json=asked)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    told = answer.get_json()
    with machine.writing() as session:
        session.add(peer_row(HALL_URL, told))
        if told["replaces"]:
            session.flush()
            recovery.declare_restored(session)
    return told


@pytest.fixture
def new_machine(on_sqlite) -> Iterator:
    made = on_sqlite("terminal")
    yield made
    made.close()


@pytest.fixture
def worked(small_pair) -> Pair:
    """A pair with a case that is accepted, one that is not, and nothing on its way."""
    first = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    a_case_at(small_pair.terminal)
    small_pair.settle()
    hall = small_pair.hall
    hall.within(desk.decide, hall.parts, first.case_id, "accept", "clerk-1", "", ())
    small_pair.settle()
    return small_pair


def replaced(pair, machine, *, approve=True) -> Pair:
    known = pair.known_terminal()
    code = pair.hall.within(
        enrolment.invite, known.station_code, known.station_name, replaces=known.terminal_id
    )
    told = enrolled_with(code, pair.hall, machine)
    assert (told["terminal_id"], told["number"]) == (known.terminal_id, known.number)
    if approve:
        pair.hall.within(enrolment.approve, known.number)
    return Pair(pair.hall, machine, LoopLine(pair.hall, known.terminal_id, machine.parts.identity))


def gone_on(pair) -> None:
    for _ in range(5):
        if pair.recover():
            break
    pair.settle()
    pair.fetch_files()


def test_the_new_machine_gets_every_case_back_and_goes_on(worked, new_machine):
    before = states(worked.terminal)
    pair = replaced(worked, new_machine)
    gone_on(pair)
    assert states(new_machine) == before == states(pair.hall)
    more = a_case_at(new_machine)
    pair.settle()
    assert more.case_id in states(pair.hall)
    assert len({number for number, _ in states(pair.hall).values()}) == 3
    for machine in (pair.hall, new_machine):
        assert machine.within(prove, machine.parts).faults == []


def test_the_old_machine_is_shut_out_as_soon_as_the_new_one_has_enrolled(worked, new_machine):
    replaced(worked, new_machine, approve=False)
    a_case_at(worked.terminal)
    with pytest.raises(HallRefuses):
        worked.push()
    with pytest.raises(HallRefuses):
        worked.pull()


def test_the_new_machine_gets_nothing_before_its_fingerprint_was_compared(worked, new_machine):
    pair = replaced(worked, new_machine, approve=False)
    with pytest.raises(HallRefuses):
        pair.recover()
    assert states(new_machine) == {}
    pair.hall.within(enrolment.approve, pair.known_terminal().number)
    gone_on(pair)
    assert len(states(new_machine)) == 2


def test_a_decision_that_was_made_meanwhile_reaches_the_new_machine(worked, new_machine):
    case_id = next(each for each, (_, state) in states(worked.hall).items() if state == "accepted")
    pair = replaced(worked, new_machine)
    hall = pair.hall
    hall.within(desk.decide, hall.parts, case_id, "approve", "clerk-1", "", ())
    gone_on(pair)
    assert states(new_machine)[case_id][1] == "approved"


def test_a_terminal_that_was_shut_out_may_be_replaced_and_not_by_the_old_code(worked, new_machine):
    known = worked.known_terminal()
    worked.hall.within(enrolment.revoke, known.number)
    pair = replaced(worked, new_machine)
    gone_on(pair)
    assert pair.known_terminal().standing == "approved"
    assert len(states(new_machine)) == 2


def test_a_code_opens_once_and_each_step_is_recorded(worked, new_machine, on_sqlite):
    known = worked.known_terminal()
    code = worked.hall.within(
        enrolment.invite, known.station_code, known.station_name, replaces=known.terminal_id
    )
    enrolled_with(code, worked.hall, new_machine)
    with pytest.raises(Unauthenticated):
        worked.hall.within(
            enrolment.enrol, code, on_sqlite("terminal").parts.identity.public.to_hex()
        )
    with worked.hall.reading() as session:
        query = select(AuditRecord).order_by(AuditRecord.seq.desc()).limit(2)
        found = [(each.act, each.actor) for each in session.scalars(query)]
    assert found == [("terminal.replaced", "terminal"), ("terminal.invited", "command")]


def asking(code, pair, machine):
    asked = {"code": code, "public": machine.parts.identity.public.to_hex()}
    return pair.hall.client().post("/sync/v1/enrolments", json=asked)


def test_a_code_answers_the_machine_that_used_it_again_and_no_other_code_counts(
    worked, new_machine, on_sqlite
):
    known = worked.known_terminal()
    first, second = (
        worked.hall.within(
            enrolment.invite, known.station_code, known.station_name, replaces=known.terminal_id
        )
        for _ in range(2)
    )
    told = asking(first, worked, new_machine).get_json()
    assert asking(first, worked, new_machine).get_json() == told
    other = on_sqlite("terminal")
    assert asking(first, worked, other).status_code == 401
    assert asking(second, worked, other).status_code == 401
    worked.hall.within(enrolment.approve, known.number)
    # Whoever is let in asks nothing of a code any more.
    assert asking(first, worked, new_machine).status_code == 401
    other.close()


def test_a_machine_that_waited_for_its_life_waits_no_more_when_it_is_replaced(worked, new_machine):
    terminal_id = worked.terminal_id
    with worked.hall.writing() as session:
        session.add(
            Life(
                terminal_id=terminal_id,
                life_id="1" * 36,
                reason="waiting",
                asked_at=clock.now(),
                heard_at=clock.now(),
            )
        )
    replaced(worked, new_machine)
    with worked.hall.reading() as session:
        assert waiting(session, terminal_id) == []


def test_what_the_old_machine_told_of_its_queue_is_forgotten(worked, new_machine):
    a_case_at(worked.terminal)
    with worked.terminal.reading() as session:
        status = dict(report.status(session, worked.terminal.parts))
    with worked.hall.writing() as session:
        terminal = session.scalars(select(Terminal)).one()
        reported.note_status(terminal, status, clock.now())
        assert terminal.reported_waiting and terminal.reported_well_at
    replaced(worked, new_machine)
    known = worked.known_terminal()
    assert (known.reported_waiting, known.reported_well_at) == (None, None)
    page = signed_in(worked.hall, "auditor").page(f"/terminals/{known.number}")
    assert "序号" not in page
