"""Letting a terminal's worker do what its bell asks for, as RQ would, one job after the other.

Neighbours: ``machines`` has the bell, ``sync.jobs`` the jobs, ``line`` carries.
"""

from collections.abc import Callable, Iterable, Mapping

from kiosk import tidying
from kiosk.simulation.machines import Machine
from kiosk.simulation.storage import Killed
from kiosk.simulation.world import World
from sync import jobs

#: More jobs than this in one go mean that they ring for each other without end.
MOST_JOBS = 60

_JOBS: Mapping[str, Callable[[], None]] = {
    "push": jobs.push,
    "pull": jobs.pull,
    "blobs": jobs.blobs,
    "release": jobs.release,
}


class Endless(AssertionError):
    """Jobs that ring for each other without end."""


def work_off(world: World, terminal: Machine, faults: Iterable[str] = ()) -> None:
    """Do all jobs that have rung, while ``faults`` befall the requests at the line."""
    befell = list(faults)
    world.line.faults.extend(befell)
    done: list[str] = []
    try:
        with world.nature.at(terminal):
            assert terminal.duties is not None  # noqa: S101 — a terminal has a worker
            jobs.take_up(terminal.duties)
            while terminal.bell.rung:
                if len(done) >= MOST_JOBS:
                    raise Endless(f"{terminal.name}: {' '.join(done[-8:])}")
                done.append(terminal.bell.rung.pop(0))
                _JOBS[done[-1]]()
    except Killed:
        done.append("killed")
        terminal.die()
    finally:
        used = befell[: len(befell) - len(world.line.faults)]
        world.faults += sum(map(bool, used))
        world.line.faults.clear()
    fault = f" under {', '.join(each or 'nothing' for each in befell)}" if any(befell) else ""
    deaths, world.line.deaths = world.line.deaths, 0
    died = " (the hall died)" if deaths else ""
    world.tell(f"{terminal.name}: {' '.join(done) or 'nothing to do'}{fault}{died}")


def sweep(
    world: World, terminal: Machine, faults: Iterable[str] = (), *, report_first: bool = False
) -> None:
    """Ring as the worker's sweep does, and do what it asks for.

    ``report_first`` is the order after a line that failed.
    """
    for job in ("pull", "push") if report_first else ("push", "pull"):
        terminal.bell.ring(job, anew=True)
    work_off(world, terminal, faults)


def tidy(world: World, terminal: Machine) -> None:
    """Let the worker tidy up, as it does every ten minutes."""
    with terminal.writing() as session:
        tidying.tidy(session, terminal.parts)
    world.tell(f"{terminal.name}: tidied")
