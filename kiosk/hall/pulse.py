"""The contacts of a terminal in the last 24 hours, a sign for each quarter-hour.

They lie in the terminal's own row, which every report writes anyway: no row and no write more,
and nothing to clear away. Neighbours: `reported` notes, `drawing` draws.
"""

from datetime import datetime

from sync.ledger import Terminal

SLOTS = 96
SLOT_SECONDS = 15 * 60
#: What is known of a quarter-hour: nothing was heard, all was well, something was wrong.
SILENT, WELL, TROUBLED = ".", "o", "x"


def slot_of(at: datetime) -> int:
    """Return the number of the quarter-hour since 1970 that `at` lies in."""
    return int(at.timestamp()) // SLOT_SECONDS


def note(terminal: Terminal, now: datetime, *, troubled: bool) -> None:
    """Note a contact at ``now``; trouble in a quarter-hour is not forgotten within it."""
    slot = slot_of(now)
    if slot < terminal.pulse_slot - 1:
        # The hall's clock was set back: what was noted is of hours that are still to come.
        terminal.pulse, terminal.pulse_slot = "", slot
    bar = seen_at(terminal, now)
    sign = TROUBLED if troubled or bar[-1] == TROUBLED else WELL
    terminal.pulse, terminal.pulse_slot = bar[:-1] + sign, max(slot, terminal.pulse_slot)


def seen_at(terminal: Terminal, now: datetime) -> str:
    """Return the 96 signs of the 24 hours up to ``now``, the oldest first."""
    passed = min(max(slot_of(now) - terminal.pulse_slot, 0), SLOTS)
    return ((terminal.pulse or "") + SILENT * passed).rjust(SLOTS, SILENT)[-SLOTS:]
