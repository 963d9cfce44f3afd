"""How far a terminal's journal is in a finished backup of the hall: the watermark.

An entry counts as backed up when it and every file that it names are in the
backup, and so does every entry before it; with it go the items of the feed, so that a decision is
not lost either. Only the hall moves the mark, after
a backup has finished; the terminal takes what it is told, also when that is
less, for a restored hall has less. Neighbour: ``kiosk.backup`` asks and sets.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from sync.ledger import LedgerEntry, Terminal
from sync.state import Peer
from sync.tables import table_of

#: (epoch, sequence); (0, 0) before the first entry.
Place = tuple[int, int]
#: A place, and the number of the newest item of the feed.
Mark = tuple[int, int, int]

_LEDGER = table_of(LedgerEntry)
_PLACE = tuple_(_LEDGER.c.epoch, _LEDGER.c.seq)
_ROWS = 1000


def reached(session: Session, has_file: Callable[[str], bool]) -> dict[str, Mark]:
    """Return per terminal how far a backup with these rows and files has its journal.

    Looks only at what came after the mark of before; ``has_file`` is asked with a SHA-256.
    """
    rows = session.execute(
        select(
            Terminal.terminal_id,
            Terminal.backed_up_epoch,
            Terminal.backed_up_seq,
            Terminal.cursor_epoch,
            Terminal.cursor_seq,
            Terminal.feed_head,
        )
    ).all()
    marks = {}
    for terminal_id, *places, feed_head in rows:
        before, cursor = (places[0], places[1]), (places[2], places[3])
        lacking = _first_lacking(session, terminal_id, before, has_file)
        place = cursor if lacking is None else _before(session, terminal_id, lacking)
        marks[terminal_id] = (*place, feed_head)
    return marks


def _first_lacking(
    session: Session, terminal_id: str, after: Place, has_file: Callable[[str], bool]
) -> Place | None:
    """Return the place of the first entry after a place of which a file is not there."""
    rows = session.execute(
        select(_LEDGER.c.epoch, _LEDGER.c.seq, _LEDGER.c.blobs)
        .where(_LEDGER.c.terminal_id == terminal_id, after < _PLACE, _LEDGER.c.blobs != "[]")
        .order_by(_LEDGER.c.epoch, _LEDGER.c.seq)
        .execution_options(yield_per=_ROWS)
    )
    # Left before its end, a cursor of the server stays open until it is closed.
    with closing(rows):
        for epoch, seq, blobs in rows:
            if not all(map(has_file, json.loads(blobs))):
                return (epoch, seq)
    return None


def _before(session: Session, terminal_id: str, place: Place) -> Place:
    """Return the place of the entry before, which may be of an earlier epoch."""
    row = session.execute(
        select(_LEDGER.c.epoch, _LEDGER.c.seq)
        .where(_LEDGER.c.terminal_id == terminal_id, place > _PLACE)
        .order_by(_LEDGER.c.epoch.desc(), _LEDGER.c.seq.desc())
        .limit(1)
    ).first()
    return (row.epoch, row.seq) if row is not None else (0, 0)


def move(session: Session, marks: Mapping[str, Mark]) -> None:
    """Set the marks of terminals, by id; the caller commits.

    In the order of their ids, as ``feed.publish_to_all`` does: two that lock the rows of many
    terminals must not wait for each other.
    """
    for terminal_id, (epoch, seq, feed) in sorted(marks.items()):
        session.execute(
            update(Terminal)
            .where(Terminal.terminal_id == terminal_id)
            .values(backed_up_epoch=epoch, backed_up_seq=seq, backed_up_feed=feed)
            .execution_options(synchronize_session=False)
        )


def told_to(terminal: Terminal) -> dict[str, int]:
    """Return what an answer to this terminal says of it."""
    return {
        "epoch": terminal.backed_up_epoch,
        "seq": terminal.backed_up_seq,
        "feed": terminal.backed_up_feed,
    }


def told_of(peer: Peer) -> dict[str, int]:
    """Return what the hall has told this terminal."""
    return {
        "epoch": peer.backed_up_epoch,
        "seq": peer.backed_up_seq,
        "feed": peer.backed_up_feed,
    }


def note(peer: Peer, answer: Mapping[str, Any]) -> None:
    """Take the mark that an answer of the hall tells, if it does; an older hall does not."""
    told = answer.get("backed_up")
    if told is not None:
        peer.backed_up_epoch, peer.backed_up_seq = int(told["epoch"]), int(told["seq"])
        feed = int(told.get("feed", 0))
        # A restored hall numbers on far beyond what the lost one said, so that the number alone
        # says nothing: first comes the answer that also tells what is lost (``lost_words``).
        if "asked_beyond" in answer or feed < peer.backed_up_feed:
            peer.backed_up_feed = feed
