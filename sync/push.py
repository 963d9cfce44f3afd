"""Terminal → hall: send the journal's unacknowledged tail, envelope by envelope.

Reads, sends, and only then marks: a crash anywhere means that the same run is
sent again, which the hall answers as before. Never holds a transaction open
while the line is used. Neighbours: ``ingest`` is the other end.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session

from sync import (
    branches,
    columns,
    elapsed,
    heads,
    journal,
    keys,
    lost_words,
    naming,
    verdicts,
    versions,
    watermark,
)
from sync.envelope import VERSION, Entry, entry_to_wire, pack, unpack
from sync.faultpoint import reach
from sync.heartbeat import Heartbeat
from sync.identity import Identity, PublicIdentity
from sync.pace import Pace
from sync.state import FORKED, InboxItem, Peer, peer_of, stand_still
from sync.transport import HallRefuses, Transport

log = structlog.get_logger(__name__)

#: A job may take twice as long (``jobs``); what is under way by then would come for nothing.
MOST_SECONDS = 60.0
#: Fewer entries are no backlog.
_WORTH_LOOKING_AHEAD = 20


class Transactions(Protocol):
    """How ``sync`` gets sessions without knowing who makes them (``kiosk.db``)."""

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session for reading."""

    def writing(self) -> AbstractContextManager[Session]:
        """Open a session that holds the write lock and commits at the end of the block."""


class Rebuilder(Protocol):
    """Makes the terminal's own rows of its entries (``kiosk.cases.rebuilding``)."""

    def __call__(self, session: Session, entries: Sequence[Entry]) -> None:
        """Bring rows up to date with ``entries``, which lie in the journal already. Idempotent."""

    def draw(self, session: Session, subjects: Iterable[str]) -> None:
        """Give cases the state that their facts make, and change nothing else. Idempotent."""


class _Leave:
    """Rebuild nothing: of a line that is asked for other things than entries."""

    def __call__(self, session: Session, entries: Sequence[Entry]) -> None:
        """Leave the rows."""

    def draw(self, session: Session, subjects: Iterable[str]) -> None:
        """Leave the states."""


_LEAVE = _Leave()


@dataclass(frozen=True, slots=True)
class Line:
    """All that one direction of the exchange needs."""

    transactions: Transactions
    transport: Transport
    identity: Identity
    wrapper: keys.Wrapper
    now: Any
    #: How much the line takes at a time.
    pace: Pace = field(default_factory=lambda: Pace(budget=journal.MAX_BODY_BYTES))
    #: Carries an envelope while the next one is sealed; None: one after the other.
    courier: Executor | None = None
    #: Draws a case anew of which a restored hall says another thing than the lost one.
    rebuild: Rebuilder = _LEAVE
    #: How long to wait for the next report.
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    #: How far the hall was shown what contradicts it.
    shown: branches.Shown = field(default_factory=branches.Shown)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A run of entries and the envelope that carries it to the hall with this identity."""

    run: list[Entry]
    frame: bytes
    hall: PublicIdentity

    @property
    def end(self) -> tuple[int, int]:
        """The place of its last entry."""
        return (self.run[-1].epoch, self.run[-1].seq)


def push(line: Line) -> int:
    """Send until nothing is pending, or for a while; return how many entries the hall newly has.

    On a thin line a long queue takes several calls of about ``MOST_SECONDS``. Idempotent. Raises
    LineDown or HallRefuses, also while this machine has to stand still (``sync.recovery``); what
    was acknowledged before stays acknowledged.
    """
    sent, fault = _send(line, _seal(line, may_stand_still=False))
    if fault is not None:
        raise HallRefuses(heads.WORDS[fault])
    return sent


def send(line: Line) -> tuple[int, str | None]:
    """Send as ``push`` does, also from a machine that stands still.

    Return how many entries the hall newly has, and why the machine stands still from now on.
    """
    return _send(line, _seal(line))


def _send(line: Line, ready: _Sealed | None) -> tuple[int, str | None]:
    sent, under_way = 0, None
    end = elapsed.monotonic() + MOST_SECONDS
    try:
        while ready is not None:
            answer, ahead = _deliver(line, ready, under_way)
            is_over = elapsed.monotonic() >= end
            # The hall works on the next one while this answer is noted.
            goes_on = not is_over and _took_all(answer, ready)
            under_way = _go_on(line, ahead) if goes_on else None
            with line.transactions.writing() as session:
                moved, fault = note_acknowledgement(
                    session, ready.run, answer, line.now(), line.rebuild
                )
                place = peer_of(session).acknowledged
                reach("push.noted")
            reach("push.done")
            if fault is not None or not moved:
                return sent, fault
            sent += len(ready.run)
            if is_over:
                break
            if ahead is None or place != ready.end:
                _wait_for(under_way)
                ahead, under_way = _seal(line), None
            ready = ahead
    finally:
        _wait_for(under_way)
    return sent, None


def _took_all(answer: Mapping[str, Any], ready: _Sealed) -> bool:
    """Tell whether the hall is at the end of the run, so that the next one follows for it."""
    epoch, seq = ready.end
    return not answer.get("forked") and answer.get("cursor") == {"epoch": epoch, "seq": seq}


def _go_on(line: Line, ahead: _Sealed | None) -> Future[dict[str, Any]] | None:
    return line.courier.submit(_post, line, ahead) if line.courier and ahead else None


def _wait_for(under_way: Future[dict[str, Any]] | None) -> None:
    """Let an envelope arrive that nobody asks after: what it brought is sent and answered again."""
    if under_way is not None:
        wait([under_way])


def show(line: Line, after: tuple[int, int]) -> tuple[int, int] | None:
    """Send the run after a place that the hall may contradict; return where it ends, None at last.

    Nothing is noted of the answer: the hall keeps what contradicts its ledger.
    """
    ready = _seal(line, after)
    if ready is None:
        return None
    _post(line, ready)
    return ready.end


def _seal(
    line: Line, after: tuple[int, int] | None = None, *, may_stand_still: bool = True
) -> _Sealed | None:
    """Return the next run after a place, of what is pending without one; None at the end.

    Raises HallRefuses for a machine that stands still and may not.
    """
    with line.transactions.reading() as session:
        peer = peer_of(session)
        if peer.recovery is not None and not may_stand_still:
            raise HallRefuses(heads.WORDS[peer.recovery])
        run = journal.tail(session, after or peer.acknowledged, line.pace.budget)
        if not run:
            return None
        frame = envelope_of(session, line, peer, run)
    return _Sealed(run, frame, PublicIdentity.from_hex(peer.hall_public))


def _deliver(
    line: Line, ready: _Sealed, under_way: Future[dict[str, Any]] | None
) -> tuple[dict[str, Any], _Sealed | None]:
    """Return the answer, and the next envelope where it was sealed while the line was used.

    ``under_way`` is the answer to come where it was sent already.
    """
    # A short run is the last one nearly always.
    if line.courier is None or (under_way is None and len(ready.run) < _WORTH_LOOKING_AHEAD):
        return _post(line, ready), None
    answer = under_way or line.courier.submit(_post, line, ready)
    try:
        ahead = _seal(line, ready.end)
    finally:
        wait([answer])
    return answer.result(), ahead


def _post(line: Line, ready: _Sealed) -> dict[str, Any]:
    reach("push.sealed")
    answer: dict[str, Any] = unpack(line.transport.post("/envelopes", ready.frame)).open(
        ready.hall.signing, line.identity.sealing
    )
    reach("push.answered")
    named = [(entry.seq, entry.digest) for entry in ready.run]
    return {**answer, "verdicts": naming.expanded(answer["verdicts"], named)}


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
        **versions.told(),
    }
    version = versions.to_write(peer)
    if version == VERSION:
        payload = {
            "entries": [entry_to_wire(entry) for entry in run],
            "keys": {subject: key.hex() for subject, key in case_keys.items()},
        }
    else:
        payload = columns.written(run, case_keys)
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(header, payload, line.identity.signing, reader, version)


def note_acknowledgement(
    session: Session,
    run: list[Entry],
    answer: dict[str, Any],
    now: datetime,
    rebuild: Rebuilder = _LEAVE,
) -> tuple[bool, str | None]:
    """Keep verdicts and move the place to where the hall says it is; tell whether that moved it.

    It moves forward over entries whose verdict the answer tells, and over no others: an entry
    counts as received only by a verdict that names its digest. What a restored hall has judged
    otherwise than the lost one is drawn anew by ``rebuild``. When the hall sees a fork or is
    ahead of this terminal, the cursor stays, and why is told too. Raises HallRefuses when an entry
    is not named.
    """
    peer = peer_of(session)
    if answer["forked"]:
        stand_still(peer, FORKED)
        return False, FORKED
    named = {verdict["digest"]: verdict for verdict in answer["verdicts"]}
    if not answer["gap"] and any(entry.digest.hex() not in named for entry in run):
        raise HallRefuses("the acknowledgement does not name every entry")
    changed = verdicts.note(session, run, named, answer, peer.hall_epoch)
    if changed:
        rebuild(session, changed)
    before = peer.acknowledged
    fault = heads.note(session, answer, now, _told(session, peer, run, named))
    if fault is not None:
        return False, fault
    # The lost hall may have refused an entry, and nobody has heard it: only its decision is known.
    subjects = {entry.subject for entry in run}
    rebuild.draw(session, lost_words.spoken_of(session, InboxItem.subject.in_(subjects)))
    peer.hall_epoch = int(answer["hall_epoch"])
    watermark.note(peer, answer)
    versions.hear(peer, answer)
    peer.heard(int(answer["hall_time"]), now)
    peer.last_error = None
    return peer.acknowledged != before, None


def _told(
    session: Session, peer: Peer, run: list[Entry], named: Mapping[str, Any]
) -> tuple[int, int] | None:
    """Return the last place of the run when all verdicts up to there are known, or None."""
    if not run or any(entry.digest.hex() not in named for entry in run):
        return None
    first = (run[0].epoch, run[0].seq)
    if first == (peer.ack_epoch, peer.ack_seq + 1):
        return (run[-1].epoch, run[-1].seq)
    # A carrier's run may begin beyond the place, when a restored hall was heard of meanwhile.
    following = branches.place_after(session, peer.acknowledged)
    if following is not None and first > following:
        return None
    return (run[-1].epoch, run[-1].seq)
