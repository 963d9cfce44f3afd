"""Whatever the line does and in whatever order, both sides end with the same cases, once each.

A terminal and a hall in this process, and a line that loses, doubles, cuts, delays and repeats.
At the end of every story the line is whole, and I1 to I6 of the sync protocol hold on both sides.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from kiosk import clock
from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.errors import Conflict
from sync import journal, ledger
from sync.ledger import LedgerEntry
from sync.transport import HallRefuses, LineDown
from tests.builders.cases import SubmissionBuilder, a_case_at, a_submission
from tests.builders.kept import Lender
from tests.builders.machines import Pair

Lent = Callable[[], AbstractContextManager[Pair]]

FAULTS = st.lists(st.sampled_from(["", "lost", "unheard", "doubled", "cut"]), max_size=3)
VERBS = {"accept": (), "return": ("why",), "approve": (), "refuse": ("why",), "deliver": ()}


class Exchange(RuleBasedStateMachine):
    """One story of a terminal, its hall and the line between them."""

    cases = Bundle("cases")

    def __init__(self, lent: Lent) -> None:
        super().__init__()
        self.borrowed = ExitStack()
        self.pair = self.borrowed.enter_context(lent()).with_a_new_line()
        self.receipts: list[str] = []

    def submission(self) -> SubmissionBuilder:
        return a_submission(self.pair.terminal)

    @rule(target=cases, how_many=st.integers(1, 3))
    def submit(self, how_many):
        return multiple(*(self.submit_one() for _ in range(how_many)))

    def submit_one(self) -> str:
        receipt = a_case_at(self.pair.terminal, self.submission())
        self.receipts.append(receipt.number)
        return receipt.case_id

    @rule()
    def record_what_the_hall_cannot_read(self):
        now = clock.now()
        fact = journal.Fact(
            entry_id=clock.new_id(),
            subject=clock.new_id(),
            kind="case.dreamt",
            body=b"poison",
            blobs=(),
            recorded_at=int(now.timestamp() * 1_000_000),
            uptime_ms=clock.uptime_ms(),
        )
        with self.pair.terminal.writing() as session:
            journal.append(session, fact, 1)

    @rule(case=cases)
    def withdraw(self, case):
        self.attempt(self.pair.terminal, service.withdraw, case)

    @rule(case=cases)
    def correct(self, case):
        again = self.submission().submission()
        self.attempt(self.pair.terminal, service.correct, case, again, str(uuid.uuid4()))

    @rule(case=cases, verb=st.sampled_from(sorted(VERBS)))
    def decide(self, case, verb):
        with self.pair.hall.reading() as session:
            if session.get(Case, case) is None:
                return
        self.attempt(self.pair.hall, desk.decide, case, verb, "clerk", "", VERBS[verb])

    @rule(case=cases, verb=st.sampled_from(sorted(VERBS)), first=st.sampled_from(["push", "pull"]))
    def decide_and_withdraw_at_once(self, case, verb, first):
        self.push([])
        self.decide(case, verb)
        self.withdraw(case)
        (self.push if first == "push" else self.pull)([])

    def attempt(self, machine, verb: Callable[..., object], *arguments: object) -> None:
        try:
            machine.within(verb, machine.parts, *arguments)
        except Conflict:
            return

    @rule(faults=FAULTS)
    def push(self, faults):
        self.over_the_line(faults, self.pair.push)

    @rule(faults=FAULTS)
    def pull(self, faults):
        self.over_the_line(faults, self.pair.pull)

    @rule()
    def send_files(self):
        self.over_the_line([], lambda: self.pair.send_blobs(self.pair.pull()))

    def over_the_line(self, faults: list[str], exchange: Callable[[], object]) -> None:
        self.pair.line.faults = iter(faults)
        try:
            exchange()
        except (LineDown, HallRefuses):
            return
        finally:
            self.pair.line.faults = iter(())

    @rule(data=st.data())
    def repeat_what_was_sent_before(self, data):
        if self.pair.line.sent:
            self.pair.line.again(*data.draw(st.sampled_from(self.pair.line.sent)))

    @rule(case=consumes(cases))
    def leave_a_case_alone(self, case):
        """Lets some cases keep the state they have."""

    def teardown(self):
        # Hypothesis wraps up stories that it has not finished, too.
        with self.borrowed:
            self.ends_alike()

    def ends_alike(self) -> None:
        self.pair.settle()
        hall, terminal = self.pair.hall, self.pair.terminal
        assert hall.within(prove, hall.parts).faults == []
        assert terminal.within(prove, terminal.parts).faults == []
        assert states(hall) == states(terminal)
        assert sorted(number for number, _ in states(hall).values()) == sorted(self.receipts)
        assert created(self.pair) == received(self.pair)


def states(machine) -> dict[str, tuple[str, str]]:
    with machine.reading() as session:
        return {case.id: (case.number, case.state) for case in session.scalars(select(Case))}


def created(pair: Pair) -> int:
    with pair.terminal.reading() as session:
        return session.scalar(select(func.count()).select_from(journal.JournalEntry))


def received(pair: Pair) -> int:
    """The sum of all verdicts: nothing is pending any more."""
    with pair.hall.reading() as session:
        tally = ledger.tallies(session).get(pair.terminal_id, {})
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == sum(tally.values())
    assert set(tally) <= {"applied", "refused", "held", "quarantined"}
    return sum(tally.values())


def tell(stories: int, steps: int, pairs: Lender[Pair], *, always_the_same: bool) -> None:
    run_state_machine_as_test(
        lambda: Exchange(pairs.lent),
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            derandomize=always_the_same,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_both_sides_end_alike_whatever_the_line_does(small_pairs):
    tell(50, 30, small_pairs, always_the_same=True)


@pytest.mark.soak
def test_both_sides_end_alike_in_very_many_stories(small_pairs):
    tell(1000, 60, small_pairs, always_the_same=False)
