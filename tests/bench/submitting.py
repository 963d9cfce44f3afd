"""How many cases a terminal takes over HTTP, and how long each waits for its receipt."""

from collections.abc import Iterator
from statistics import median

from tests.bench.applications import prepare
from tests.bench.client import Outcome, exchange
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import Stage, cpu_seconds, prepared

CONNECTIONS = 8
WARM_UP = 400
ROUNDS = 3
CASES = 3000
TERMINAL = ("terminal-web", "terminal-worker")


class NotTaken(Exception):
    """An application that must be taken was refused; the text is the answer."""


def submit(stage: Stage, requests: list[bytes], connections: int = CONNECTIONS) -> Outcome:
    """Send applications to the terminal; NotTaken when one is refused."""
    outcome = exchange(stage.terminal_port, requests, connections)
    if set(outcome.statuses) != {201}:
        raise NotTaken(f"{dict(outcome.statuses)}: {outcome.refusal.decode(errors='replace')}")
    return outcome


def offline() -> Iterator[Figure]:
    """Submit with the line to the hall cut, which is what a terminal must be able to do."""
    with prepared() as stage:
        yield from _rounds(stage, "hall down", ("submit_rate", "submit_p99", "submit_cpu"))


def line_up() -> Iterator[Figure]:
    """Submit while the worker sends the cases to a hall that runs on the same cores."""
    with prepared() as stage:
        stage.start("hall-web")
        yield from _rounds(stage, "hall and PostgreSQL on the same cores", ("submit_rate_line_up",))


def _rounds(stage: Stage, situation: str, names: tuple[str, ...]) -> Iterator[Figure]:
    requests = prepare(stage, WARM_UP + ROUNDS * CASES)
    stage.start(*TERMINAL)
    submit(stage, requests[:WARM_UP])
    own = stage.processes(*TERMINAL, redis=True)
    before, watch = cpu_seconds(own), Watch.start()
    rounds = [submit(stage, requests[WARM_UP + turn * CASES :][:CASES]) for turn in range(ROUNDS)]
    burnt = cpu_seconds(own) - before
    client = sum(outcome.cpu_seconds for outcome in rounds)
    busy = watch.others(burnt + client)
    waits = [wait for outcome in rounds for wait in outcome.milliseconds]
    rates = [outcome.rate for outcome in rounds]
    conditions = (
        f"{CONNECTIONS} connections, items in turn, pictures uploaded before, {situation}; "
        f"rounds {'/'.join(f'{rate:.0f}' for rate in rates)}; {busy}; "
        f"client {100 * client / (client + burnt):.0f} % of our CPU"
    )
    values = {
        "submit_rate": (round(median(rates)), "cases/s"),
        "submit_rate_line_up": (round(median(rates)), "cases/s"),
        "submit_p99": (round(percentile(waits, 0.99), 1), "ms"),
        "submit_cpu": (round(1000 * burnt / len(waits), 2), "ms CPU/case"),
    }
    for name in names:
        yield Figure(name, *values[name], len(waits), conditions)
