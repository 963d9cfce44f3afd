"""Whatever is restored, rolled back or cloned, and when: no case is lost or doubled at the hall.

Terminals begin with copies of data folders, declared or not, and all have one identity. At the end
an admin lets one after the other go on, and every case that is on a disk or was at the hall is
there once.
"""

import itertools
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.errors import Conflict, NotFound, Unavailable
from sync import lives
from sync.envelope import BadFrame
from sync.ledger import Terminal
from sync.transport import HallRefuses, LineDown
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.machines import Pair, enrolled
from tests.builders.restores import begun, kept, numbers, states

FAULTS = st.lists(st.sampled_from(["", "lost", "unheard", "doubled", "cut"]), max_size=4)
WHICH = st.integers(0, 2)
MOST_MACHINES = 3


class Restores(RuleBasedStateMachine):
    """One story of a hall and of the machines that claim to be one terminal of it."""

    def __init__(self, pair: Pair, folders: Callable[[], Path]) -> None:
        super().__init__()
        self.hall, self.folders = pair.hall, folders
        self.machines = [pair]
        self.backups: list[Path] = []
        self.ever = set[str]()

    def machine(self, which: int) -> Pair:
        return self.machines[which % len(self.machines)]

    @rule(which=WHICH)
    def hand_in(self, which):
        pair = self.machine(which)
        with suppress(Unavailable):
            a_case_at(pair.terminal, a_submission(pair.terminal, PROMISED_ITEM))

    @rule(which=WHICH, number=st.integers(0, 5))
    def withdraw(self, which, number):
        pair = self.machine(which)
        with pair.terminal.reading() as session:
            ids = session.scalars(select(Case.id).order_by(Case.id)).all()
        if ids:
            with suppress(Unavailable, Conflict):
                case_id = ids[number % len(ids)]
                pair.terminal.within(service.withdraw, pair.terminal.parts, case_id)

    @rule(number=st.integers(0, 5), verb=st.sampled_from(["accept", "approve"]))
    def decide(self, number, verb):
        ids = sorted(states(self.hall))
        if ids:
            with suppress(Conflict, NotFound):
                case_id = ids[number % len(ids)]
                self.hall.within(desk.decide, self.hall.parts, case_id, verb, "clerk", "", ())

    @rule(which=WHICH, faults=FAULTS)
    def exchange(self, which, faults):
        pair = self.machine(which)
        pair.line.faults = iter(faults)
        with suppress(LineDown, HallRefuses, BadFrame):
            if pair.recover():
                deliver(pair)
        pair.line.faults = iter(())
        self.ever |= set(numbers(self.hall))

    @rule(which=WHICH)
    def back_up(self, which):
        self.backups.append(kept(self.machine(which).terminal, self.folders()))

    @precondition(lambda self: self.backups)
    @rule(which=WHICH, backup=st.integers(0, 5), declared=st.booleans())
    def restore(self, which, backup, declared):
        """The disk of a machine is lost, and a backup takes its place."""
        folder = self.folders()
        shutil.copytree(self.backups[backup % len(self.backups)], folder)
        old = self.machine(which)
        self.machines[self.machines.index(old)] = begun(old, folder, declared=declared)
        old.terminal.close()

    @precondition(lambda self: len(self.machines) < MOST_MACHINES)
    @rule(which=WHICH)
    def clone(self, which):
        old = self.machine(which)
        self.machines.append(begun(old, kept(old.terminal, self.folders())))

    def teardown(self):
        on_disks = {number for pair in self.machines for number in numbers(pair.terminal)}
        for pair in self.machines:
            self.let_in(pair)
        found = Counter(numbers(self.hall))
        assert set(found) == self.ever | on_disks
        assert set(found.values()) <= {1}
        last = self.machines[-1]
        assert self.hall.within(prove, self.hall.parts).faults == []
        assert last.terminal.within(prove, last.terminal.parts).faults == []
        assert states(self.hall) == states(last.terminal)
        for pair in self.machines[1:]:
            pair.terminal.close()

    def let_in(self, pair: Pair) -> None:
        """Let the machine go on until all that it has is at the hall."""
        for _ in range(6):
            if not pair.recover():
                with self.hall.writing() as session:
                    row = session.get_one(Terminal, pair.terminal_id, with_for_update=True)
                    lives.let_go_on(session, row, pair.peer().life_id)
                continue
            with suppress(HallRefuses):
                deliver(pair)
                return
        raise AssertionError("the machine never came in")


def deliver(pair: Pair) -> None:
    """Exchange once in each direction; a file that was on a lost disk only is away for good."""
    pair.push()
    pair.send_blobs(pair.pull())
    pair.fetch_files()
    pair.pull()


@pytest.fixture
def begin(a_hall, a_terminal, tmp_path, monkeypatch) -> Callable[[], Restores]:
    monkeypatch.setattr(lives, "WATCH", timedelta(0))
    folders = (tmp_path / f"copy-{number}" for number in itertools.count())
    return lambda: Restores(enrolled(a_hall("sqlite"), a_terminal()), lambda: next(folders))


def tell(begin: Callable[[], Restores], stories: int, steps: int, *, always_the_same: bool) -> None:
    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            derandomize=always_the_same,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(300)
def test_no_case_is_lost_or_doubled_whatever_is_restored(begin):
    tell(begin, 8, 12, always_the_same=True)


@pytest.mark.soak
def test_no_case_is_lost_or_doubled_in_very_many_stories(begin):
    tell(begin, 300, 30, always_the_same=False)
