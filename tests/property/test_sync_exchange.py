"""Whatever befalls machines and line and in whatever order, both sides end with the same cases.

Hypothesis chooses the steps in the simulation's world (`kiosk.simulation`): three terminals, a hall,
and the line between them. At the end of every story all is mended, and I1 to I6 of the sync
protocol hold; what holds at every moment is looked at after every step. A story that fails is made
as short as possible.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kiosk.simulation import restores
from kiosk.simulation.exchange import sweep, tidy, work_off
from kiosk.simulation.line import FAULTS
from kiosk.simulation.quiet import settle
from kiosk.simulation.storage import Trouble
from kiosk.simulation.stories import Story
from kiosk.simulation.troubles import MOST_MOMENTS
from kiosk.simulation.work import ITEMS
from kiosk.simulation.world import Platform

TERMINALS = st.integers(0, 2)
WEATHER = st.lists(st.sampled_from(["", *FAULTS]), max_size=4)
TROUBLES = st.sampled_from(["kill", "full", "locked"])
MOMENTS = st.integers(1, MOST_MOMENTS)


class Exchange(RuleBasedStateMachine):
    """One story, step by step; the seed is always the same, the steps are Hypothesis's."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self.lent = platform.world(0)
        self.story = Story(self.lent.__enter__())
        self.world, self.work = self.story.world, self.story.work

    @rule(at=TERMINALS, item=st.sampled_from(ITEMS))
    def submit(self, at, item):
        self.work.submit(self.world.terminals[at], item)

    @rule(at=TERMINALS, verb=st.sampled_from(["withdraw", "correct", "supply", "rate"]))
    def go_on(self, at, verb):
        getattr(self.work, verb)(self.world.terminals[at])

    @rule(at=TERMINALS)
    def submit_again(self, at):
        self.work.submit_again(self.world.terminals[at])

    @rule()
    def decide(self):
        self.work.decide()

    @rule(at=TERMINALS, weather=WEATHER, report_first=st.booleans())
    def contact(self, at, weather, report_first):
        sweep(self.world, self.world.terminals[at], weather, report_first=report_first)

    @rule(at=TERMINALS, weather=WEATHER)
    def answer_the_bell(self, at, weather):
        work_off(self.world, self.world.terminals[at], weather)

    @rule(at=TERMINALS, verb=st.sampled_from(["accept", "return", "refuse"]), weather=WEATHER)
    def decide_and_withdraw_at_once(self, at, verb, weather):
        terminal = self.world.terminals[at]
        sweep(self.world, terminal)
        self.work.decide(verb)
        self.work.withdraw(terminal)
        sweep(self.world, terminal, weather)

    @rule(at=TERMINALS, hall=st.booleans(), trouble=TROUBLES, moments=MOMENTS, weather=WEATHER)
    def work_in_trouble(self, at, hall, trouble: Trouble, moments, weather):
        terminal = self.world.terminals[at]

        def busy() -> None:
            (self.work.decide if hall else lambda: self.work.submit(terminal))()
            sweep(self.world, terminal, weather)

        self.story.troubles.under(self.world.hall if hall else terminal, trouble, busy, moments)

    @rule(which=st.integers(0, 3))
    def cut_the_power(self, which):
        self.story.troubles.power_cut(self.world.machines[which])

    @rule(which=st.integers(0, 3))
    def set_a_clock_wrong_or_right(self, which):
        self.story.troubles.set_clock(self.world.machines[which])

    @rule(at=TERMINALS)
    def record_what_the_hall_cannot_read(self, at):
        self.story.troubles.poison(self.world.terminals[at])

    @rule()
    def let_late_requests_arrive(self):
        self.story.troubles.deliver_late()

    @rule(at=TERMINALS)
    def alter_a_piece_at_the_hall(self, at):
        self.story.spoil_piece(self.world.terminals[at])

    @rule(which=st.integers(0, 3))
    def take_a_copy(self, which):
        restores.copy(self.world, self.world.machines[which])

    @rule()
    def restore_the_hall(self):
        restores.restore_hall(self.world)

    @rule(at=TERMINALS, declared=st.booleans())
    def restore_a_terminal(self, at, declared):
        restores.restore_terminal(self.world, self.world.terminals[at], declared=declared)

    @rule(at=TERMINALS)
    def let_the_other_of_two_machines_work(self, at):
        restores.swap_twins(self.world, self.world.terminals[at])

    @rule(hours=st.integers(1, 60), at=TERMINALS)
    def wait(self, hours, at):
        self.world.nature.pass_by(hours * 3600.0)
        tidy(self.world, self.world.terminals[at])

    @invariant()
    def what_always_holds(self):
        self.story.watch.look()

    def teardown(self):
        # Hypothesis wraps up stories that it has not finished, too.
        try:
            settle(self.world, self.work, self.story.watch)
        finally:
            self.lent.__exit__(None, None, None)


def tell(stories: int, steps: int, platform: Platform, *, always_the_same: bool) -> None:
    machine: Callable[[], Exchange] = lambda: Exchange(platform)  # noqa: E731
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            derandomize=always_the_same,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_both_sides_end_alike_whatever_befalls(simulated):
    tell(20, 20, simulated, always_the_same=True)


@pytest.mark.soak
def test_both_sides_end_alike_in_very_many_stories(simulated):
    tell(1000, 60, simulated, always_the_same=False)
