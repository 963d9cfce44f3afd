"""Releases that this hall lacks and a case of a terminal was filled with: asked for and kept.

They came with another version of the program. A release is named by its own hash, so that it can
be asked for among the files of a case, whoever has it. Never made current by this. Neighbour:
``sync_api`` calls both when entries and files arrive.
"""

from collections.abc import Mapping

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.releases import Releases
from sync.expecting import ExpectedBlob
from sync.obtain import NotTaken
from sync.releases import MAX_RELEASE_BYTES

log = structlog.get_logger(__name__)


def expect(
    session: Session, releases: Releases, terminal_id: str, named: Mapping[str, str]
) -> None:
    """Ask the terminal for the releases that are not here; the caller commits.

    ``named`` maps what cases name as their release to one of these cases.
    """
    for release, case_id in named.items():
        if releases.lacks(release):
            asked = {"subject": case_id, "lost_at": None, "given_up_at": None}
            session.merge(ExpectedBlob(sha256=release, terminal_id=terminal_id, **asked))


def shelve(services: Services, sha256: str) -> None:
    """Put a file that has arrived among the releases when it is one that a case waits for.

    It stays among the files too: a terminal that names another's file as its release gains nothing.
    """
    with reading() as session:
        query = select(Case.id).join(ExpectedBlob, ExpectedBlob.subject == Case.id)
        query = query.where(ExpectedBlob.sha256 == sha256, Case.release == sha256)
        is_waited_for = session.scalars(query.limit(1)).first() is not None
    if not is_waited_for or services.blobs.size(sha256) > MAX_RELEASE_BYTES:
        return
    try:
        services.releases.take_in(services.blobs.read(sha256))
    except NotTaken as error:
        log.error("release_not_taken", release=sha256, reason=error.reason)
