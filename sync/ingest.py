"""The hall's side of a push: accept a run of entries in one transaction.

Accepting never depends on what an entry says: what cannot be replayed is kept
and marked *quarantined*, later entries of the same case are *held*, all other
cases go on. The same entries give the same answer until people at the hall judge one anew
(``quarantine``). The caller owns the transaction and answers only after it has committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync import bulk, columns, expecting, ledger, lives
from sync import keys as case_key
from sync.content import CONTENT_ERRORS
from sync.envelope import (
    VERSION,
    BadFrame,
    Entry,
    Frame,
    digest_from_hex,
    entry_from_wire,
    entry_to_wire,
    walk,
)
from sync.faultpoint import reach
from sync.keys import Wrapper
from sync.ledger import (
    APPLIED,
    HELD,
    QUARANTINED,
    REFUSED,
    Fork,
    LedgerEntry,
    Terminal,
)
from sync.tables import table_of

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """Raised by a replayer when the entry is understood but illegal in the case's present state."""


class NotKnownYet(Exception):
    """Raised by a replayer for an entry of a kind or version that its program does not know."""


_NOT_REPLAYED: tuple[type[Exception], ...] = (Refusal, NotKnownYet, *CONTENT_ERRORS)
#: Verdicts that keep the later entries of a case waiting.
BLOCKING = frozenset({QUARANTINED, HELD})
BEHIND = "an earlier entry of this case is quarantined or held"
#: How the reason of an entry begins that only another program of the hall can replay.
NEEDS = "needs "


class Replayer(Protocol):
    """Applies entries to the hall's cases (``kiosk.cases.replay``)."""

    def __call__(
        self,
        session: Session,
        terminal: Terminal,
        entries: Sequence[Entry],
        case_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        """Apply all entries in order, or raise; ``case_keys`` of their cases, where at hand.

        ``Refusal`` for an illegal step, ``NotKnownYet`` for what another version knows, one of
        ``CONTENT_ERRORS`` for what cannot be understood; any other error ends the transaction.
        """


@dataclass(frozen=True, slots=True)
class Run:
    """What an envelope's payload holds."""

    entries: tuple[Entry, ...]
    keys: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The outcome of one envelope: the cursor after it, and a verdict per entry."""

    cursor: tuple[int, int]
    head: bytes
    verdicts: tuple[tuple[Entry, str, str | None], ...]
    gap: bool
    forked: bool


def verdicts_to_wire(outcome: Acceptance) -> list[dict[str, Any]]:
    """Return the verdicts as JSON values, in the order of the entries."""
    return [
        {"seq": entry.seq, "digest": entry.digest.hex(), "verdict": verdict, "reason": reason}
        for entry, verdict, reason in outcome.verdicts
    ]


def read_payload(frame: Frame, payload: Any) -> Run:
    """Return the run in the opened payload of a frame; BadFrame when it is malformed."""
    if frame.version != VERSION:
        return Run(*columns.read(payload, frame.header.get("head")))
    try:
        entries = tuple(entry_from_wire(wire) for wire in payload["entries"])
        keys = {subject: digest_from_hex(key) for subject, key in payload["keys"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFrame("the payload is malformed") from error
    return Run(entries, keys)


def accept(
    session: Session,
    terminal: Terminal,
    run: Run,
    replay: Replayer,
    wrapper: Wrapper,
    received_at: datetime,
) -> Acceptance:
    """Take a run of entries into the ledger and replay the new ones.

    ``terminal`` must be locked by the caller for this transaction. Idempotent:
    entries that are already in the ledger are answered with the verdict they
    got. A run that begins past the cursor changes nothing (``gap``); an entry
    that contradicts the ledger is kept in ``fork`` and stops the run. With an entry the key of
    its case is kept, wrapped by ``wrapper``. An error that is not the entries' own ends the
    transaction: the run comes again. BadFrame for an id that was used before.
    """
    known = _known(session, terminal, run.entries)
    start = (terminal.cursor_epoch, terminal.cursor_seq)
    fresh = [e for e in run.entries if _place(e) > start]
    # Also an entry at a place that was passed over contradicts the ledger: an older epoch ended.
    rivals = [e for e in run.entries if _place(e) <= start and known.get(_place(e)) != e.digest]
    chain = walk(fresh, start, terminal.cursor_digest)
    if rivals or _is_fork(session, terminal, fresh, chain.fault):
        _keep_keys(session, wrapper, run, [*rivals, *fresh])
        return _fork(session, terminal, [*rivals, *fresh], received_at)
    if chain.fault is not None:
        return Acceptance(start, terminal.cursor_digest, (), gap=True, forked=False)
    is_plain = False
    if fresh:
        # First of all, so that the terminal's row is written once.
        terminal.cursor_epoch, terminal.cursor_seq = chain.place
        terminal.cursor_digest, terminal.last_entry_at = chain.digest, received_at
        terminal.taken += ledger.insert(session, terminal.terminal_id, fresh, received_at)
        is_plain = _take(session, terminal, run, fresh, replay, wrapper)
    session.flush()
    reach("envelope.accepted")
    # What went in at once needs no second look.
    lowered = {} if is_plain else _lowered(session, terminal, run.entries)
    return _accepted(terminal, run, lowered)


def _take(
    session: Session,
    terminal: Terminal,
    run: Run,
    fresh: Sequence[Entry],
    replay: Replayer,
    wrapper: Wrapper,
) -> bool:
    """Take new entries, which lie in the ledger; tell whether the whole run is *applied* now."""
    expecting.expect(session, terminal, fresh)
    # Before any savepoint: what is quarantined or held today may be replayed one day.
    case_keys = _keep_keys(session, wrapper, run, fresh)
    at_once = _apply(session, terminal, fresh, replay, case_keys)
    return at_once and len(fresh) == len(run.entries)


def _accepted(
    terminal: Terminal, run: Run, lowered: Mapping[str, tuple[str, str | None]]
) -> Acceptance:
    verdicts = tuple((e, *lowered.get(e.entry_id, (APPLIED, None))) for e in run.entries)
    cursor = (terminal.cursor_epoch, terminal.cursor_seq)
    return Acceptance(cursor, terminal.cursor_digest, verdicts, gap=False, forked=False)


def _keep_keys(
    session: Session, wrapper: Wrapper, run: Run, entries: Sequence[Entry]
) -> dict[str, bytes]:
    """Keep the keys of these entries' cases; one of an old entry may have been destroyed since."""
    subjects = {entry.subject for entry in entries}
    mine = {subject: key for subject, key in run.keys.items() if subject in subjects}
    return case_key.store(session, wrapper, mine)


def _place(entry: Entry) -> tuple[int, int]:
    return (entry.epoch, entry.seq)


def _is_fork(
    session: Session, terminal: Terminal, fresh: Sequence[Entry], fault: str | None
) -> bool:
    """Tell whether a run is of another machine: of an epoch that ended, or with a false beginning.

    A fault of a run that begins neither right after the cursor nor after what was kept is a gap.
    """
    if not fresh or fresh[0].epoch < terminal.fence_epoch:
        return bool(fresh)
    first = fresh[0]
    if fault is not None and _continues_fork(session, terminal, first):
        return True
    if first.epoch > terminal.cursor_epoch and first.seq == 1:
        return fault is not None and not lives.begins_lost_life(session, terminal, first)
    return fault is not None and _place(first) == (terminal.cursor_epoch, terminal.cursor_seq + 1)


def _continues_fork(session: Session, terminal: Terminal, entry: Entry) -> bool:
    before = session.get(Fork, entry.prev_digest)
    return before is not None and before.terminal_id == terminal.terminal_id


def _known(
    session: Session, terminal: Terminal, entries: Sequence[Entry]
) -> dict[tuple[int, int], bytes]:
    """Return the digests that the ledger has at the places of old entries."""
    cursor = (terminal.cursor_epoch, terminal.cursor_seq)
    old = [entry for entry in entries if _place(entry) <= cursor]
    if not old:
        return {}
    query = select(LedgerEntry.epoch, LedgerEntry.seq, LedgerEntry.digest).where(
        LedgerEntry.terminal_id == terminal.terminal_id,
        LedgerEntry.epoch.in_({entry.epoch for entry in old}),
        LedgerEntry.seq.in_([entry.seq for entry in old]),
    )
    return {(row.epoch, row.seq): row.digest for row in session.execute(query)}


def _lowered(
    session: Session, terminal: Terminal, entries: Sequence[Entry]
) -> dict[str, tuple[str, str | None]]:
    """Return verdict and reason of those of these entries that were not applied, by their id."""
    table = LedgerEntry.__table__
    query = select(table.c.entry_id, table.c.verdict, table.c.reason).where(
        table.c.terminal_id == terminal.terminal_id,
        bulk.among(session, table.c.entry_id, [entry.entry_id for entry in entries]),
        table.c.verdict != APPLIED,
    )
    return {row.entry_id: (row.verdict, row.reason) for row in session.execute(query)}


def _fork(
    session: Session, terminal: Terminal, entries: Sequence[Entry], seen_at: datetime
) -> Acceptance:
    fresh = {each.digest: each for each in entries if session.get(Fork, each.digest) is None}
    # Kept before, or recorded anew since a carrier was loaded with them: no second machine.
    if not ledger.has_facts(session, terminal.terminal_id, fresh.values()):
        terminal.forked_at = terminal.forked_at or seen_at
    for entry in fresh.values():
        session.add(
            Fork(
                digest=entry.digest,
                terminal_id=terminal.terminal_id,
                epoch=entry.epoch,
                seq=entry.seq,
                seen_at=seen_at,
                wire=orjson.dumps(entry_to_wire(entry)),
            )
        )
    session.flush()
    log.error("terminal_forked", terminal=terminal.terminal_id, entries=len(entries))
    cursor = (terminal.cursor_epoch, terminal.cursor_seq)
    return Acceptance(cursor, terminal.cursor_digest, (), gap=False, forked=True)


def _apply(
    session: Session,
    terminal: Terminal,
    entries: Sequence[Entry],
    replay: Replayer,
    case_keys: Mapping[str, bytes],
) -> bool:
    """Replay the whole run at once; only when that fails, entry by entry to find the culprit.

    Tell whether it went in at once, all of it *applied*.
    """
    blocked = _blocked(session, terminal, {entry.subject for entry in entries})
    if not blocked:
        try:
            with session.begin_nested():
                replay(session, terminal, entries, case_keys)
        except _NOT_REPLAYED as error:  # the edge between accepting and understanding
            log.warning(
                "run_replayed_singly", terminal=terminal.terminal_id, error=type(error).__name__
            )
        else:
            return True
    for entry in entries:
        if entry.subject in blocked:
            ledger.mark(session, terminal, entry, HELD, BEHIND)
            continue
        verdict, reason = judge(session, terminal, entry, replay)
        if verdict != APPLIED:
            ledger.mark(session, terminal, entry, verdict, reason)
        if verdict in BLOCKING:
            blocked.add(entry.subject)
    return False


def judge(
    session: Session, terminal: Terminal, entry: Entry, replay: Replayer
) -> tuple[str, str | None]:
    """Replay one entry in a savepoint and return verdict and reason; the ledger is not touched.

    The reason never says what is in the entry.
    """
    try:
        with session.begin_nested():
            replay(session, terminal, [entry])
    except Refusal as refusal:
        return REFUSED, str(refusal)
    except NotKnownYet:
        log.warning("entry_needs_an_update", entry=entry.entry_id, terminal=terminal.terminal_id)
        told = terminal.reported_version
        of = f", which program {told} wrote" if told else ""
        return HELD, f"{NEEDS}{entry.kind} of version {entry.version}{of}"
    except IntegrityError as error:
        # The message of a database error quotes values; its constraint is enough.
        log.error("entry_quarantined", entry=entry.entry_id, error=type(error.orig).__name__)
        return QUARANTINED, f"IntegrityError: {type(error.orig).__name__}"
    except CONTENT_ERRORS as error:  # a poison entry must not stop the other cases
        log.error("entry_quarantined", entry=entry.entry_id, error=type(error).__name__)
        return QUARANTINED, type(error).__name__
    return APPLIED, None


def _blocked(session: Session, terminal: Terminal, subjects: set[str]) -> set[str]:
    # Of this terminal only: nobody can hold another terminal's cases by naming them.
    query = select(LedgerEntry.subject).where(
        LedgerEntry.terminal_id == terminal.terminal_id,
        LedgerEntry.verdict.in_(BLOCKING),
        bulk.among(session, table_of(LedgerEntry).c.subject, subjects),
    )
    return set(session.scalars(query))
