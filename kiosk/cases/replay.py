"""Hall: apply a terminal's entries to the hall's cases (``sync.ingest.Replayer``).

Runs in the transaction that also inserts the ledger rows and moves the cursor.
An illegal step becomes a recorded refusal that flows back; anything that cannot
be understood raises, and ``ingest`` quarantines it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from kiosk.cases import bodies, lifecycle
from kiosk.cases.history import taken_verbs
from kiosk.cases.model import Case, token_hash
from sync import keys as case_key
from sync.envelope import Entry
from sync.ingest import Refusal
from sync.keys import Wrapper
from sync.ledger import Terminal
from sync.tables import table_of

_CASES = table_of(Case)


class Unreadable(ValueError):
    """An entry whose body, key or kind this hall cannot read."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The replayer; ``wrapper`` keeps the case keys at the hall."""

    wrapper: Wrapper

    def __call__(
        self,
        session: Session,
        terminal: Terminal,
        entries: Sequence[Entry],
        keys: Mapping[str, bytes],
    ) -> None:
        """Apply ``entries`` in order.

        Raises Refusal for an illegal step; Unreadable, KeyError or ValueError for a poison one.
        """
        subjects = {entry.subject for entry in entries}
        case_key.store(session, self.wrapper, {s: k for s, k in keys.items() if s in subjects})
        case_keys = case_key.fetch(session, self.wrapper, subjects)
        new: list[dict[str, Any]] = []
        for entry in entries:
            if entry.kind == "case.submitted" and entry.version == 1:
                new.append(_case_row(terminal, entry, _body(entry, case_keys)))
            else:
                _insert(session, new)
                _STEPS[_known(entry)](session, terminal, entry, _body(entry, case_keys))
        _insert(session, new)


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(_CASES.insert(), rows)
        rows.clear()


def _known(entry: Entry) -> str:
    if entry.version != 1 or entry.kind not in _STEPS:
        raise Unreadable(f"{entry.kind} of version {entry.version} is not known here")
    return entry.kind


def _body(entry: Entry, case_keys: Mapping[str, bytes]) -> dict[str, Any]:
    if entry.subject not in case_keys:
        raise Unreadable("the key of the case did not come with it")
    return bodies.open_sealed(case_keys[entry.subject], entry.subject, entry.kind, entry.body)


def _case_row(terminal: Terminal, entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    return {
        "id": entry.subject,
        "number": str(body["number"]),
        "token_hash": token_hash(str(body["token"])),
        "item": str(body["item"]),
        "release": str(body["release"]),
        "state": lifecycle.SUBMITTED,
        "terminal_id": terminal.terminal_id,
        "station_code": terminal.station_code,
        "channel": str(body["channel"]),
        "submitted_at": at,
        "changed_at": at,
    }


def _corrected(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    case = _step(session, terminal, entry, "correct")
    case.release = str(body["release"])


def _withdrawn(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    _step(session, terminal, entry, "withdraw")


def _step(session: Session, terminal: Terminal, entry: Entry, verb: str) -> Case:
    case = session.get(Case, entry.subject, with_for_update=True)
    if case is None:
        raise Unreadable("the case is not at the hall")
    if case.terminal_id != terminal.terminal_id:
        raise Unreadable("the case belongs to another terminal")
    try:
        target = lifecycle.next_state(case.state, verb, taken_verbs(session, case.id))
    except lifecycle.Illegal as error:
        raise Refusal(str(error)) from error
    case.state = target
    case.changed_at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    return case


_STEPS: Mapping[str, Callable[[Session, Terminal, Entry, dict[str, Any]], None]] = {
    "case.corrected": _corrected,
    "case.withdrawn": _withdrawn,
}
