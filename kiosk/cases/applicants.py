"""The masked names of the applicants of a page of cases, with one query for all.

`history` opens one case with several queries, which is too slow for a list. Nothing but a masked
name leaves here. Neighbours: `work` lists a terminal's cases, `kiosk.hall.worklist` the hall's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import structlog
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from forms.masking import mask
from kiosk.cases import bodies
from kiosk.cases.history import VERSIONS
from kiosk.crypto import Keyring
from sync import keys
from sync.journal import JournalEntry

log = structlog.get_logger(__name__)


class Version(Protocol):
    """A version of a case as it lies sealed."""

    @property
    def subject(self) -> str:
        """The case."""

    @property
    def kind(self) -> str:
        """The kind of its entry."""

    @property
    def body(self) -> bytes:
        """What is sealed."""

    @property
    def blobs(self) -> Sequence[str]:
        """The files that its entry names."""


def masked_names(session: Session, keyring: Keyring, ids: Sequence[str]) -> dict[str, str]:
    """Return the masked name of each applicant of this terminal whose case can be read, by case."""
    query = (
        select(JournalEntry.subject, JournalEntry.kind, JournalEntry.body, JournalEntry.blobs)
        .where(JournalEntry.subject.in_(ids), JournalEntry.kind.in_(VERSIONS))
        .order_by(JournalEntry.subject_seq)
    )
    return masked_in(session.execute(query), keys.fetch(session, keyring, ids))


def masked_in(
    versions: Iterable[Version | Row[Any]], case_keys: Mapping[str, bytes]
) -> dict[str, str]:
    """Return the same from rows of subject, kind and sealed body, of each case the newest last."""
    newest = {row.subject: row for row in versions}
    names = {}
    for subject, row in newest.items():
        if subject not in case_keys:
            continue
        try:
            body = bodies.open_fact(case_keys[subject], row)
            name = body["answers"].get("applicant", {}).get("name", "")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # One case that cannot be read must not take the list of all others away.
            log.error("body_not_readable", case=subject, error=type(error).__name__)
            continue
        names[subject] = mask("name", str(name))
    return names
