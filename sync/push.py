"""Terminal → hall: send the journal's unacknowledged tail, envelope by envelope.

Reads, sends, and only then marks: a crash anywhere means that the same run is
sent again, which the hall answers as before. Never holds a transaction open
while the line is used. Neighbours: ``ingest`` is the other end.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session

from sync import journal, keys
from sync.envelope import Entry, entry_to_wire, pack, unpack
from sync.identity import Identity, PublicIdentity
from sync.state import Acknowledgement, Peer, Verdict, peer_of
from sync.transport import HallRefuses, Transport

log = structlog.get_logger(__name__)


class Transactions(Protocol):
    """How ``sync`` gets sessions without knowing who makes them (``kiosk.db``)."""

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session for reading."""

    def writing(self) -> AbstractContextManager[Session]:
        """Open a session that holds the write lock and commits at the end of the block."""


@dataclass(frozen=True, slots=True)
class Line:
    """All that one direction of the exchange needs."""

    transactions: Transactions
    transport: Transport
    identity: Identity
    wrapper: keys.Wrapper
    now: Any


def push(line: Line) -> int:
    """Send until nothing is pending and return how many entries the hall newly has.

    Idempotent. Raises LineDown or HallRefuses; what was acknowledged before
    stays acknowledged.
    """
    sent = 0
    while True:
        with line.transactions.reading() as session:
            peer = peer_of(session)
            run = journal.tail(session, peer.acknowledged)
            if not run:
                return sent
            frame = envelope_of(session, line, peer, run)
            hall = PublicIdentity.from_hex(peer.hall_public)
        answer = unpack(line.transport.post("/envelopes", frame)).open(
            hall.signing, line.identity.sealing
        )
        with line.transactions.writing() as session:
            moved = note_acknowledgement(session, run, answer, line.now())
        if not moved:
            return sent
        sent += len(run)


def envelope_of(session: Session, line: Line, peer: Peer, run: list[Entry]) -> bytes:
    """Return the frame of a run of entries with the keys of their cases, on whatever carrier."""
    case_keys = keys.fetch(session, line.wrapper, {entry.subject for entry in run})
    header = {
        "kind": "envelope",
        "from": peer.terminal_id,
        "to": peer.hall_id,
        "epoch": run[0].epoch,
        "first": run[0].seq,
        "last": run[-1].seq,
        "head": run[-1].digest.hex(),
    }
    payload = {
        "entries": [entry_to_wire(entry) for entry in run],
        "keys": {subject: key.hex() for subject, key in case_keys.items()},
    }
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(header, payload, line.identity.signing, reader)


def note_acknowledgement(
    session: Session, run: list[Entry], answer: dict[str, Any], now: datetime
) -> bool:
    """Move the cursor to where the hall says it is; True when the tail became shorter.

    An entry counts as received only by a verdict that names its digest. Raises
    HallRefuses when the hall sees a fork or is ahead of this terminal.
    """
    peer = peer_of(session)
    cursor = (int(answer["cursor"]["epoch"]), int(answer["cursor"]["seq"]))
    if answer["forked"]:
        raise HallRefuses("another machine writes under this terminal's identity")
    if cursor > journal.head(session)[:2]:
        raise HallRefuses("the hall has entries that this terminal has lost")
    named = {verdict["digest"]: verdict for verdict in answer["verdicts"]}
    if not answer["gap"] and any(entry.digest.hex() not in named for entry in run):
        raise HallRefuses("the acknowledgement does not name every entry")
    for entry in run:
        verdict = named.get(entry.digest.hex())
        if verdict is not None and verdict["verdict"] != "applied":
            session.merge(
                Verdict(
                    digest=entry.digest,
                    epoch=entry.epoch,
                    seq=entry.seq,
                    verdict=verdict["verdict"],
                    reason=verdict["reason"],
                )
            )
    before = peer.acknowledged
    peer.ack_epoch, peer.ack_seq = cursor
    peer.hall_epoch = int(answer["hall_epoch"])
    peer.last_contact, peer.last_error = now, None
    if cursor > before:
        session.merge(Acknowledgement(epoch=cursor[0], seq=cursor[1], at=now))
    if cursor < before:
        log.warning("hall_is_behind", hall=cursor, terminal=before)
    return cursor != before
