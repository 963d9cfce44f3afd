"""What a station was told of a case by a hall that is lost, for whoever decides it again.

It is shown and never taken: nothing proves it. Neighbours: ``sync.lost_words`` keeps it, `case`
shows it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.app_services import Services
from kiosk.cases import bodies
from kiosk.db import reading
from sync import keys, lost_words
from sync.content import CONTENT_ERRORS


@dataclass(frozen=True, slots=True)
class Word:
    """One fact as the station has it; ``kind`` as in `dossier.Happening`."""

    kind: str
    at: datetime
    note: str
    reasons: tuple[str, ...]


def words_of(services: Services, case_id: str) -> tuple[Word, ...]:
    """Return what the station was told of a case, in order; what does not open is left out."""
    found = []
    with reading() as session:
        words = lost_words.of_subject(session, case_id)
        key = keys.fetch(session, services.keyring, [case_id]).get(case_id, b"") if words else b""
    for word in words if key else ():
        try:
            body = bodies.open_sealed(key, case_id, word.kind, word.body)
        except CONTENT_ERRORS:
            continue
        found.append(
            Word(
                word.kind.removeprefix("case."),
                datetime.fromtimestamp(word.recorded_at / 1_000_000, UTC),
                str(body.get("note") or ""),
                tuple(str(each) for each in body.get("reasons") or ()),
            )
        )
    return tuple(found)
