"""The story of one case, drawn from the facts: journal and inbox, or ledger and feed.

Nothing of it is kept a second time. At the terminal the terminal's own facts
lie in the journal and the hall's in the inbox; at the hall they lie in ledger
and feed. This is the only place that knows which.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from kiosk.cases import bodies
from sync import feed, journal, keys, ledger, quarantine, verdicts
from sync.keys import Wrapper
from sync.state import inbox_of_subject

#: Fact kind → the lifecycle verb that it is the record of.
VERBS = {
    "case.corrected": "correct",
    "case.withdrawn": "withdraw",
    "case.supplied": "supply",
    "case.rated": "rate",
    "case.accepted": "accept",
    "case.returned": "return",
    "case.approved": "approve",
    "case.refused": "refuse",
    "case.delivered": "deliver",
    "case.lapsed": "lapse",
}


#: Fact kinds that hold a version of the application, and what was supplied to one later.
VERSIONS = frozenset({"case.submitted", "case.corrected"})
SUPPLIED = "case.supplied"
#: What the hall tells the applicant beside decisions: see ``news``. No part of the story.
PAUSED, RESUMED, ANSWERED = "case.paused", "case.resumed", "case.answered"
NEWS = frozenset({PAUSED, RESUMED, ANSWERED})
#: Told to nobody who looks at the case: who rates must not have to mind what a clerk thinks.
CONFIDENTIAL = frozenset({"case.rated"})


#: A decision that was told again with the result of the whole bundle is a fact of this kind, and
#: this is what its body has more.
BUNDLE_CLOSED, RESULT = "bundle.closed", "bundle_result"


class _Row(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def recorded_at(self) -> int: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a case; ``body`` is opened, or None when its key is gone.

    ``place`` counts the terminal's own entries of the case; the hall's facts have none. What the
    hall has refused happened all the same, and changed nothing. What ``is_lost`` was said by a hall
    before it was restored from a backup that does not have it.
    """

    kind: str
    at: datetime
    body: dict[str, Any] | None
    place: int | None = None
    is_refused: bool = False
    is_lost: bool = False


def _rows(session: Session, case_id: str) -> Iterator[_Row]:
    yield from journal.of_subject(session, case_id)
    yield from inbox_of_subject(session, case_id)
    yield from quarantine.applied_of_subject(session, case_id)
    yield from feed.of_subject(session, case_id)


def facts(
    session: Session, keyring: Wrapper, case_id: str, *, with_news: bool = False
) -> list[Fact]:
    """Return the facts of a case in the order in which they were recorded.

    Ratings are left out, and what was told beside decisions unless it is asked for.
    """
    left_out = CONFIDENTIAL if with_news else CONFIDENTIAL | NEWS
    key = keys.fetch(session, keyring, [case_id]).get(case_id)
    refused = _refused(session, case_id)
    # Two clocks wrote these times; whatever they say, nothing came before the submission.
    rows = sorted(
        (row for row in _rows(session, case_id) if row.kind not in left_out),
        key=lambda row: (row.kind != "case.submitted", row.recorded_at),
    )
    return [_fact(row, key, refused) for row in rows]


def _fact(row: _Row, key: bytes | None, refused: frozenset[int]) -> Fact:
    body = None if key is None else bodies.open_fact(key, row)
    place = getattr(row, "subject_seq", None)
    kind = BUNDLE_CLOSED if place is None and body and RESULT in body else row.kind
    at = datetime.fromtimestamp(row.recorded_at / 1_000_000, UTC)
    is_lost = bool(getattr(row, "lost", False))
    return Fact(kind, at, body, place, (place or 0) in refused, is_lost)


def _refused(session: Session, case_id: str) -> frozenset[int]:
    """Return the places of those of a terminal's own entries that the hall has refused."""
    own = journal.of_subject(session, case_id)
    refused = verdicts.refused_among(session, [entry.digest for entry in own])
    return frozenset(entry.subject_seq for entry in own if entry.digest in refused)


def taken_verbs(session: Session, case_id: str, before: int | None = None) -> frozenset[str]:
    """Return the lifecycle verbs that this case has seen; what was refused has not been taken.

    With ``before``, those of the terminal's entries only that have a smaller place than this: an
    entry that is being replayed lies in the ledger already.
    """
    refused = _refused(session, case_id)
    return frozenset(
        VERBS[row.kind]
        for row in _rows(session, case_id)
        if row.kind in VERBS
        and (before is None or getattr(row, "subject_seq", 0) < before)
        and getattr(row, "subject_seq", 0) not in refused
    )


def taken_at_hall(session: Session, case_id: str) -> frozenset[str]:
    """Return the same where it is the hall that asks, which has neither journal nor inbox."""
    kinds = ledger.kinds_applied(session, case_id) | feed.kinds_told(session, case_id)
    return frozenset(VERBS[kind] for kind in kinds if kind in VERBS)


def receipt_body(session: Session, keyring: Wrapper, case_id: str) -> dict[str, Any]:
    """Return the body of the first submission (number, token); LookupError when it is gone."""
    for fact in facts(session, keyring, case_id):
        if fact.kind == "case.submitted" and fact.body is not None:
            return fact.body
    raise LookupError("the submission of this case is not readable here")


def current_body(session: Session, keyring: Wrapper, case_id: str) -> dict[str, Any] | None:
    """Return the body of the newest version handed in, or None when its key is destroyed.

    What was supplied to it later is in it; see ``newest_body``.
    """
    return newest_body(facts(session, keyring, case_id))


def newest_version(story: Iterable[Fact]) -> Fact | None:
    """Return the newest version among these facts as it was signed: without what came later."""
    # By place, not by time, as ``newest_body``.
    versions = (fact for fact in story if _counts(fact) and fact.kind in VERSIONS)
    return max(versions, key=lambda fact: fact.place or 0, default=None)


def newest_body(story: Iterable[Fact]) -> dict[str, Any] | None:
    """Return the newest version among these facts, with what was supplied since in its place.

    An attachment that came later has ``supplied_at``, the time in ISO 8601. None without a version
    or its key.
    """
    # By place, not by time: the terminal's clock may have been set back between two entries.
    own = sorted((fact for fact in story if _counts(fact)), key=lambda fact: fact.place or 0)
    body: dict[str, Any] | None = None
    for fact in own:
        if fact.kind in VERSIONS:
            body = fact.body
        elif fact.kind == SUPPLIED and body is not None and fact.body is not None:
            body = _with_supply(body, fact.body, fact.at)
    return body


def _counts(fact: Fact) -> bool:
    """Tell whether it is the terminal's own and stands; what a case began with is always shown."""
    return bool(fact.place) and (fact.place == 1 or not fact.is_refused)


def _with_supply(body: dict[str, Any], supply: dict[str, Any], at: datetime) -> dict[str, Any]:
    brought = {
        entry["requirement"]: {**entry, "supplied_at": at.isoformat()}
        for entry in supply["attachments"]
    }
    kept = [entry for entry in body["attachments"] if entry["requirement"] not in brought]
    files = {**body.get("files", {}), **supply["files"]}
    return {**body, "attachments": [*kept, *brought.values()], "files": files}
