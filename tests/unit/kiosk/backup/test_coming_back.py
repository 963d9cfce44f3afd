"""After `kiosk restore` hall and terminal find each other again, and nothing is lost or doubled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk import clock
from kiosk.backup import wiping
from kiosk.cases import service
from kiosk.cases.proof import prove
from kiosk.cases.queries import progress_of
from sync import ledger
from tests.builders.cases import a_case_at
from tests.builders.machines import LoopLine, Machine, Pair
from tests.builders.restores import states
from tests.unit.kiosk.backup.conftest import Keeper


def proved(pair: Pair) -> None:
    for machine in (pair.hall, pair.terminal):
        assert machine.within(prove, machine.parts).faults == []
    assert states(pair.hall) == states(pair.terminal)


def with_terminal(pair: Pair, keeper: Keeper, target: Path) -> Pair:
    """The pair with its terminal brought back from the newest backup."""
    keeper.restore(target)
    again = Machine.made("terminal", target)
    return Pair(pair.hall, again, LoopLine(pair.hall, pair.terminal_id, again.parts.identity))


def test_a_terminal_gets_back_what_it_wrote_after_its_backup(pair, kept, tmp_path):
    keeper = kept(pair.terminal)
    a_case_at(pair.terminal)
    keeper.make()
    later = a_case_at(pair.terminal)
    pair.settle()
    back = with_terminal(pair, keeper, tmp_path / "again")
    assert back.recover()
    back.settle()
    proved(back)
    found = back.terminal.within(progress_of, back.terminal.parts, later.case_id)
    assert (found.number, found.is_erased) == (later.number, False)
    back.terminal.close()


def test_a_hall_gets_again_what_came_after_its_backup_and_tells_how_far_that_goes(
    pair, kept, tmp_path, brought_back
):
    a_case_at(pair.terminal)
    pair.settle()
    keeper = kept(pair.hall)
    keeper.make()
    a_case_at(pair.terminal)
    pair.settle()
    database = brought_back()
    keeper.restore(tmp_path / "again", database)
    hall = Machine.made("hall", tmp_path / "again", database)
    back = Pair(hall, pair.terminal, LoopLine(hall, pair.terminal_id, pair.line.identity))
    back.pull()
    back.settle()
    proved(back)
    assert back.peer().backed_up == (1, 1)
    with hall.reading() as session:
        assert ledger.hall_of(session).epoch > 1
    hall.close()


def test_what_was_wiped_comes_back_with_an_older_backup_and_goes_again(small_pair, kept, tmp_path):
    terminal = small_pair.terminal
    receipt = a_case_at(terminal)
    terminal.within(service.withdraw, terminal.parts, receipt.case_id)
    small_pair.settle()
    keeper = kept(terminal)
    keeper.make()
    kept(small_pair.hall).make()
    small_pair.pull()
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=31)):
        assert wiping.wipe(terminal.transactions, terminal.parts) == 1
        back = with_terminal(small_pair, keeper, tmp_path / "again")
        machine = back.terminal
        assert not machine.within(progress_of, machine.parts, receipt.case_id).is_wiped
        # It stands still until it has asked the hall what is its own.
        assert wiping.wipe(machine.transactions, machine.parts) == 0
        assert back.recover()
        back.settle()
        assert wiping.wipe(machine.transactions, machine.parts) == 1
        proved(back)
    machine.close()
