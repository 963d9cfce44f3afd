"""Everything that a terminal keeps of its cases is made again of their entries after a restore."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk import clock
from kiosk.cases import afterwards, desk, leasing, service, tablets
from kiosk.cases.help import records
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.submission import Origin
from kiosk.cases.tablets import Sender
from kiosk.counter import days, tickets
from kiosk.errors import Conflict, Invalid
from kiosk.materials.model import Material
from kiosk.receipts.leases import Label, NumberLease
from sync.journal import JournalEntry
from sync.keys import SubjectKey
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import Machine, Pair
from tests.builders.promises import PROMISED, WANTED, a_promising_case_at
from tests.builders.restores import begun, kept

#: What the entries do not tell: pixels are told by the picture, keys are wrapped anew.
UNTOLD = {"wrapped_key", "width", "height", "created_at", "leased_at", "used_at", "key_hash"}
KEPT = (Case, Material, HelpRecord, NumberLease, JournalEntry)
DEVICE = "0197f000-0000-7000-8000-000000000001"


def rows_of(machine: Machine) -> dict[str, list[dict[str, Any]]]:
    """All rows that a terminal keeps of its cases, as far as entries tell of them."""
    found: dict[str, list[dict[str, Any]]] = {}
    with machine.reading() as session:
        for model in KEPT:
            names = [c.name for c in model.__table__.columns if c.name not in UNTOLD]
            rows = [{n: getattr(r, n) for n in names} for r in session.scalars(select(model))]
            found[model.__tablename__] = sorted(rows, key=str)
    # A picture that no case took is nobody's, and is wiped after a day.
    found["material"] = [row for row in found["material"] if row["case_id"]]
    return found


def decide(pair: Pair, case_id: str, verb: str, *reasons: str) -> None:
    pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, "clerk-1", "", reasons)


def do(pair: Pair, verb, *arguments: object) -> None:
    pair.terminal.within(verb, pair.terminal.parts, *arguments)


def bundle(pair: Pair) -> None:
    built = a_bundle(pair.terminal, "YJS-04", "RS-011", "RS-017")
    do(pair, service.submit, built.submission(), str(uuid.uuid4()))


def correction(pair: Pair) -> None:
    case = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED))
    pair.settle()
    decide(pair, case.case_id, "return", "请补正")
    pair.pull()
    again = a_submission(pair.terminal, PROMISED).submission()
    do(pair, service.correct, case.case_id, again, str(uuid.uuid4()))
    pair.settle()
    decide(pair, case.case_id, "accept")


def promise_kept(pair: Pair) -> None:
    case = a_promising_case_at(pair.terminal)
    a_promising_case_at(pair.terminal)
    picture = a_picture_at(pair.terminal)
    do(pair, afterwards.supply, case.case_id, WANTED, [picture], "kiosk")


def rating(pair: Pair) -> None:
    case = a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED))
    pair.settle()
    decide(pair, case.case_id, "refuse", "条件不符")
    pair.pull()
    do(pair, afterwards.rate, case.case_id, 5)


def help_given(pair: Pair) -> None:
    case = a_case_at(pair.terminal)
    opening = records.Opening("early", "GJ-101", "agent-1", {"name": "王芳"}, clock.today())
    record = pair.terminal.within(records.open_record, pair.terminal.parts, opening)
    do(pair, records.take, record, "close", "agent-2", {}, case.case_id)


def tablet(pair: Pair) -> None:
    label = pair.terminal.within(leasing.lease, DEVICE, 2)[0]
    hand_in(pair, label)


def hand_in(pair: Pair, label: Label) -> service.Receipt:
    origin = Origin(label.number, datetime.now().astimezone().isoformat(), "zhou")
    submission = replace(a_submission(pair.terminal).submission(), channel="tablet", origin=origin)
    sender = Sender(DEVICE, None)
    parts, key = pair.terminal.parts, str(uuid.uuid4())
    return pair.terminal.within(tablets.take_in, parts, submission, label.token, key, sender)


@pytest.mark.parametrize(
    "work",
    [bundle, correction, promise_kept, rating, help_given, tablet],
    ids=lambda work: work.__name__,
)
def test_what_was_done_after_the_backup_is_as_it_was(small_pair, tmp_path, work):
    small_pair.pull()
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    work(small_pair)
    small_pair.settle()
    assert pair.recover()
    pair.settle()
    assert pair.fetch_files() == []
    before, after = rows_of(small_pair.terminal), rows_of(pair.terminal)
    if work is tablet:
        # The number that was leased and not used is known to nobody any more.
        before["number_lease"] = [row for row in before["number_lease"] if row["notes"]]
    assert after == before
    assert pair.terminal.within(prove, pair.terminal.parts).faults == []
    pair.terminal.close()


def test_a_number_that_a_tablet_had_from_the_lost_part_is_taken_once(small_pair, tmp_path):
    small_pair.pull()
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    used, unused = small_pair.terminal.within(leasing.lease, DEVICE, 2)
    hand_in(small_pair, used)
    small_pair.settle()
    assert pair.recover()
    assert hand_in(pair, unused).number == unused.number
    for label in (used, unused):
        with pytest.raises(Conflict, match="number-used"):
            hand_in(pair, label)
    fresh = pair.terminal.within(leasing.lease, DEVICE, 1)[0]
    assert (unused.number[6], fresh.number[6]) == ("5", "6")
    never = replace(fresh, number=fresh.number[:7] + "0000000" + "0")
    with pytest.raises(Invalid, match="number-not-leased"):
        hand_in(pair, never)
    pair.settle()
    assert pair.hall.within(prove, pair.hall.parts).faults == []
    pair.terminal.close()


def test_an_entry_that_cannot_be_read_stops_no_other(small_pair, tmp_path):
    small_pair.pull()
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    lost, whole = a_case_at(small_pair.terminal), a_case_at(small_pair.terminal)
    small_pair.settle()
    with small_pair.hall.writing() as session:
        key = update(SubjectKey).where(SubjectKey.subject == lost.case_id)
        session.execute(key.values(wrapped=b"damaged"))
    assert pair.recover()
    with pair.terminal.reading() as session:
        assert session.scalars(select(Case.id)).all() == [whole.case_id]
        assert len(session.scalars(select(JournalEntry.seq)).all()) == 2
    pair.terminal.close()


def test_a_day_at_the_counter_that_was_told_is_not_told_again(small_pair, tmp_path):
    small_pair.pull()
    yesterday = clock.now() - timedelta(days=1)
    with clock.use(lambda: yesterday):
        small_pair.terminal.within(tickets.draw)
    pair = begun(small_pair, kept(small_pair.terminal, tmp_path / "backup"), declared=True)
    with small_pair.terminal.writing() as session:
        assert days.tell(session) == 1
    small_pair.push()
    with pair.terminal.writing() as session:
        assert days.tell(session) == 0
    assert pair.recover()
    with pair.terminal.writing() as session:
        assert days.tell(session) == 0
    pair.terminal.close()
