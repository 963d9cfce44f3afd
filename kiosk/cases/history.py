"""The story of one case, drawn from the facts: journal and inbox, or ledger and feed.

Nothing of it is kept a second time. At the terminal the terminal's own facts
lie in the journal and the hall's in the inbox; at the hall they lie in ledger
and feed. This is the only place that knows which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from kiosk.cases import bodies
from kiosk.crypto import Keyring
from sync import feed, journal, keys, ledger
from sync.state import inbox_of_subject

#: Fact kind → the lifecycle verb that it is the record of.
VERBS = {
    "case.corrected": "correct",
    "case.withdrawn": "withdraw",
    "case.accepted": "accept",
    "case.returned": "return",
    "case.approved": "approve",
    "case.refused": "refuse",
    "case.delivered": "deliver",
}


class _Row(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def recorded_at(self) -> int: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a case; ``body`` is opened, or None when its key is gone."""

    kind: str
    at: datetime
    body: dict[str, Any] | None


def _rows(session: Session, case_id: str) -> Iterator[_Row]:
    yield from journal.of_subject(session, case_id)
    yield from inbox_of_subject(session, case_id)
    yield from (row for row in ledger.of_subject(session, case_id) if row.verdict == ledger.APPLIED)
    yield from feed.of_subject(session, case_id)


def facts(session: Session, keyring: Keyring, case_id: str) -> list[Fact]:
    """Return the facts of a case in the order in which they were recorded."""
    key = keys.fetch(session, keyring, [case_id]).get(case_id)
    # Two clocks wrote these times; whatever they say, nothing came before the submission.
    rows = sorted(
        _rows(session, case_id), key=lambda row: (row.kind != "case.submitted", row.recorded_at)
    )
    return [
        Fact(
            row.kind,
            datetime.fromtimestamp(row.recorded_at / 1_000_000, UTC),
            None if key is None else bodies.open_sealed(key, case_id, row.kind, row.body),
        )
        for row in rows
    ]


def taken_verbs(session: Session, case_id: str) -> frozenset[str]:
    """Return the lifecycle verbs that this case has seen."""
    return frozenset(VERBS[row.kind] for row in _rows(session, case_id) if row.kind in VERBS)


def receipt_body(session: Session, keyring: Keyring, case_id: str) -> dict[str, Any]:
    """Return the body of the first submission (number, token); LookupError when it is gone."""
    for fact in facts(session, keyring, case_id):
        if fact.kind == "case.submitted" and fact.body is not None:
            return fact.body
    raise LookupError("the submission of this case is not readable here")


def current_body(session: Session, keyring: Keyring, case_id: str) -> dict[str, Any] | None:
    """Return the body of the newest version handed in, or None when its key is destroyed."""
    versions = [
        fact
        for fact in facts(session, keyring, case_id)
        if fact.kind in {"case.submitted", "case.corrected"}
    ]
    return versions[-1].body if versions else None
