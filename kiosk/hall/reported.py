"""What a terminal reports of itself, as the hall keeps it for its monitor.

Neighbours: `sync_api` takes reports from the line and from carriers, `monitor` judges them.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.hall import certified, pending, pulse, tablets
from kiosk.hall.framing_sync import bad_frame, microseconds
from kiosk.hall.terminal_lights import OLD
from sync import expecting, feed, lost_words
from sync.envelope import BadFrame
from sync.ledger import Terminal

#: Bytes that no disk has, and more of anything than there is.
_NO_DISK = 2**60


def hear(
    session: Session,
    terminal: Terminal,
    after: int,
    status: dict[str, Any],
    now: datetime,
    news: bool | None = None,
) -> None:
    """Keep a report and how far (``after``) the terminal has its feed.

    ``news`` is None on the line; of a carrier, whether it has brought what was not known here.
    Invalid when malformed; the caller commits.
    """
    try:
        if news is None:
            note_status(terminal, status, now)
            is_kept = True
        else:
            is_news = news or after > terminal.feed_cursor
            is_kept = note_carried(terminal, status, now, is_news=is_news)
        lost_words.hear(session, terminal, status.get("lost_words"), now)
        feed.heed(terminal, after)
        if is_kept:
            # Last, so that the terminal's row is written once.
            expecting.hear_lost(session, terminal.terminal_id, status.get("lost"), now)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise bad_frame(BadFrame("the report is malformed")) from error


def note_status(terminal: Terminal, status: dict[str, Any], now: datetime) -> None:
    """Keep a report that was made at ``now``; KeyError and the like when it is malformed."""
    terminal.last_seen = now
    terminal.reported_pending = _count(status["pending"])
    oldest = status["oldest_at"]
    terminal.reported_oldest_at = None if oldest is None else clock.instant(int(oldest))
    terminal.reported_waiting = pending.kept(status.get("waiting"))
    terminal.reported_error = _text(status["error"], 500)
    if not terminal.reported_error:
        terminal.reported_well_at = now
    terminal.reported_version = _text(status["version"], 40)
    terminal.reported_disk_free = _count(status["disk_free"])
    # Terminals of an older version do not tell; then only the bytes count.
    total = status.get("disk_total")
    if total is not None and not 0 < int(total) < _NO_DISK:
        raise ValueError("disk_total is the size of no disk")
    terminal.reported_disk_total = None if total is None else int(total)
    terminal.reported_blobs = _count(status["blobs"])
    told = clock.instant(int(status["clock"]))
    terminal.skew_ms = (microseconds(told) - microseconds(now)) // 1000
    # Terminals of an older version do not tell.
    if status.get("release") is not None:
        terminal.release = _text(status["release"], 64)
    refused = status.get("release_refused")
    terminal.refused_release = refused and _text(refused["release"], 64)
    terminal.refusal = refused and _text(refused["reason"], 20)
    terminal.reported_devices = tablets.kept(status.get("devices"))
    if "certificate_ends" in status:
        certified.note_end(terminal, status["certificate_ends"])
    oldest_at = terminal.reported_oldest_at
    is_old = oldest_at is not None and now - oldest_at > OLD
    pulse.note(terminal, now, troubled=bool(terminal.reported_error) or is_old)


def note_carried(
    terminal: Terminal, status: dict[str, Any], now: datetime, *, is_news: bool
) -> bool:
    """Keep a report that a carrier brought, unless the terminal was heard of since it was made.

    Return whether it was kept. When it was made is told by the terminal's clock, which is as wrong
    as it was at the last contact, and never later than ``now``. What came with news is new by
    whatever clock: this one was put back.
    """
    told = clock.instant(int(status["clock"]))
    made_at = min(now, told - timedelta(milliseconds=terminal.skew_ms or 0))
    if is_news and terminal.last_seen is not None and made_at <= terminal.last_seen:
        made_at = now
    is_newest = terminal.last_seen is None or made_at > terminal.last_seen
    if is_newest:
        note_status(terminal, status, made_at)
    return is_newest


def _count(told: Any) -> int:
    """Return a number of things or bytes; ValueError for what no column and no disk holds."""
    found = int(told)
    if not 0 <= found < _NO_DISK:
        raise ValueError("a count is of nothing there is")
    return found


def _text(told: Any, most: int) -> str | None:
    """Return the beginning of a text, None of none; ValueError for what no column holds."""
    found = str(told)[:most] if told else None
    if found and "\0" in found:
        raise ValueError("a text holds the character U+0000")
    return found
