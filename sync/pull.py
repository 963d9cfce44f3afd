"""Hall → terminal: say how this terminal is, and fetch and apply the feed.

One exchange does both, so that the heartbeat costs nothing more. Items are
applied in one transaction with the cursor. Neighbours: ``feed`` is the other
end, ``kiosk.cases.feedback`` knows what the items mean.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from sync import heads, lost_words, once, versions, watermark
from sync.content import CONTENT_ERRORS
from sync.envelope import BadFrame, pack, unpack
from sync.faultpoint import reach
from sync.feed import Item, item_from_wire
from sync.identity import PublicIdentity
from sync.push import Line, Transactions
from sync.state import InboxItem, Peer, WantedFile, peer_of, wanted_files
from sync.transport import HallRefuses

log = structlog.get_logger(__name__)

#: What a program does once after an update.
DEED = "apply kept items"


class Applier(Protocol):
    """Applies a feed item to the terminal's own rows."""

    def __call__(self, session: Session, item: Item) -> bool:
        """Apply it and return True, or return False when its kind is not known here."""


class Reporter(Protocol):
    """Tells what the hall's monitor should know of this terminal."""

    def __call__(self, session: Session) -> Mapping[str, Any]:
        """Return pending, oldest_at, disk_free, version, error, clock, as JSON values."""


def pull(line: Line, apply: Applier, report: Reporter) -> list[str]:
    """Fetch until the feed is read to its head; return the SHA-256 of blobs the hall wants.

    An exchange that brought nothing to apply ends it too, so that a feed with a gap is asked for
    at the usual pace. Idempotent. Raises LineDown, HallRefuses or BadFrame; any other error is of
    the machine and leaves the feed where it was.
    """
    while True:
        with line.transactions.reading() as session:
            peer = peer_of(session)
            if peer.recovery is not None:
                # What the hall says is of cases that may not be here yet.
                raise HallRefuses(heads.WORDS[peer.recovery])
            after = peer.feed_cursor
            frame = question(session, line, peer, report)
            hall = PublicIdentity.from_hex(peer.hall_public)
        answer = unpack(line.transport.post("/feed", frame)).open(
            hall.signing, line.identity.sealing
        )
        reach("pull.answered")
        line.heartbeat.hear(answer)
        with line.transactions.writing() as session:
            done = _apply(session, line, answer, apply, after)
            fault = peer_of(session).recovery
            reach("pull.applied")
        if fault is not None:
            raise HallRefuses(heads.WORDS[fault])
        if done:
            return [str(sha) for sha in answer["wanted"]]


def apply_kept(transactions: Transactions, apply: Applier, program: str) -> int:
    """Apply what another program kept because it did not know it, in order; return how many.

    Once for each ``program`` (``once.program``): what is still not known stays. Each item is in a
    transaction of its own with its mark, so that none is applied twice.
    """
    with transactions.reading() as session:
        if not once.is_due(session, DEED, program):
            return 0
        query = select(InboxItem.seq).where(~InboxItem.applied).order_by(InboxItem.seq)
        waiting = session.scalars(query).all()
    done = 0
    for seq in waiting:
        with transactions.writing() as session:
            row = session.get_one(InboxItem, seq)
            item = Item(row.seq, row.kind, row.subject, row.recorded_at, row.body)
            if not row.applied and _apply_one(session, item, apply):
                row.applied = True
                done += 1
    with transactions.writing() as session:
        once.note(session, DEED, program)
    return done


def _apply_one(session: Session, item: Item, apply: Applier) -> bool:
    """Apply one item in a savepoint; one that cannot be is kept and must not stop the others."""
    try:
        with session.begin_nested():
            applied = apply(session, item)
    except CONTENT_ERRORS as error:  # what is in an item must not stop the feed
        log.error("feed_item_not_applied", kind=item.kind, seq=item.seq, error=type(error).__name__)
        return False
    if not applied:
        log.warning("feed_item_kept_for_later", kind=item.kind, seq=item.seq)
    return applied


def _keep(session: Session, item: Item, *, applied: bool) -> None:
    """Store the item, in a savepoint so that a failure shows here and not in the next one's.

    Raises BadFrame, which leaves the feed where it was: what cannot be kept must not be skipped.
    """
    row = InboxItem(
        seq=item.seq,
        kind=item.kind,
        subject=item.subject,
        recorded_at=item.recorded_at,
        body=item.body,
        applied=applied,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except (OperationalError, InterfaceError):
        raise
    except SQLAlchemyError as error:
        reason = f"item {item.seq} of the feed cannot be kept: {type(error).__name__}"
        raise BadFrame(reason) from error


def question(
    session: Session, line: Line, peer: Peer, report: Reporter, *, words: bool = True
) -> bytes:
    """Return the frame that reports and asks for the feed, on whatever carrier.

    Without ``words`` it leaves out what may be long: what a lost hall told, which is asked for
    again, and which files are lost.
    """
    header = {
        "kind": "pull",
        "from": peer.terminal_id,
        "to": peer.hall_id,
        "after": peer.feed_cursor,
        **versions.told(),
    }
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    told = {
        **report(session),
        "lost_words": lost_words.told(session, peer) if words else [],
        "contact": peer.contact,
        "acknowledged": list(peer.acknowledged),
    }
    if not words:
        told.pop("lost", None)
    return pack(header, told, line.identity.signing, reader, versions.to_write(peer))


def _apply(
    session: Session, line: Line, answer: dict[str, Any], apply: Applier, after: int
) -> bool:
    """Apply what was answered to the question for all ``after``; True when that is enough."""
    peer, now = peer_of(session), line.now()
    if "cursor" in answer and heads.note(session, answer, now) is not None:
        # What the hall says is of cases that may not be here yet: after the recovery.
        return True
    apply_items(session, peer, answer, apply)
    stuck = bool(answer["items"]) and peer.feed_cursor <= after
    peer.heard(int(answer["hall_time"]), now)
    peer.last_error = _gap(peer, answer) if stuck else None
    note_wanted(session, peer, answer)
    peer.hall_epoch = int(answer["hall_epoch"])
    peer.contact = answer.get("contact")
    line.rebuild.draw(session, lost_words.note(session, peer, answer))
    watermark.note(peer, answer)
    versions.hear(peer, answer)
    return stuck or not answer["items"] or peer.feed_cursor >= int(answer["feed_head"])


def apply_items(session: Session, peer: Peer, answer: Mapping[str, Any], apply: Applier) -> int:
    """Apply the items of a feed that are next, in order; return how many. The caller commits.

    Raises BadFrame for one that cannot be kept.
    """
    # A hall that names the question has told all that lies between: its numbers may have gaps.
    is_whole = "after" in answer and int(answer["after"]) <= peer.feed_cursor
    count = 0
    for item in map(item_from_wire, answer["items"]):
        # A concurrent pull has applied it already, or there is a gap.
        if item.seq <= peer.feed_cursor or not (is_whole or item.seq == peer.feed_cursor + 1):
            continue
        _keep(session, item, applied=_apply_one(session, item, apply))
        peer.feed_cursor = item.seq
        reach("pull.item")
        count += 1
    return count


def note_wanted(session: Session, peer: Peer, answer: Mapping[str, Any]) -> None:
    """Keep which files the hall lacks, for a stick when the line is cut. The caller commits.

    An answer that names only the first of them (``wanted_more``) says nothing about the others.
    """
    wanted = {str(sha) for sha in answer["wanted"]}
    peer.blobs_wanted = len(wanted)
    known = wanted_files(session)
    if (gone := known - wanted) and not answer.get("wanted_more"):
        session.execute(delete(WantedFile).where(WantedFile.sha256.in_(gone)))
    session.add_all(WantedFile(sha256=sha) for sha in sorted(wanted - known))


def _gap(peer: Peer, answer: dict[str, Any]) -> str:
    """Log the gap and return it in words for the status page."""
    first, wanted = int(answer["items"][0]["seq"]), peer.feed_cursor + 1
    log.error("feed_has_a_gap", first=first, wanted=wanted)
    return f"the hall's feed goes on at {first}, not at {wanted}: items are missing"
