"""What a terminal was told by a hall that is lost: it tells the restored hall, which only shows it.

A hall takes no decision from a terminal: an answer was signed when it travelled, and nobody kept
the signature. Neighbours: ``pull`` carries the words with its report, ``feed`` has the numbers.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import verdicts
from sync.envelope import MAX_NUMBER
from sync.feed import FeedItem
from sync.ledger import Terminal
from sync.state import InboxItem, Peer
from sync.tables import Base

#: A report carries at most this many; the next one goes on.
MOST_WORDS = 100


class LostWord(Base):
    """Hall: an item of the feed that a terminal has from a lost hall. It proves nothing here."""

    __tablename__ = "lost_word"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Its number in the feed, which was never given again.
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    #: The case, empty for what concerns none.
    subject: Mapped[str] = mapped_column(String(36), index=True)
    recorded_at: Mapped[int]
    #: Sealed with the case's key, as it lies in the terminal's inbox.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime]


def asked_beyond(session: Session, terminal: Terminal, after: int) -> int | None:
    """Hall: return the last number that both know when a terminal has read more; else None.

    What it has applied up to ``after`` is not here when the item with that number is not, and was
    not told of yet.
    """
    if after == 0:
        return None
    own = FeedItem.terminal_id == terminal.terminal_id
    known = select(func.max(FeedItem.seq)).where(own, FeedItem.seq <= after)
    last = session.scalar(known) or 0
    if last == after or session.get(LostWord, (terminal.terminal_id, after)) is not None:
        return None
    told = select(func.max(LostWord.seq)).where(
        LostWord.terminal_id == terminal.terminal_id, LostWord.seq <= after
    )
    return max(last, session.scalar(told) or 0)


def note(session: Session, peer: Peer, answer: Mapping[str, Any]) -> set[str]:
    """Terminal: note what the hall asks for, from the answer to a report; the caller commits.

    What it asks for is marked for good: a backup of the restored hall never has it. Return these
    cases, as ``spoken_of`` does.
    """
    asked = answer.get("asked_beyond")
    peer.lost_after = None if asked is None else int(asked)
    if asked is not None:
        # What came with this answer is of the restored hall. The question's place is no limit: by
        # a carrier it is old, and the line may have brought more of the lost hall since.
        first = min((int(item["seq"]) for item in answer["items"]), default=MAX_NUMBER)
        beyond = InboxItem.seq > int(asked), InboxItem.seq < first
        session.execute(update(InboxItem).where(*beyond).values(lost=True))
        return spoken_of(session, *beyond)
    return set()


def spoken_of(session: Session, *conditions: ColumnElement[bool]) -> set[str]:
    """Terminal: return the cases of which a lost hall has spoken, in items with these conditions.

    Only those of which the hall has taken more than what began them, which may contradict.
    """
    lost = select(InboxItem.subject).where(InboxItem.lost, *conditions)
    if session.scalar(lost.limit(1)) is None:
        return set()
    return {entry.subject for entry in verdicts.taken(session, lost) if entry.subject_seq > 1}


def told(session: Session, peer: Peer) -> list[dict[str, Any]]:
    """Terminal: return what the hall asked for, as JSON values."""
    if peer.lost_after is None:
        return []
    query = select(InboxItem).where(InboxItem.seq > peer.lost_after)
    return [
        {
            "seq": item.seq,
            "kind": item.kind,
            "subject": item.subject,
            "recorded_at": item.recorded_at,
            "body": base64.b64encode(item.body).decode(),
        }
        for item in session.scalars(query.order_by(InboxItem.seq).limit(MOST_WORDS))
    ]


def hear(session: Session, terminal: Terminal, words: Any, now: datetime) -> None:
    """Hall: keep what a terminal was told by a lost hall; KeyError … ValueError when malformed.

    What this hall has said itself is left out. Idempotent; the caller commits.
    """
    for word in list(words or ())[:MOST_WORDS]:
        seq, at = int(word["seq"]), int(word["recorded_at"])
        if not 0 < seq <= MAX_NUMBER or abs(at) > MAX_NUMBER:
            raise ValueError("a number is out of range")
        if "\0" in f"{word['kind']}{word['subject']}":
            raise ValueError("a text holds the character U+0000")
        place = (terminal.terminal_id, seq)
        if session.get(FeedItem, place) is None and session.get(LostWord, place) is None:
            session.add(
                LostWord(
                    terminal_id=terminal.terminal_id,
                    seq=seq,
                    kind=str(word["kind"])[:40],
                    subject=str(word["subject"] or "")[:36],
                    recorded_at=at,
                    body=base64.b64decode(word["body"], validate=True),
                    heard_at=now,
                )
            )


def of_subject(session: Session, subject: str) -> list[LostWord]:
    """Hall: return what a terminal was told of one case by a lost hall, in order."""
    query = select(LostWord).where(LostWord.subject == subject)
    return list(session.scalars(query.order_by(LostWord.recorded_at, LostWord.seq)))
