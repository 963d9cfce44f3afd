"""The state of terminals: a light, the reason in words, and all that is known of each.

Everything is derived from the terminal's row and the ledger at the moment of asking; nothing is
kept a second time. Neighbours: `terminal_lights` has the rule, `fleet` finds which to show.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.db import reading
from kiosk.hall import finding_words, pace_here, pulse, staging, tablets, terminal_lights
from kiosk.hall.pace_here import Pace
from kiosk.hall.refusals import refusal_in_words
from kiosk.hall.tablets import TabletState
from kiosk.hall.terminal_lights import (
    GREEN,
    GREY,
    LATE,
    LOW_DISK_BYTES,
    OLD,
    RANK,
    RED,
    SILENT,
    SKEW_MS,
    YELLOW,
    Moment,
)
from sync import ledger, releases
from sync.ledger import Fork, Terminal

__all__ = [
    "GREEN",
    "GREY",
    "LATE",
    "LOW_DISK_BYTES",
    "OLD",
    "RED",
    "SILENT",
    "SKEW_MS",
    "YELLOW",
    "TerminalState",
    "overview",
    "state_of",
    "states",
]


_INSTANTS = {"last_seen", "last_entry_at", "last_good_at", "oldest_at", "paused_until"}


@dataclass(frozen=True, slots=True)
class TerminalState:
    """One row of the overview; ``words`` says why the light is what it is."""

    number: str
    station_code: str
    station_name: str
    standing: str
    light: str
    #: What was found, by its name in `terminal_lights`.
    finding: str
    words: Text
    last_seen: datetime | None
    last_entry_at: datetime | None
    #: When an entry of it was taken in, or it reported no error: the later of both.
    last_good_at: datetime | None
    pending: int
    oldest_at: datetime | None
    blobs_outstanding: int
    applied: int
    held: int
    quarantined: int
    refused: int
    last_error: str | None
    skew_ms: int | None
    version: str | None
    disk_free: int | None
    disk_total: int | None
    #: The catalogue release it offers to people; another than the hall's; why it refused that.
    release: str | None
    is_older: bool
    refused_release: str | None
    refusal: Text | None
    #: Two machines with its identity were noticed, or may be at work: an admin should look.
    is_doubtful: bool
    #: Entries that contradict the ledger, kept beside it.
    kept_apart: int
    #: As it last told of them; those in use first.
    devices: tuple[TabletState, ...]
    #: Contacts by quarter-hour, see `pulse`.
    pulse: str
    #: How fast its queue comes, and how long it will take; None without a queue.
    pace: Pace | None
    paused_until: datetime | None

    @property
    def created(self) -> int:
        """All entries the terminal is known to have made (I6)."""
        return self.applied + self.refused + self.held + self.quarantined + self.pending

    def as_json(self) -> dict[str, Any]:
        """Return JSON values, the words in the reader's language."""
        values = asdict(self)
        values["words"] = self.words.to(reading_language())
        values["refusal"] = self.refusal and self.refusal.to(reading_language())
        for row in (values, *values["devices"]):
            for name in _INSTANTS & row.keys():
                row[name] = row[name].isoformat() if row[name] else None
        return values


def overview() -> list[TerminalState]:
    """Return all terminals, worst first, then by number."""
    with reading() as session:
        ids = session.scalars(select(Terminal.terminal_id)).all()
        rows = states(session, ids)
    return sorted(rows, key=lambda row: (RANK[row.light], row.number))


def states(session: Session, ids: Sequence[str]) -> list[TerminalState]:
    """Return these terminals in this order, with a fixed number of queries; unknown ones lack."""
    found = {
        each.terminal_id: each
        for start in range(0, len(ids), 500)
        for each in session.scalars(
            select(Terminal).where(Terminal.terminal_id.in_(ids[start : start + 500]))
        )
    }
    terminals = [found[each] for each in ids if each in found]
    few = ids if len(ids) <= 500 else None
    current = releases.current_of(session)
    known = _Around(
        newest=current.sha256 if current else None,
        ahead=staging.staged(session),
        tallies=_tallies(session, few),
        apart=_apart(session, few),
        ordered=tablets.ordered(session, terminals),
        paces=pace_here.of(session, [each for each in terminals if each.reported_pending]),
        at=terminal_lights.moment_here(session, clock.now()),
    )
    return [_state(each, known) for each in terminals]


def state_of(session: Session, terminal: Terminal) -> TerminalState:
    """Return one terminal."""
    return states(session, [terminal.terminal_id])[0]


@dataclass(frozen=True, slots=True)
class _Around:
    """What is asked of the database once for many terminals."""

    newest: str | None
    #: The release of stations that have a newer one ahead of the others.
    ahead: Mapping[str, str]
    tallies: Mapping[str, Mapping[str, int]]
    apart: Mapping[str, int]
    ordered: frozenset[str]
    paces: Mapping[str, Pace]
    at: Moment


def _tallies(session: Session, ids: Collection[str] | None) -> dict[str, dict[str, int]]:
    counted = ledger.unapplied(ids)
    return {
        row.terminal_id: {name: int(getattr(row, name)) for name in ledger.NOT_APPLIED}
        for row in session.execute(select(counted))
    }


def _apart(session: Session, ids: Collection[str] | None) -> dict[str, int]:
    query = select(Fork.terminal_id, func.count()).group_by(Fork.terminal_id)
    if ids is not None:
        query = query.where(Fork.terminal_id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _state(terminal: Terminal, known: _Around) -> TerminalState:
    tally = known.tallies.get(terminal.terminal_id, {})
    finding = terminal_lights.first_of(terminal, tally, known.at)
    held, quarantined, refused = (tally.get(name, 0) for name in ledger.NOT_APPLIED)
    wanted = known.ahead.get(terminal.station_code, known.newest)
    is_paused = terminal.paused_until is not None and terminal.paused_until > known.at.now
    return TerminalState(
        number=terminal.number,
        station_code=terminal.station_code,
        station_name=terminal.station_name,
        standing=terminal.standing,
        light=finding.light,
        finding=finding.code,
        words=finding_words.words_of(finding.code, terminal, tally, known.at),
        last_seen=terminal.last_seen,
        last_entry_at=terminal.last_entry_at,
        last_good_at=_later(terminal.reported_well_at, terminal.last_entry_at),
        pending=terminal.reported_pending,
        oldest_at=terminal.reported_oldest_at,
        blobs_outstanding=terminal.reported_blobs,
        applied=terminal.taken - held - quarantined - refused,
        held=held,
        quarantined=quarantined,
        refused=refused,
        last_error=terminal.reported_error,
        skew_ms=terminal.skew_ms,
        version=terminal.reported_version,
        disk_free=terminal.reported_disk_free,
        disk_total=terminal.reported_disk_total,
        release=terminal.release,
        is_older=wanted is not None and terminal.release != wanted,
        refused_release=terminal.refused_release,
        refusal=refusal_in_words(terminal.refusal) if terminal.refused_release else None,
        is_doubtful=any((terminal.forked_at, terminal.twins_at, terminal.cloned_at)),
        kept_apart=known.apart.get(terminal.terminal_id, 0),
        devices=tablets.of(terminal, known.ordered),
        pulse=pulse.seen_at(terminal, known.at.now),
        pace=known.paces.get(terminal.terminal_id),
        paused_until=terminal.paused_until if is_paused else None,
    )


def _later(*times: datetime | None) -> datetime | None:
    return max((each for each in times if each is not None), default=None)
