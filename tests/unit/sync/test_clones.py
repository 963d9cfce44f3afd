"""Two machines with one identity: both branches are kept, one goes on, and no case is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kiosk import clock
from kiosk.cases import service
from kiosk.cases.proof import prove
from kiosk.errors import Unavailable
from sync import lives
from sync.branches import Diverged
from sync.heartbeat import LEAST_SECONDS
from sync.ledger import Fork, Terminal
from sync.transport import HallRefuses
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair
from tests.builders.many_terminals import a_fleet
from tests.builders.restores import begun, kept, numbers, places, states


@pytest.fixture
def cloned(pair, tmp_path):
    """A pair, and one whose terminal began with an image of the first one's disk."""
    common = a_case_at(pair.terminal)
    pair.settle()
    clone = begun(pair, kept(pair.terminal, tmp_path / "image"))
    yield pair, clone, common
    clone.terminal.close()


def let_go_on(pair: Pair, code: str | None = None) -> None:
    with pair.hall.writing() as session:
        terminal = session.get_one(Terminal, pair.terminal_id, with_for_update=True)
        lives.let_go_on(session, terminal, code)


def stopped(pair: Pair) -> None:
    """The machine sends nothing and takes nothing."""
    assert not pair.recover()
    with pytest.raises(HallRefuses, match="identity"):
        pair.push()
    with pytest.raises(HallRefuses, match="identity"):
        pair.pull()
    with pytest.raises(Unavailable):
        a_case_at(pair.terminal)


def proved(pair: Pair) -> None:
    for machine in (pair.hall, pair.terminal):
        assert machine.within(prove, machine.parts).faults == []
    assert states(pair.hall) == states(pair.terminal)


def kept_apart(pair: Pair) -> int:
    with pair.hall.reading() as session:
        return session.scalar(select(func.count()).select_from(Fork))


def test_the_second_branch_is_kept_and_its_machine_stops(cloned):
    pair, clone, _ = cloned
    a_case_at(pair.terminal)
    pair.settle()
    a_case_at(clone.terminal)
    a_case_at(clone.terminal)
    with pytest.raises(HallRefuses):
        clone.push()
    stopped(clone)
    assert kept_apart(pair) == 2
    assert pair.known_terminal().forked_at is not None
    # The branch that agrees with the ledger goes on.
    a_case_at(pair.terminal)
    pair.settle()
    proved(pair)


def test_a_branch_that_is_let_go_on_brings_all_its_cases_each_with_its_receipt(cloned):
    pair, clone, common = cloned
    receipts = [common, a_case_at(pair.terminal)]
    pair.terminal.within(service.withdraw, pair.terminal.parts, common.case_id)
    pair.settle()
    receipts += [a_case_at(clone.terminal), a_case_at(clone.terminal)]
    clone.terminal.within(service.withdraw, clone.terminal.parts, receipts[2].case_id)
    clone.terminal.within(service.withdraw, clone.terminal.parts, common.case_id)
    with pytest.raises(HallRefuses):
        clone.push()
    stopped(clone)
    let_go_on(pair)
    assert clone.recover()
    clone.settle()
    clone.fetch_files()
    proved(clone)
    receipts.append(a_case_at(clone.terminal))
    clone.settle()
    proved(clone)
    assert numbers(clone.hall) == sorted(receipt.number for receipt in receipts)
    assert places(clone.terminal)[:4] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert pair.known_terminal().forked_at is None
    with clone.terminal.reading() as session:
        assert session.scalars(select(Diverged.anew_epoch)).all() == [2] * 4


def test_whoever_was_not_let_go_on_is_stopped_and_may_come_after(cloned):
    pair, clone, common = cloned
    first = a_case_at(pair.terminal)
    pair.settle()
    second = a_case_at(clone.terminal)
    with pytest.raises(HallRefuses):
        clone.push()
    stopped(clone)
    let_go_on(pair)
    # Before the clone has written anything in its new life, the other one writes in the old.
    assert clone.recover()
    third = a_case_at(pair.terminal)
    with pytest.raises(HallRefuses):
        pair.push()
    stopped(pair)
    clone.settle()
    proved(clone)
    assert third.number not in numbers(pair.hall)
    let_go_on(pair)
    assert pair.recover()
    pair.settle()
    pair.fetch_files()
    proved(pair)
    assert numbers(pair.hall) == sorted(r.number for r in (common, first, second, third))
    assert places(pair.terminal)[-1] == (3, 1)


def test_an_admin_names_the_machine_when_several_wait(cloned, tmp_path):
    pair, clone, _ = cloned
    other = begun(pair, kept(clone.terminal, tmp_path / "third"))
    a_case_at(pair.terminal)
    pair.settle()
    for each in (clone, other):
        a_case_at(each.terminal)
        with pytest.raises(HallRefuses):
            each.push()
        stopped(each)
    with pytest.raises(LookupError):
        let_go_on(pair)
    let_go_on(pair, clone.peer().life_id[:8])
    assert clone.recover()
    stopped(other)
    other.terminal.close()


def test_an_idle_clone_is_flagged_and_does_not_take_over_by_itself(cloned):
    pair, clone, _ = cloned
    pair.pull()
    pair.pull()
    # It may be a report that comes late; what it is answered nobody else reads.
    assert clone.told_to_wait() == LEAST_SECONDS
    assert pair.known_terminal().cloned_at is None
    clone.pull()
    assert pair.known_terminal().cloned_at is not None
    pair.pull()
    assert pair.known_terminal().twins_at is not None
    a_case_at(pair.terminal)
    pair.settle()
    with pytest.raises(HallRefuses):
        clone.pull()
    stopped(clone)
    a_case_at(pair.terminal)
    pair.settle()
    proved(pair)


def test_a_lost_answer_and_a_repeated_report_are_no_clone(pair):
    pair.line.faults = iter(["unheard"])
    with pytest.raises(Exception, match="lost"):
        pair.pull()
    pair.line.faults = iter(["doubled"])
    pair.pull()
    pair.pull()
    assert pair.known_terminal().cloned_at is None


def test_the_same_wish_gets_the_same_epoch_for_ever(pair, tmp_path):
    restored = begun(pair, kept(pair.terminal, tmp_path / "backup"), declared=True)
    restored.line.faults = iter(["", "", "unheard"])
    with pytest.raises(Exception, match="lost"):
        restored.recover()
    assert restored.recover()
    assert restored.peer().epoch == 2
    assert restored.known_terminal().life_epoch == 2
    again = begun(pair, kept(restored.terminal, tmp_path / "another"), declared=True)
    assert again.recover()
    assert again.peer().epoch == 3
    for each in (restored, again):
        each.terminal.close()


def a_rollback(pair, folder):
    """A terminal that was put back to before its last case, and has heard that it lost that."""
    a_case_at(pair.terminal)
    pair.settle()
    rolled_back = begun(pair, kept(pair.terminal, folder / "image"))
    a_case_at(pair.terminal)
    pair.push()
    with pytest.raises(HallRefuses, match="has lost"):
        rolled_back.pull()
    return rolled_back


@pytest.mark.parametrize("reports", [False, True], ids=["alone", "beside another"])
def test_a_rollback_goes_on_by_itself_only_when_nobody_else_reports(small_pair, tmp_path, reports):
    rolled_back = a_rollback(small_pair, tmp_path)
    # What was lost is back at once; the life is granted when it is clear that nobody else is there.
    assert not rolled_back.recover()
    assert len(numbers(rolled_back.terminal)) == 2
    if reports:
        small_pair.pull()
    later = clock.now() + lives.WATCH
    with clock.use(lambda: later):
        assert rolled_back.recover() is not reports
        if reports:
            stopped(rolled_back)
    assert (small_pair.known_terminal().twins_at is not None) is reports
    rolled_back.terminal.close()


def test_where_terminals_report_rarely_another_one_is_waited_for_longer(small_pair, tmp_path):
    a_fleet(small_pair.hall, 7_000, clock.now())
    rolled_back = a_rollback(small_pair, tmp_path)
    assert not rolled_back.recover()
    # They wait for 101 seconds, and for a fifth more at times.
    soon, later = (clock.now() + timedelta(seconds=seconds) for seconds in (121, 191))
    with clock.use(lambda: soon):
        assert not rolled_back.recover()
    with clock.use(lambda: later):
        assert rolled_back.recover()
    rolled_back.terminal.close()


def test_a_machine_that_waits_is_not_let_go_on_because_another_one_was(cloned, tmp_path):
    pair, clone, _ = cloned
    idle = begun(pair, kept(clone.terminal, tmp_path / "idle"))
    a_case_at(pair.terminal)
    pair.settle()
    a_case_at(clone.terminal)
    with pytest.raises(HallRefuses):
        clone.push()
    stopped(clone)
    with pytest.raises(HallRefuses):
        idle.pull()
    stopped(idle)
    let_go_on(pair, clone.peer().life_id)
    assert clone.recover()
    clone.settle()
    later = clock.now() + 3 * lives.WATCH
    with clock.use(lambda: later):
        stopped(idle)
    proved(clone)
    idle.terminal.close()
