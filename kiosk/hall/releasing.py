"""The hall makes a catalogue release: check, keep, sign, tell the terminals, all or some first.

A release is never changed: the same bytes are the same release, and giving them again changes
nothing. Neighbours: ``kiosk.cli.releases`` calls it, ``staging`` tells some stations first,
``enrolment`` tells a new terminal of the current one, ``sync_api`` hands the packed bytes out, the
pages are ``releases`` and ``rolling``.
"""

from pathlib import Path

import structlog
import zstandard
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from forms.release import Catalogue, ReleaseDamaged, check_readable, keep, write_whole
from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import alone, reading, writing
from kiosk.hall import staging
from kiosk.hall.staging import ReleaseStage
from kiosk.operators import audit
from sync import feed, releases
from sync.ledger import Terminal, hall_of
from sync.releases import Release, Statement

log = structlog.get_logger(__name__)

#: Packed once, as it is sent to many terminals over thin lines.
_LEVEL = 12
PACKED = ".json.zst"


def prepare(services: Services, content: bytes, source: str, by: str = audit.COMMAND) -> Release:
    """Keep and sign the bytes of a release and tell nobody, for a roll-out by station. Idempotent.

    Raises ReleaseDamaged when it cannot be read; then nothing is kept.
    """
    catalogue = _kept(services, content)
    with writing() as session:
        alone(session, "release")
        row = session.get(Release, catalogue.release)
        if row is None:
            row = _signed(session, services, catalogue, source)
            audit.record(session, "release.prepared", row.sha256, by, {"items": row.items})
    return row


def make_current(
    services: Services, content: bytes, source: str, by: str = audit.COMMAND
) -> Release:
    """Make the bytes of a release the current one and tell every approved terminal. Idempotent.

    ``source`` says where it is from, for people. Given again, it is told again to those terminals
    alone that refused or missed it. Stations that are ahead have this one again, too: a command is
    the way back. Raises ReleaseDamaged when it cannot be read; then nothing is released.
    """
    catalogue = _kept(services, content)
    with writing() as session:
        alone(session, "release")
        row = session.get(Release, catalogue.release) or _signed(
            session, services, catalogue, source
        )
        _adopt(session, row, by)
    _announced(services, row)
    return row


def make_current_for_all(services: Services, release: str, by: str) -> Release:
    """Make a release that was prepared or rolled out the current one, and tell who has not got it.

    Raises NotFound, Conflict when a newer one is current or rolled out, ReleaseMissing when its
    file cannot be read.
    """
    check_readable(services.releases.of(release))
    with writing() as session:
        alone(session, "release")
        row = staging.found(session, release)
        staging.check_newer(session, row)
        staging.check_none_ahead(session, row)
        _adopt(session, row, by)
    _announced(services, row)
    return row


def _kept(services: Services, content: bytes) -> Catalogue:
    """Check the bytes of a release and keep them, packed too; ReleaseDamaged."""
    if len(content) > releases.MAX_RELEASE_BYTES:
        raise ReleaseDamaged(f"it is larger than {releases.MAX_RELEASE_BYTES} bytes")
    catalogue = Catalogue(content)
    check_readable(catalogue)
    folder = services.releases.folder
    keep(catalogue, folder)
    packed = _packed_file(folder, catalogue.release)
    write_whole(packed, zstandard.compress(content, _LEVEL))
    return catalogue


def _adopt(session: Session, row: Release, by: str) -> None:
    """Note that it is current and tell the terminals; the caller commits."""
    query = select(Terminal.terminal_id).where(Terminal.standing == "approved")
    ahead = select(ReleaseStage.station_code)
    if row.state == releases.CURRENT:
        # Who has read all that it was told and does not use it, refused it or has missed it; and
        # who was told of another.
        missed = and_(Terminal.release.is_distinct_from(row.sha256), ~feed.unread())
        query = query.where(or_(missed, Terminal.station_code.in_(ahead)))
    else:
        # Who had it ahead of the others need not be told again.
        own = ahead.where(ReleaseStage.release == row.sha256)
        query = query.where(
            or_(Terminal.release.is_distinct_from(row.sha256), Terminal.station_code.not_in(own))
        )
    releases.adopt(session, row.sha256)
    told = session.scalars(query).all()
    staging.end_all(session)
    releases.announce(session, told, row, clock.now())
    # What was typed as its source is not kept here: it may be anything.
    detail = {"items": row.items, "told": len(told)}
    audit.record(session, "release.published", row.sha256, by, detail)


def _announced(services: Services, row: Release) -> None:
    """Offer it at the hall too.

    After the commit: a release that no terminal was told of must not be in use here. After a kill
    in between the command is given again.
    """
    _choose_current(services, row.sha256)
    log.info("release_made", release=row.sha256, items=row.items)


def _choose_current(services: Services, made: str) -> None:
    """Offer the release that counts at the hall; `made` is the one of this command.

    Of two commands at once the later commit counts, whichever writes the file last: who has
    written looks again, until what was written is what counts.
    """
    written = None
    while (counts := _current_or(made)) != written:
        services.releases.choose(counts)
        written = counts


def _current_or(made: str) -> str:
    with reading() as session:
        row = releases.current_of(session)
        return row.sha256 if row else made


def tell_current(session: Session, terminal: Terminal) -> None:
    """Tell a terminal which release it should have; the caller commits."""
    row = staging.wanted_at(session, terminal.station_code)
    if row is not None:
        releases.announce(session, [terminal.terminal_id], row, clock.now())


def piece_of(
    session: Session, folder: Path, release: str, offset: int, most: int
) -> tuple[bytes, int]:
    """Return the packed bytes from ``offset``, at most ``most``, and how many there are in all.

    The total is 0 when this hall has not made such a release, or has lost its file.
    """
    if session.get(Release, release) is None:
        return b"", 0
    try:
        with _packed_file(folder, release).open("rb") as file:
            total = file.seek(0, 2)
            file.seek(min(offset, total))
            return file.read(most), total
    except OSError as error:
        log.error("packed_release_missing", release=release, error=type(error).__name__)
        return b"", 0


def _signed(session: Session, services: Services, catalogue: Catalogue, source: str) -> Release:
    at = int(clock.now().timestamp() * 1_000_000)
    size, count = len(catalogue.content), len(catalogue.items)
    statement = Statement(catalogue.release, size, count, hall_of(session).hall_id, at)
    signature = statement.sign(services.identity.signing)
    row = releases.new_row(statement, signature, releases.KEPT, source[:300])
    session.add(row)
    session.flush()
    return row


def _packed_file(folder: Path, release: str) -> Path:
    return folder / f"{release}{PACKED}"
