"""``kiosk simulate``: stories of many terminals and one hall, with everything that may go wrong.

Runs in this process alone, in a folder of its own, and touches no data. Neighbour:
``kiosk.simulation`` tells the stories; ``docs/simulation.md`` says how to read one.
"""

import json
import re
import sys
import time
from dataclasses import dataclass, field

import click

from kiosk.simulation.running import LAST_EVENTS, Outcome, platform, run

_PROGRESS_SECONDS = 10.0


class SeedRange(click.ParamType):  # type: ignore[type-arg]  # no generic at run time
    """``A-B``, both included."""

    name = "A-B"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Return the seeds."""
        found = re.fullmatch(r"([0-9]+)-([0-9]+)", value)
        if found is None or int(found[1]) > int(found[2]):
            self.fail("must be two whole numbers, as 1-1000", param, ctx)
        return range(int(found[1]), int(found[2]) + 1)


@click.command("simulate")
@click.option("--seed", type=click.IntRange(0), help="Tell the story of this seed.")
@click.option("--seeds", type=SeedRange(), help="Tell those of all seeds from A to B.")
@click.option("--terminals", type=click.IntRange(1, 50), default=3, show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=5, show_default=True)
@click.option("--story", is_flag=True, help="Print every event of each story on standard error.")
def command(seed: int | None, seeds: range | None, terminals: int, days: int, story: bool) -> None:
    """Let terminals and a hall live through days of work and faults, drawn from a seed.

    The code of the exchange is the real one; clock, line and disk are made up. Prints one JSON
    line; exit 1 when anything that must hold does not. The same seed tells the same story.
    """
    if (seed is None) == (seeds is None):
        raise click.UsageError("give --seed N or --seeds A-B")
    chosen = seeds if seeds is not None else range(seed or 0, (seed or 0) + 1)
    again = f"--terminals {terminals} --days {days}"
    with platform(terminals) as built:
        total = run(built, chosen, days, _Progress(len(chosen), again, story=story))
    click.echo(json.dumps(total.as_json()))
    if total.violations:
        sys.exit(1)


@dataclass
class _Progress:
    """Tells on standard error how far it is, and everything about what went wrong."""

    count: int
    again: str
    story: bool
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    told_at: float = field(default_factory=time.monotonic)

    def __call__(self, outcome: Outcome) -> None:
        self.done += 1
        wrong = outcome.violation is not None
        if self.story or wrong:
            events = outcome.events if self.story else outcome.events[-LAST_EVENTS:]
            for each in events:
                click.echo(each, err=True)
        if wrong:
            click.echo(
                f"seed {outcome.seed}, step {len(outcome.events)}: {outcome.violation}\n"
                f"again: kiosk simulate --seed {outcome.seed} {self.again} --story",
                err=True,
            )
        elif self.story:
            click.echo(f"seed {outcome.seed}: digest {outcome.digest}", err=True)
        now = time.monotonic()
        if now - self.told_at >= _PROGRESS_SECONDS:
            self.told_at = now
            pace = (now - self.began) / self.done
            click.echo(f"{self.done} of {self.count}, {pace:.2f} s each", err=True)
