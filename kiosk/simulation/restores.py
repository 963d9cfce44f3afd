"""Machines that come back as they were, and those that are two: older copies and clones of disks.

What was on no other disk is lost then, and the model is told; all else must come back by itself.
Neighbours: ``sync.recovery`` and ``sync.restored_hall`` are what is tried, ``quiet`` waits until it
is done.
"""

import shutil
from pathlib import Path

from kiosk import clock
from kiosk.simulation.machines import Machine
from kiosk.simulation.world import World
from sync import recovery, restored_hall

_SUBMITTED = "SELECT subject FROM ledger WHERE kind = 'case.submitted'"


def copy(world: World, machine: Machine) -> None:
    """Take a copy of a machine's disk, to come back to."""
    machine.copy_to(world.images / f"{machine.name}-copy")
    world.copies.add(machine.name)
    world.tell(f"{machine.name}: a copy is taken")


def restore_hall(world: World) -> None:
    """Put the hall back to its copy, as ``kiosk restore`` does, and open it again."""
    hall = world.hall
    hall.become(_newest_copy(world, hall))
    with hall.writing() as session:
        restored_hall.raise_epoch(session, clock.now())
    # Each terminal that has more than the hall shows it at its next contact.
    world.model.apart.update(each.name for each in world.terminals)
    # A terminal that was restored itself, and had not yet come for what only this hall had.
    for terminal in world.terminals:
        _forget_lost(world, terminal)
    world.faults += 1
    world.tell("*** hall: restored from its copy")


def restore_terminal(world: World, terminal: Machine, *, declared: bool) -> None:
    """Put a terminal back to its copy; ``declared`` says whether anybody told it so."""
    terminal.become(_newest_copy(world, terminal))
    _forget_lost(world, terminal)
    if declared:
        with terminal.writing() as session:
            recovery.declare_restored(session)
    world.model.apart.add(terminal.name)
    world.faults += 1
    how = "as its staff declare" if declared else "unnoticed"
    world.tell(f"*** {terminal.name}: restored from its copy, {how}")


def swap_twins(world: World, terminal: Machine) -> None:
    """Let the other of two machines with one identity be at work; the first time it is cloned."""
    twin, other = (world.images / f"{terminal.name}-{name}" for name in ("twin", "other"))
    if terminal.name in world.twins:
        terminal.copy_to(other)
        terminal.become(twin)
        shutil.rmtree(twin)
        other.rename(twin)
    else:
        terminal.copy_to(twin)
        world.twins.add(terminal.name)
    world.model.apart.add(terminal.name)
    world.faults += 1
    world.tell(f"*** {terminal.name}: the other of two machines with its identity is at work")


def scrap_twins(world: World) -> None:
    """Let the machines that are not at work go, with what only they have."""
    for terminal in world.terminals:
        if terminal.name in world.twins:
            _forget_lost(world, terminal)
            world.tell(f"{terminal.name}: its twin is scrapped")
    world.twins.clear()


def _newest_copy(world: World, machine: Machine) -> Path:
    """Return the copy that was taken last, else the one of before the first day."""
    taken = machine.name in world.copies
    return world.images / (f"{machine.name}-copy" if taken else machine.name)


def _forget_lost(world: World, terminal: Machine) -> None:
    """Tell the model which receipts are on no disk any more."""
    here = {row[0] for row in terminal.rows("SELECT id FROM cases")}
    here |= {row[0] for row in world.hall.rows(_SUBMITTED)}
    model = world.model
    for receipt in model.of(terminal.name):
        if receipt.case_id not in here:
            model.lost[receipt.case_id] = model.shown.pop(receipt.case_id)
    note_lost_files(world, terminal)


def note_lost_files(world: World, terminal: Machine) -> None:
    """Tell the model which files that entries of a terminal name are on no disk.

    Also of an entry that was on its way while its terminal was lost with all its files.
    """
    named = set()
    for machine in (terminal, world.hall):
        table = "ledger" if machine is world.hall else "journal"
        for (blobs,) in machine.rows(f"SELECT blobs FROM {table} WHERE blobs != '[]'"):  # noqa: S608
            named.update(str(blobs).strip('[]"').split('", "'))
    stores = terminal.parts.blobs, world.hall.parts.blobs
    others = [each.parts.blobs for each in world.terminals if each is not terminal]
    world.model.lost_files |= {
        sha for sha in named if not any(store.has(sha) for store in (*stores, *others))
    }
