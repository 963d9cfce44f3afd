"""A machine that came back from a copy loses in a power cut what it had not kept, and no more.

A disk that forgot what was kept would show losses that no machine has.
"""

import pytest

from kiosk.simulation.restores import copy, restore_terminal


@pytest.fixture
def world(simulated):
    with simulated.world(1) as lent:
        yield lent


def test_files_of_the_copy_are_there_after_a_power_cut(world):
    terminal = world.terminals[0]
    sha = terminal.within(terminal.parts.blobs.put, b"of the copy")
    copy(world, terminal)
    restore_terminal(world, terminal, declared=True)
    assert terminal.die(power=True) == 0
    assert terminal.parts.blobs.read(sha) == b"of the copy"


def test_what_was_written_since_and_not_kept_is_lost(world):
    terminal = world.terminals[0]
    sha = terminal.within(terminal.parts.blobs.put, b"of the copy")
    copy(world, terminal)
    restore_terminal(world, terminal, declared=True)
    (terminal.parts.blobs.path(sha).parent / "new").write_bytes(b"not kept")
    with terminal.parts.blobs.path(sha).open("ab") as out:
        out.write(b", and more")
    assert terminal.die(power=True) == 2
    assert terminal.parts.blobs.read(sha) == b"of the copy"
