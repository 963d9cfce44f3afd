"""Whatever admins do about what cannot be replayed, and when, both sides end alike and prove it.

A terminal and a hall in this process; some entries are such that the hall cannot take them. At the
end nothing of a case waits any more. Neighbour: `test_sync_exchange` is about line and machines.
"""

from collections.abc import Callable

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from kiosk.cases.service import take_step
from kiosk.errors import Conflict
from kiosk.hall import quarantined
from kiosk.hall.quarantined import Waiting
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, Pair, enrolled
from tests.builders.poison import WRONG, Desk, a_poisoned_submission, told

RIGHT = {"attachments": [], "files": {}, "channel": "kiosk", "operator": None}
VERBS = {"accept": (), "return": ("why",), "approve": (), "refuse": ("why",)}


class Judged(RuleBasedStateMachine):
    """One story of a terminal, its hall, a clerk and an admin."""

    cases = Bundle("cases")

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.pair, self.admin = pair, Desk(pair)

    @rule(target=cases, how_many=st.integers(1, 2))
    def submit(self, how_many):
        return multiple(*(a_case_at(self.pair.terminal).case_id for _ in range(how_many)))

    @rule()
    def submit_what_the_hall_cannot_take(self):
        a_poisoned_submission(self.pair)

    @rule(case=cases)
    def supply_what_the_hall_cannot_take(self, case):
        told(self.pair, "case.supplied", case, WRONG)

    @rule(case=cases, version=st.integers(1, 2))
    def withdraw(self, case, version):
        """As this program does, or as a newer one would."""
        try:
            with self.pair.terminal.writing() as session:
                take_step(session, session.get_one(Case, case), "withdraw")
        except Conflict:
            return
        told(self.pair, "case.withdrawn", case, {}, version=version)

    @rule(case=cases, verb=st.sampled_from(sorted(VERBS)))
    def decide(self, case, verb):
        hall = self.pair.hall
        if case not in states(hall):
            return
        try:
            hall.within(desk.decide, hall.parts, case, verb, "clerk", "", VERBS[verb])
        except Conflict:
            return

    @rule(verb=st.sampled_from(["replay", "set_aside", "correct"]), at=st.integers(0, 9))
    def judge(self, verb, at):
        rows = self.waiting()
        if not rows:
            return
        row = rows[at % len(rows)]
        if verb == "correct" and row.kind != "case.submitted":
            body = {} if row.kind == "case.withdrawn" else RIGHT
            self.admin.correct(row.place.seq, orjson.dumps(body).decode())
        elif verb != "correct":
            getattr(self.admin, verb)(row.place.seq)

    @rule()
    def push(self):
        self.pair.push()

    @rule()
    def pull(self):
        self.pair.pull()

    def waiting(self) -> list[Waiting]:
        return self.pair.hall.within(quarantined.waiting)[0]

    def teardown(self):
        self.pair.settle()
        while rows := self.waiting():
            self.admin.set_aside(rows[0].place.seq)
        self.pair.settle()
        hall, terminal = self.pair.hall, self.pair.terminal
        assert hall.within(prove, hall.parts).faults == []
        assert states(hall) == states(terminal)
        assert set(self.admin.verdicts()) <= {"applied", "refused"}


def states(machine: Machine) -> dict[str, str]:
    with machine.reading() as session:
        return dict(session.execute(select(Case.id, Case.state)).all())


def tell(stories: int, a_pair: Callable[[], Pair], *, always_the_same: bool) -> None:
    run_state_machine_as_test(
        lambda: Judged(a_pair()),
        settings=settings(
            max_examples=stories,
            stateful_step_count=25,
            deadline=None,
            derandomize=always_the_same,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def a_pair(a_hall, a_terminal) -> Callable[[], Pair]:
    return lambda: enrolled(a_hall("sqlite"), a_terminal())


def test_both_sides_end_alike_whatever_admins_decide(a_pair):
    tell(10, a_pair, always_the_same=True)


@pytest.mark.soak
def test_both_sides_end_alike_whatever_admins_decide_in_very_many_stories(a_pair):
    tell(500, a_pair, always_the_same=False)
