"""Terminal: the masked names of the applicants of a page of cases, with one query for all.

`history` opens one case with several queries, which is too slow for a list. Nothing but a masked
name leaves here. Neighbour: `work` lists the cases.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.masking import mask
from kiosk.cases import bodies
from kiosk.cases.history import VERSIONS
from kiosk.crypto import Keyring
from sync import keys
from sync.journal import JournalEntry

log = structlog.get_logger(__name__)


def masked_names(session: Session, keyring: Keyring, ids: Sequence[str]) -> dict[str, str]:
    """Return the masked name of each applicant whose case can be read, by the case's id."""
    case_keys = keys.fetch(session, keyring, ids)
    query = (
        select(JournalEntry.subject, JournalEntry.kind, JournalEntry.body)
        .where(JournalEntry.subject.in_(ids), JournalEntry.kind.in_(VERSIONS))
        .order_by(JournalEntry.subject_seq)
    )
    newest = {row.subject: row for row in session.execute(query)}
    names = {}
    for subject, row in newest.items():
        if subject not in case_keys:
            continue
        try:
            body = bodies.open_sealed(case_keys[subject], subject, row.kind, row.body)
            name = body["answers"].get("applicant", {}).get("name", "")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # One case that cannot be read must not take the list of all others away.
            log.error("body_not_readable", case=subject, error=type(error).__name__)
            continue
        names[subject] = mask("name", str(name))
    return names
