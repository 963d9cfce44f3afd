"""Restores and clones: a machine's data folder is copied, and another machine begins with the copy."""

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from kiosk import clock
from kiosk.cases.model import Case
from sync import recovery, restored_hall
from sync.journal import JournalEntry
from tests.builders.machines import LoopLine, Machine, Pair


def kept(machine: Machine, folder: Path) -> Path:
    """Copy the machine's data as they are now, as a backup or an image of the disk does."""
    machine.close()
    shutil.copytree(machine.parts.config.data_dir, folder)
    return folder


def begun(pair: Pair, folder: Path, *, declared: bool = False) -> Pair:
    """Let a terminal begin with a copy of the data; its hall is the same."""
    role = pair.terminal.parts.config.role
    terminal = Machine.made(role, folder)
    if declared:
        with terminal.writing() as session:
            recovery.declare_restored(session)
    line = LoopLine(pair.hall, pair.terminal_id, terminal.parts.identity)
    return Pair(pair.hall, terminal, line)


def numbers(machine: Machine) -> list[str]:
    """All receipt numbers that a machine knows, each as often as it has it."""
    with machine.reading() as session:
        return sorted(session.scalars(select(Case.number)))


def states(machine: Machine) -> dict[str, tuple[str, str]]:
    """Number and state of every case."""
    with machine.reading() as session:
        return {case.id: (case.number, case.state) for case in session.scalars(select(Case))}


def places(machine: Machine) -> list[tuple[int, int]]:
    """Where the entries of the journal lie."""
    query = select(JournalEntry.epoch, JournalEntry.seq).order_by(
        JournalEntry.epoch, JournalEntry.seq
    )
    with machine.reading() as session:
        return [(row.epoch, row.seq) for row in session.execute(query)]


def hall_begun(pair: Pair, folder: Path, now: datetime | None = None) -> Pair:
    """Let a hall begin with a copy of its data, as a restore leaves it; SQLite only."""
    hall = Machine.made("hall", folder)
    with hall.writing() as session:
        restored_hall.raise_epoch(session, now or clock.now())
    line = LoopLine(hall, pair.terminal_id, pair.terminal.parts.identity)
    return Pair(hall, pair.terminal, line)
