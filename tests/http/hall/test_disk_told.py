"""A terminal tells the size of its disk; an older one does not, and is taken all the same."""

import shutil

from sqlalchemy import select

from kiosk import clock
from kiosk.carriers import report
from kiosk.hall import reported
from kiosk.hall.terminal_lights import LOW_DISK_BYTES, first_of, moment
from sync.ledger import Terminal


def test_below_a_tenth_of_a_large_disk_is_low_where_the_size_is_told(small_pair) -> None:
    hall, terminal = small_pair.hall, small_pair.terminal
    with terminal.reading() as session:
        told = terminal.within(report.status, session, terminal.parts)
    assert told["disk_total"] == shutil.disk_usage(terminal.parts.config.data_dir).total
    status = {**told, "error": None, "disk_free": 5 * LOW_DISK_BYTES}
    size = 100 * LOW_DISK_BYTES
    assert judged(hall, {**status, "disk_total": size}) == (size, "disk")
    assert judged(hall, {**status, "disk_total": size // 4}) == (size // 4, "well")
    older = {name: value for name, value in status.items() if name != "disk_total"}
    assert judged(hall, older) == (None, "well")


def judged(hall, status) -> tuple[int | None, str]:
    """The size that is kept of this report, and what is found at the terminal."""
    now = clock.now()
    with hall.writing() as session:
        terminal = session.scalars(select(Terminal)).one()
        reported.note_status(terminal, {**status, "pending": 0, "oldest_at": None}, now)
        return terminal.reported_disk_total, first_of(terminal, {}, moment(now, "")).code
