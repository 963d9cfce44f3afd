"""The hall's facts for one terminal, in order and without gaps.

``publish`` runs in the caller's transaction, so that a decision and its feed
item are committed together. Neighbours: ``pull`` at the terminal applies what
``since`` returned; the body of an item about a case is ciphertext.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, String, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.ledger import Terminal
from sync.restored_hall import FEED_STRIDE, MOST_MINUTES
from sync.tables import Base

log = structlog.get_logger(__name__)

#: One answer carries at most this many items; the terminal asks again.
MAX_ITEMS = 500


class FeedItem(Base):
    """One fact for one terminal."""

    __tablename__ = "feed"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(36), index=True)
    recorded_at: Mapped[int]
    body: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Item:
    """A feed item on the wire; ``recorded_at`` is hall time in microseconds since 1970."""

    seq: int
    kind: str
    subject: str | None
    recorded_at: int
    body: bytes


def publish(
    session: Session,
    terminal_id: str,
    kind: str,
    subject: str | None,
    body: bytes,
    recorded_at: int,
) -> int:
    """Add a fact to a terminal's feed and return its number; the caller commits.

    The update of the terminal's row serialises concurrent callers, so numbers
    have no gaps and appear in order.
    """
    seq = session.execute(
        update(Terminal)
        .where(Terminal.terminal_id == terminal_id)
        .values(feed_head=Terminal.feed_head + 1)
        .returning(Terminal.feed_head)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    session.add(
        FeedItem(
            terminal_id=terminal_id,
            seq=seq,
            kind=kind,
            subject=subject,
            recorded_at=recorded_at,
            body=body,
        )
    )
    return int(seq)


def publish_to_all(
    session: Session, terminal_ids: Iterable[str], kind: str, body: bytes, recorded_at: int
) -> None:
    """Publish one fact that concerns no case to several terminals; the caller commits.

    In the order of their ids, as ``watermark.move`` goes through them.
    """
    for terminal_id in sorted(terminal_ids):
        publish(session, terminal_id, kind, None, body, recorded_at)


def since(session: Session, terminal_id: str, cursor: int) -> list[Item]:
    """Return the next items after ``cursor``, at most ``MAX_ITEMS``."""
    query = (
        select(FeedItem)
        .where(FeedItem.terminal_id == terminal_id, FeedItem.seq > cursor)
        .order_by(FeedItem.seq)
        .limit(MAX_ITEMS)
    )
    return [
        Item(row.seq, row.kind, row.subject, row.recorded_at, row.body)
        for row in session.scalars(query)
    ]


def unread() -> ColumnElement[bool]:
    """Return the condition that a terminal, of the enclosing query, has not read all of its feed.

    Numbers have gaps where the hall was restored, so that the newest says nothing.
    """
    return exists().where(
        FeedItem.terminal_id == Terminal.terminal_id, FeedItem.seq > Terminal.feed_cursor
    )


def heed(terminal: Terminal, after: int) -> None:
    """Note how far a terminal says that it has applied its feed; the caller commits.

    Beyond all that was told: this hall was restored, and nobody has told it so
    (``restored_hall.raise_epoch``). It numbers on from far beyond, so that what it tells from then
    on is new to the terminal, wherever that is. ValueError when no restore explains the place: a
    number near the end of all numbers must not end the feed.
    """
    if after > terminal.feed_head:
        # A lost hall that was restored itself may have numbered by any clock.
        if after > max(terminal.feed_head, MOST_MINUTES * FEED_STRIDE) + FEED_STRIDE:
            raise ValueError("the place in the feed is beyond anything that was told")
        log.warning("feed_is_behind", terminal=terminal.number, by=after - terminal.feed_head)
        terminal.feed_head = after + FEED_STRIDE
    terminal.feed_cursor = max(terminal.feed_cursor, after)


def of_subject(session: Session, subject: str) -> list[FeedItem]:
    """Return what the hall has said of one case, in order."""
    query = select(FeedItem).where(FeedItem.subject == subject)
    return list(session.scalars(query.order_by(FeedItem.recorded_at, FeedItem.seq)))


def kinds_told(session: Session, subject: str) -> set[str]:
    """Return the kinds of what the hall has said of one case."""
    return set(session.scalars(select(FeedItem.kind).where(FeedItem.subject == subject)))


def item_to_wire(item: Item) -> dict[str, Any]:
    """Return the item as JSON values."""
    return {
        "seq": item.seq,
        "kind": item.kind,
        "subject": item.subject,
        "recorded_at": item.recorded_at,
        "body": base64.b64encode(item.body).decode(),
    }


def item_from_wire(wire: dict[str, Any]) -> Item:
    """Return the item; KeyError, TypeError or ValueError when malformed."""
    return Item(
        seq=int(wire["seq"]),
        kind=str(wire["kind"]),
        subject=wire["subject"],
        recorded_at=int(wire["recorded_at"]),
        body=base64.b64decode(wire["body"], validate=True),
    )
