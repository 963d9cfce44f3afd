"""Terminal: what the hall has not taken, in a form that people can be told. Reads only.

The hall's reason for a machine is never shown to residents; words of an admin are. Neighbours:
`sync.verdicts` keeps what the hall said, `queries` shows one case, `kiosk.terminal.staff` all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from kiosk.cases.model import Case
from sync.ingest import NEEDS
from sync.journal import JournalEntry
from sync.ledger import APPLIED, HELD, QUARANTINED, REFUSED
from sync.quarantine import SET_ASIDE_REASON
from sync.state import Verdict

#: The list of a station is for looking; whoever needs more has the hall's page.
MOST = 50
_RANK = {QUARANTINED: 0, HELD: 1, REFUSED: 2}


@dataclass(frozen=True, slots=True)
class Objection:
    """One entry that the hall has not taken, or not yet.

    ``words`` are those of the admin who set it aside, empty otherwise.
    """

    subject: str
    kind: str
    verdict: str
    words: str
    needs_update: bool
    recorded_at: datetime
    #: The case's number, None for what is no case.
    number: str | None = None

    @property
    def ends_the_case(self) -> bool:
        """Tell whether the hall has no such case and will have none."""
        return self.verdict == REFUSED and self.kind == "case.submitted"


def of_case(session: Session, case_id: str) -> Objection | None:
    """Return what the hall objects to in a case, the gravest first; None when to nothing.

    What was refused is past once something of the same kind was recorded after it.
    """
    kinds = select(JournalEntry.kind, JournalEntry.subject_seq)
    own = session.execute(kinds.where(JournalEntry.subject == case_id)).all()
    last = {kind: max(seq for each, seq in own if each == kind) for kind, _ in own}
    query = select(JournalEntry, Verdict).join(Verdict, Verdict.digest == JournalEntry.digest)
    rows = session.execute(
        query.where(JournalEntry.subject == case_id, Verdict.verdict != APPLIED).order_by(
            JournalEntry.subject_seq.desc()
        )
    ).all()
    standing = [
        (entry, said)
        for entry, said in rows
        if said.verdict != REFUSED or entry.subject_seq == last[entry.kind]
    ]
    worst = min(standing, key=lambda pair: _RANK.get(pair[1].verdict, 0), default=None)
    return None if worst is None else _objection(*worst, None)


def of_station(session: Session) -> list[Objection]:
    """Return what the hall has not taken, the newest first, `MOST` at most."""
    query = (
        select(JournalEntry, Verdict, Case.number)
        .join(Verdict, Verdict.digest == JournalEntry.digest)
        .outerjoin(Case, Case.id == JournalEntry.subject)
        .where(Verdict.verdict != APPLIED)
        .order_by(JournalEntry.epoch.desc(), JournalEntry.seq.desc())
    )
    return [_objection(*row) for row in session.execute(query.limit(MOST))]


def objected_among(session: Session, ids: list[str]) -> set[str]:
    """Return those of these cases that the hall objects to something in."""
    said = and_(Verdict.digest == JournalEntry.digest, Verdict.verdict != APPLIED)
    query = select(JournalEntry.subject).join(Verdict, said).where(JournalEntry.subject.in_(ids))
    return set(session.scalars(query))


def _objection(entry: JournalEntry, said: Verdict, number: str | None) -> Objection:
    reason = said.reason or ""
    return Objection(
        subject=entry.subject,
        kind=entry.kind,
        verdict=said.verdict,
        words=reason.removeprefix(SET_ASIDE_REASON) if reason.startswith(SET_ASIDE_REASON) else "",
        needs_update=reason.startswith(NEEDS),
        recorded_at=datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC),
        number=number,
    )
