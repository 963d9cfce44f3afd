"""What a terminal's worker wipes and ends because its time is over.

Neighbours: ``worker`` runs this in a thread, ``redating`` keeps ages true, ``kiosk.backup.wiping``
takes closed cases away.
"""

import threading
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk import clock, redating
from kiosk.app_services import Services
from kiosk.backup import wiping
from kiosk.cases import drafts, feedback
from kiosk.cases.help import records
from kiosk.counter import days
from kiosk.db import AppTransactions
from kiosk.devices.model import DevicePicture
from kiosk.materials import brought
from kiosk.materials.model import Material
from kiosk.uploads.store import UploadStore
from sync import elapsed

log = structlog.get_logger(__name__)

#: A picture that no case took is wiped after a day.
LOOSE_MATERIAL = timedelta(hours=24)
#: One that a tablet brought waits for its case, which may be kept up by a line that is gone again.
LOOSE_OF_TABLET = timedelta(days=30)
#: What stopped on its way in is forgotten; the tablet has it still.
STALE_UPLOAD = timedelta(days=7)
TIDY_SECONDS = 600.0
#: How soon it is noticed that the clock was put right.
LOOK_SECONDS = 10.0


def run(transactions: AppTransactions, parts: Services, stop: threading.Event) -> None:
    """Tidy up now and then until ``stop`` is set; runs in a thread of the worker.

    What the clock was put right under is dated anew before anything is wiped by its age.
    """
    seen, tidied = redating.Look(), elapsed.monotonic()
    while not stop.wait(min(LOOK_SECONDS, TIDY_SECONDS)):
        now = redating.Look()
        is_due = elapsed.monotonic() - tidied >= TIDY_SECONDS
        try:
            if is_due or abs(now.advance(seen)) > redating.SLACK:
                with transactions.writing() as session:
                    redating.redate(session, seen, now)
            # What could not be dated anew on a full disk is so the next time.
            seen = now
            if is_due:
                tidied = elapsed.monotonic()
                with transactions.writing() as session:
                    tidy(session, parts)
                wiping.wipe(transactions, parts)
        except (SQLAlchemyError, OSError, ValueError, OverflowError) as error:
            # What should be wiped must not stay for good because the disk was full for a while.
            log.error("tidying_failed", error=type(error).__name__)


def tidy(session: Session, parts: Services) -> None:
    """Wipe abandoned drafts and pictures no case took, end left help, tell a counter's days.

    Lets clocks run, too, that only a lost hall has let stand. Idempotent.
    """
    drafts.wipe_old(session, parts)
    records.end_left(session, parts)
    days.tell(session)
    feedback.forget_lost_pauses(session)
    now = clock.now()
    brought.wipe_old(session, now - LOOSE_OF_TABLET)
    loose = select(Material).where(
        Material.case_id.is_(None),
        Material.created_at < now - LOOSE_MATERIAL,
        Material.id.not_in(select(DevicePicture.material_id)),
    )
    for material in session.scalars(loose).all():
        parts.blobs.remove(material.sha256)
        session.execute(delete(Material).where(Material.id == material.id))
    parts.blobs.sweep((now - LOOSE_MATERIAL).timestamp())
    UploadStore(parts.config.data_dir / "uploads", parts.keyring).sweep(now - STALE_UPLOAD)
