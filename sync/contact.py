"""Hall: contact tokens, by which a report shows which machine made it, and when at the earliest.

Each answer to a report hands out a token, and the next report carries it. A token says when it was
made, by the hall's clock, and none is made as of an earlier moment than the one before: so one that
comes late, or again, is known by itself, and nothing is kept of those that were used. Terminals
read nothing in it. Neighbours: ``sync_api`` asks, ``lives`` lets machines go on.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from sync import chance
from sync.ledger import Terminal

log = structlog.get_logger(__name__)

#: Milliseconds since 1970, what it was handed out for, and what nobody guesses: 32 characters.
_TOKEN = re.compile("([0-9a-f]{12})([-~])[0-9a-f]{19}")
#: For the next report; and in answer to a report that had been overtaken, where a machine that
#: sent it long ago reads the answer no more.
NEXT, OVERTAKEN = "-", "~"
#: Tokens of older halls had as many characters, all of them hex digits.
MOST_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Contact:
    """What a report's token says of it, and the token that is ``offered`` for the next one.

    Nothing is to be noted of a report that ``is_late``. It was made after ``since``, by the hall's
    clock; None where nothing proves that.
    """

    offered: str
    since: datetime | None = None
    is_late: bool = False


def note(terminal: Terminal, token: object, now: datetime) -> Contact:
    """Look at the token that a report carries and say which is the next; the caller commits.

    The last that was handed out is new; the one before it is of an answer that got lost. One that
    is older comes late, or is of a machine that goes its own way: a clone, or one that was rolled
    back. That machine comes again with what it was answered, and is flagged then, as is one with a
    token that was never made here; it goes on. One that comes after it was put in the shade shows
    that there are two. Without a token nothing is concluded: a terminal that has none yet, or was
    restored. Idempotent for the same token.
    """
    if not (isinstance(token, str) and token.isprintable() and len(token) <= MOST_CHARACTERS):
        token = None
    newest, displaced = terminal.contact_offered, (terminal.contact_before or "").split()
    is_known = token is None or token in (terminal.contact, newest)
    since = _made_at(token) if is_known else None
    if newest and not is_known:
        if token not in displaced and _is_older(token, newest):
            return Contact(_made(newest, OVERTAKEN, now), is_late=True)
        _flag(terminal, token in displaced, now)
    terminal.reported_at = now
    if not newest or (token is not None and token != terminal.contact):
        terminal.contact, terminal.contact_offered = token, _made(newest, NEXT, now)
    return Contact(terminal.contact_offered or "", since)


def _flag(terminal: Terminal, comes_back: bool, now: datetime) -> None:
    """Note that another machine than the one before has reported, and put that one in the shade."""
    if comes_back:
        terminal.twins_at = terminal.twins_at or now
    terminal.cloned_at = terminal.cloned_at or now
    log.warning("terminal_contact_differs", terminal=terminal.number)
    known = (terminal.contact, terminal.contact_offered)
    terminal.contact_before = " ".join(filter(None, known))


def _made(newest: str | None, purpose: str, now: datetime) -> str:
    """Return a token as of now, or as of just after the newest where the clock was set back."""
    number = max(int(now.timestamp() * 1000), _number(newest) + 1)
    return f"{number:012x}{purpose}{chance.some_bytes(10).hex()[:19]}"


def _number(token: str | None) -> int:
    """Return the milliseconds since 1970 of a token; 0 of one that an older hall made."""
    found = _TOKEN.fullmatch(token or "")
    return int(found[1], 16) if found else 0


def _is_older(token: str | None, newest: str) -> bool:
    """Tell whether a token was made before the newest, and for nobody who comes again."""
    found = _TOKEN.fullmatch(token or "")
    return _number(token) < _number(newest) and not (found and found[2] == OVERTAKEN)


def _made_at(token: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(_number(token) / 1000, UTC) if _number(token) else None
    except (ValueError, OverflowError, OSError):
        # A terminal may carry what no hall made.
        return None
