"""A terminal wipes a case that ended long ago once a backup of the hall has it, and not before."""

import uuid
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from kiosk import clock
from kiosk.backup import turn, wiping
from kiosk.cases import afterwards, desk, service
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.queries import progress_by_token
from kiosk.cases.service import Receipt
from kiosk.errors import Conflict
from kiosk.materials.model import Material
from sync import ledger, refetch
from sync.expecting import ExpectedBlob
from sync.journal import JournalEntry
from sync.keys import SubjectKey
from sync.ledger import Terminal
from sync.state import Peer, Verdict
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import Machine, Pair

DAYS = 31


@pytest.fixture
def withdrawn(small_pair: Pair) -> Receipt:
    """A case that ended, and is at the hall with its files."""
    receipt = a_case_at(small_pair.terminal)
    small_pair.terminal.within(service.withdraw, small_pair.terminal.parts, receipt.case_id)
    small_pair.settle()
    return receipt


@pytest.fixture
def backed_up(small_pair: Pair, kept) -> None:
    """What is at the hall is in its backup, and the terminal has heard so."""
    kept(small_pair.hall).make()
    small_pair.pull()


def later(days: int) -> AbstractContextManager[None]:
    return clock.use(lambda: datetime.now(UTC) + timedelta(days=days))


def wiped(terminal: Machine, days: int = DAYS) -> int:
    with later(days):
        return wiping.wipe(terminal.transactions, terminal.parts)


def test_nothing_of_a_wiped_case_can_be_read_and_all_invariants_hold(small_pair, withdrawn, kept):
    terminal = small_pair.terminal
    kept(small_pair.hall).make()
    small_pair.pull()
    assert wiped(terminal) == 1
    with terminal.reading() as session:
        assert session.scalars(select(JournalEntry.body)).all() == [b"", b""]
        assert session.scalars(select(SubjectKey)).all() == []
        assert session.scalars(select(Material)).all() == []
    blobs = terminal.parts.config.data_dir / "blobs"
    assert [each for each in blobs.rglob("*") if each.is_file()] == []
    assert terminal.within(prove, terminal.parts).faults == []
    hall = small_pair.hall
    assert hall.within(prove, hall.parts).faults == []
    with hall.reading() as session:
        assert current_body(session, hall.parts.keyring, withdrawn.case_id)["answers"]


def test_the_receipt_still_finds_the_case_and_tells_how_it_ended(small_pair, withdrawn, backed_up):
    terminal = small_pair.terminal
    wiped(terminal)
    found = terminal.within(progress_by_token, terminal.parts, withdrawn.token)
    assert (found.number, found.state, found.is_wiped) == (withdrawn.number, "withdrawn", True)
    assert (found.can, found.reasons) == (frozenset(), ())


def test_what_is_only_acknowledged_is_kept(small_pair, withdrawn):
    assert wiped(small_pair.terminal) == 0


def test_a_case_is_kept_until_its_days_are_over(small_pair, withdrawn, backed_up):
    assert wiped(small_pair.terminal, days=29) == 0
    assert wiped(small_pair.terminal, days=31) == 1


def test_the_days_are_counted_by_the_halls_clock(small_pair, withdrawn, backed_up):
    with small_pair.terminal.writing() as session:
        session.get_one(Peer, 1).skew_ms = -365 * 24 * 3600 * 1000
    assert wiped(small_pair.terminal, days=365 + 29) == 0
    assert wiped(small_pair.terminal, days=365 + 31) == 1


def test_a_case_that_is_open_is_kept(small_pair, kept):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    kept(small_pair.hall).make()
    small_pair.pull()
    assert wiped(small_pair.terminal, days=4000) == 0


def test_a_rating_after_the_backup_keeps_its_case_until_the_next(small_pair, kept):
    terminal, hall = small_pair.terminal, small_pair.hall
    receipt = a_case_at(terminal)
    small_pair.settle()
    hall.within(desk.decide, hall.parts, receipt.case_id, "refuse", "chen", "", ("缺件",))
    small_pair.pull()
    keeper = kept(hall)
    keeper.make()
    small_pair.pull()
    terminal.within(afterwards.rate, terminal.parts, receipt.case_id, 5, (), "")
    small_pair.settle()
    assert wiped(terminal) == 0
    keeper.make(days=1)
    small_pair.pull()
    assert wiped(terminal) == 1


def test_a_decision_that_came_after_the_backup_keeps_its_case(small_pair, kept):
    terminal, hall = small_pair.terminal, small_pair.hall
    receipt = a_case_at(terminal)
    small_pair.settle()
    keeper = kept(hall)
    keeper.make()
    hall.within(desk.decide, hall.parts, receipt.case_id, "refuse", "chen", "", ("缺件",))
    small_pair.pull()
    assert wiped(terminal) == 0
    keeper.make(days=1)
    small_pair.pull()
    assert wiped(terminal) == 1


@pytest.mark.parametrize("verdict", [ledger.HELD, ledger.QUARANTINED])
def test_what_the_hall_could_not_read_is_kept(small_pair, withdrawn, backed_up, verdict):
    with small_pair.terminal.writing() as session:
        entry = session.scalars(select(JournalEntry)).first()
        session.add(Verdict(digest=entry.digest, epoch=1, seq=1, verdict=verdict, reason=None))
    assert wiped(small_pair.terminal) == 0


def test_a_restored_hall_that_has_less_stops_the_wiping(small_pair, withdrawn, backed_up):
    with small_pair.hall.writing() as session:
        session.execute(update(Terminal).values(backed_up_epoch=0, backed_up_seq=0))
    small_pair.pull()
    assert wiped(small_pair.terminal) == 0


def test_a_file_that_the_backup_has_not_keeps_its_case(small_pair, kept):
    terminal = small_pair.terminal
    receipt = a_case_at(terminal)
    terminal.within(service.withdraw, terminal.parts, receipt.case_id)
    small_pair.push()
    keeper = kept(small_pair.hall)
    keeper.make()
    small_pair.settle()
    assert wiped(terminal) == 0
    keeper.make(days=1)
    small_pair.pull()
    assert wiped(terminal) == 1


def test_while_a_backup_is_made_here_nothing_is_wiped(small_pair, withdrawn, backed_up):
    terminal = small_pair.terminal
    with turn.taken(terminal.parts.config.data_dir) as is_free:
        assert is_free
        assert wiped(terminal) == 0
    assert wiped(terminal) == 1


def test_a_file_that_is_still_away_is_not_fetched_after_the_wipe(small_pair, withdrawn, backed_up):
    terminal = small_pair.terminal
    with terminal.writing() as session:
        for subject in (withdrawn.case_id, "another"):
            row = ExpectedBlob(sha256=subject, terminal_id=small_pair.terminal_id, subject=subject)
            session.add(row)
    assert wiped(terminal) == 1
    with terminal.reading() as session:
        assert [subject for _, subject in refetch.missing(session)] == ["another"]


def test_what_is_asked_of_a_wiped_case_is_refused_in_words(small_pair, kept):
    terminal, hall = small_pair.terminal, small_pair.hall
    submission, key = a_submission(terminal).submission(), str(uuid.uuid4())
    receipt = terminal.within(service.submit, terminal.parts, submission, key)
    small_pair.settle()
    hall.within(desk.decide, hall.parts, receipt.case_id, "refuse", "chen", "", ("缺件",))
    small_pair.pull()
    kept(hall).make()
    small_pair.pull()
    wiped(terminal)
    for deed in (
        lambda: afterwards.rate(terminal.parts, receipt.case_id, 5, (), ""),
        lambda: service.submit(terminal.parts, submission, key),
    ):
        with pytest.raises(Conflict, match="case_wiped"):
            terminal.within(deed)
    assert terminal.within(prove, terminal.parts).faults == []


def test_files_that_a_cut_left_are_taken_away_the_next_time(
    small_pair, withdrawn, backed_up, monkeypatch
):
    def fail(*_: object) -> None:
        raise OSError("cut off")

    terminal = small_pair.terminal
    with monkeypatch.context() as patched:
        patched.setattr(terminal.parts.blobs.__class__, "remove", fail)
        with pytest.raises(OSError, match="cut off"):
            wiped(terminal)
    assert terminal.within(prove, terminal.parts).faults == []
    wiped(terminal)
    with terminal.reading() as session:
        assert session.scalars(select(Material)).all() == []


def test_a_bundle_goes_as_a_whole_or_not_at_all(small_pair, kept):
    terminal = small_pair.terminal
    receipt = a_case_at(terminal, a_bundle(terminal, "YJS-04", "RS-011", "RS-017"))
    with terminal.reading() as session:
        first, *others = session.scalars(select(Case.id).order_by(Case.id)).all()
    terminal.within(service.withdraw, terminal.parts, first)
    small_pair.settle()
    keeper = kept(small_pair.hall)
    keeper.make()
    small_pair.pull()
    assert wiped(terminal) == 0
    for each in others:
        terminal.within(service.withdraw, terminal.parts, each)
    small_pair.settle()
    keeper.make(days=1)
    small_pair.pull()
    assert wiped(terminal) == len(others) + 1
    assert terminal.within(prove, terminal.parts).faults == []
    assert receipt.case_id == first
