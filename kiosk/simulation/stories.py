"""One story: what people do and what befalls them, day after day, drawn from one seed.

Neighbours: ``work``, ``exchange`` and ``troubles`` are what may happen, ``watch`` and ``quiet``
what must hold, ``running`` tells many stories.
"""

from collections.abc import Callable

from kiosk.simulation import restores
from kiosk.simulation.exchange import sweep, tidy, work_off
from kiosk.simulation.machines import Machine
from kiosk.simulation.quiet import settle
from kiosk.simulation.troubles import Troubles
from kiosk.simulation.watch import Watch
from kiosk.simulation.work import Work
from kiosk.simulation.world import World
from sync.jobs import MAX_BACKOFF_SECONDS

DAY = 86_400.0
#: What happens at one terminal on one day.
STEPS = 2


class Story:
    """Tells the story of a world."""

    def __init__(self, world: World) -> None:
        """Nothing has happened yet."""
        self.world = world
        self.work, self.troubles = Work(world), Troubles(world)
        self.watch = Watch(world)

    def tell(self, days: int) -> None:
        """Tell all days, with a quiet point at the end and now and then; raises Violated."""
        chance = self.world.nature.story
        for day in range(days):
            steps = STEPS * len(self.world.terminals)
            if chance.random() < 0.6:
                restores.copy(self.world, chance.choice(self.world.machines))
            times = sorted(chance.uniform(day * DAY, (day + 1) * DAY) for _ in range(steps))
            for at in times:
                self.world.nature.seconds = max(at, self.world.nature.seconds)
                self._step(chance.choice(self.world.terminals))
                self.watch.look()
            if day == days - 1 or chance.random() < 0.1:
                settle(self.world, self.work, self.watch)

    def _step(self, terminal: Machine) -> None:
        chance = self.world.nature.story
        kinds: list[tuple[int, Callable[[Machine], None]]] = [
            (26, self._submit),
            (16, self._go_on),
            (12, lambda _: self.work.decide()),
            (18, self._contact),
            (6, self._crossing),
            (26, self._trouble),
            (2, lambda each: tidy(self.world, each)),
        ]
        weights = [weight for weight, _ in kinds]
        chance.choices([deed for _, deed in kinds], weights)[0](terminal)

    def _submit(self, terminal: Machine) -> None:
        self.work.submit(terminal)
        if self.world.nature.story.random() < 0.4:
            work_off(self.world, terminal, self.troubles.weather())

    def _go_on(self, terminal: Machine) -> None:
        deeds = (
            *(self.work.withdraw, self.work.correct, self.work.supply, self.work.rate),
            self.work.submit_again,
        )
        self.world.nature.story.choice(deeds)(terminal)

    def _contact(self, terminal: Machine) -> None:
        weather = self.troubles.weather()
        is_reporting = self.world.nature.story.random() < 0.4
        sweep(self.world, terminal, weather, report_first=is_reporting)

    def _crossing(self, terminal: Machine) -> None:
        """Let the hall refuse what is taken back at the terminal, and the line be bad."""
        self.work.submit(terminal)
        sweep(self.world, terminal)
        self.work.cross(terminal)
        work_off(self.world, terminal, self.troubles.weather())
        # A line that failed is tried again.
        self.world.nature.pass_by(2 * MAX_BACKOFF_SECONDS)
        self._contact(terminal)

    def _trouble(self, terminal: Machine) -> None:
        chance, troubles = self.world.nature.story, self.troubles
        anyone = chance.choice((terminal, self.world.hall))
        befalls: tuple[tuple[int, Callable[[], None]], ...] = (
            (6, lambda: troubles.under(terminal, "kill", lambda: self._busy(terminal))),
            (6, lambda: troubles.under(self.world.hall, "kill", lambda: self._busy(terminal))),
            (3, lambda: troubles.under(anyone, "full", lambda: self._busy(terminal))),
            (3, lambda: troubles.under(anyone, "locked", lambda: self._busy(terminal))),
            (3, lambda: troubles.power_cut(anyone)),
            (2, lambda: self._cut_or_mend(terminal)),
            (2, lambda: troubles.set_clock(anyone)),
            (1, lambda: troubles.lose_rings(terminal)),
            (2, troubles.deliver_late),
            (2, lambda: self.spoil_piece(terminal)),
            (2, lambda: troubles.poison(terminal)),
            (3, lambda: restores.restore_hall(self.world)),
            (4, lambda: self._restore(terminal)),
            (3, lambda: restores.swap_twins(self.world, terminal)),
        )
        chance.choices([deed for _, deed in befalls], [weight for weight, _ in befalls])[0]()

    def _restore(self, terminal: Machine) -> None:
        declared = self.world.nature.story.random() < 0.7
        restores.restore_terminal(self.world, terminal, declared=declared)

    def spoil_piece(self, terminal: Machine) -> None:
        """Let what the hall has of a file be altered while the rest of it is on its way."""
        sweep(self.world, terminal)
        self.work.submit(terminal, large=True)
        # Push, pull, offset and first piece arrive.
        sweep(self.world, terminal, ["", "", "", "", "lost"])
        self.troubles.spoil_piece()
        sweep(self.world, terminal)

    def _cut_or_mend(self, terminal: Machine) -> None:
        is_cut = terminal.name in self.world.line.cut_off
        (self.troubles.mend_line if is_cut else self.troubles.cut_line)(terminal)

    def _busy(self, terminal: Machine) -> None:
        """Do something that has many moments."""
        if self.world.nature.story.random() < 0.7:
            self.work.submit(terminal)
        else:
            self.work.decide()
        sweep(self.world, terminal, self.troubles.weather())
