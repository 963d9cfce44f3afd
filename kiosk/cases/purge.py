"""Wipe what a terminal holds of cases that ended long ago and that a backup of the hall has.

A case goes when it is closed, its days of keeping are over, and everything recorded of it, files
and decisions too, is past the hall's mark (``sync.watermark``) with a verdict that nobody has to
look at. Its key is destroyed and its bodies are emptied; their SHA-256 stay, so that the chain
proves as before. The row stays with number and state, for the resident's receipt and for counting.
A bundle goes as a whole, and with each case the records of help that belong to it. PIPL, article
19: no longer than needed. Neighbours: the worker calls it, ``proof`` knows what it leaves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from kiosk import clock
from kiosk.cases import history
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.lifecycle import FINAL
from kiosk.cases.model import Assignment, Case
from kiosk.devices.model import DevicePicture
from kiosk.materials.model import Material
from sync import verdicts
from sync.blobs import BlobStore
from sync.expecting import ExpectedBlob
from sync.journal import JournalEntry
from sync.keys import SubjectKey
from sync.ledger import HELD, QUARANTINED
from sync.state import InboxItem, Peer, Verdict

#: So many cases at once, so that nobody waits for the database.
_MOST = 50
#: A record of help in one of these goes on, and so its case is kept.
_GOING_ON = (table.OPEN, table.SENT, table.READY, table.NEEDS)
#: What a picture's key is replaced by until its file is gone too.
_NO_KEY = b""


def due(session: Session, kept: timedelta, among: Sequence[str] | None = None) -> list[str]:
    """Return cases to wipe that ended longer than ``kept`` ago by the hall's time, some at a time.

    ``among`` asks for these only. The question takes a while where many cases wait for a backup, so
    that it is asked without the lock first.
    """
    peer = session.get(Peer, 1)
    if peer is None or peer.recovery is not None or peer.backed_up == (0, 0):
        # A machine that was restored does not know yet what is its own.
        return []
    # A clock that is a year ahead must not wipe a year too soon; one that was a year behind, and
    # was put right since the hall was heard, neither.
    before = clock.now() + timedelta(milliseconds=min(peer.skew_ms or 0, 0)) - kept
    query = _due(peer, before)
    if among is not None:
        query = query.where(Case.id.in_(among))
    ids = session.scalars(query.limit(_MOST)).all()
    # The limit must not part a bundle, whose cases share their pictures.
    bundles = select(Case.bundle_id).where(Case.id.in_(ids), Case.bundle_id.is_not(None))
    sisters = session.scalars(select(Case.id).where(Case.bundle_id.in_(bundles)))
    return sorted({*ids, *sisters})


def wipe_closed(session: Session, kept: timedelta, among: Sequence[str]) -> int:
    """Wipe those of the cases ``among`` that are ``due`` still; return how many.

    The caller commits. The pictures' keys go with this commit, their files afterwards:
    ``wipe_files``. Idempotent.
    """
    ids = due(session, kept, among)
    if not ids:
        return 0
    records = select(HelpRecord.id).where(HelpRecord.case_id.in_(ids))
    subjects = sorted({*ids, *session.scalars(records)})
    session.execute(delete(SubjectKey).where(SubjectKey.subject.in_(subjects)))
    # What a restored machine still fetches back would come after the wipe and stay.
    session.execute(delete(ExpectedBlob).where(ExpectedBlob.subject.in_(subjects)))
    for rows in (JournalEntry, InboxItem):
        session.execute(update(rows).where(rows.subject.in_(subjects)).values(body=b""))
    session.execute(
        update(Material).where(Material.case_id.in_(subjects)).values(wrapped_key=_NO_KEY)
    )
    session.execute(update(Assignment).where(Assignment.case_id.in_(ids)).values(note=None))
    session.execute(
        update(Case)
        .where(Case.id.in_(ids))
        .values(wiped_at=clock.now(), person=None, request_sha256=None, correction_sha256=None)
    )
    return len(ids)


def wipe_files(session: Session, store: BlobStore) -> int:
    """Delete the files whose keys are gone, then their rows; return how many. The caller commits.

    Whenever it is cut off, the next time finds what is left.
    """
    left: Sequence[Material] = session.scalars(
        select(Material).where(Material.wrapped_key == _NO_KEY)
    ).all()
    for material in left:
        store.remove(material.sha256)
        session.execute(delete(DevicePicture).where(DevicePicture.material_id == material.id))
        session.execute(delete(Material).where(Material.id == material.id))
    return len(left)


def _due(peer: Peer, before: datetime) -> Select[str]:
    """Select the ids of cases to wipe; sisters of a bundle are due together or not at all."""
    sister = aliased(Case)
    sisters = or_(
        sister.id == Case.id,
        and_(Case.bundle_id.is_not(None), sister.bundle_id == Case.bundle_id),
    )
    kept = exists().where(sisters, or_(*_reasons_to_keep(sister, peer, before)))
    return (
        select(Case.id)
        .where(Case.state.in_(FINAL), Case.wiped_at.is_(None), Case.changed_at < before, ~kept)
        .order_by(Case.changed_at)
    )


def _said_again() -> ColumnElement[bool]:
    """Return the condition that the restored hall has decided since the item that is lost.

    News is no decision, and stands for nothing but news of its kind that is lost.
    """
    later = aliased(InboxItem)
    return exists().where(
        later.subject == InboxItem.subject,
        later.seq > InboxItem.seq,
        later.kind != verdicts.KIND,
        or_(later.kind.not_in(history.NEWS), later.kind == InboxItem.kind),
        later.lost.is_(False),
    )


def _reasons_to_keep(case: type[Case], peer: Peer, before: datetime) -> list[ColumnElement[bool]]:
    """Return conditions of which each keeps ``case`` here."""
    record = aliased(HelpRecord)
    of_case = or_(
        JournalEntry.subject == case.id,
        JournalEntry.subject.in_(select(record.id).where(record.case_id == case.id)),
    )
    heard = or_(
        InboxItem.subject == case.id,
        InboxItem.subject.in_(select(record.id).where(record.case_id == case.id)),
    )
    sure = min(peer.acknowledged, peer.backed_up)
    return [
        case.state.not_in(FINAL),
        case.changed_at >= before,
        exists().where(
            HelpRecord.case_id == case.id,
            HelpRecord.id != case.id,
            HelpRecord.state.in_(_GOING_ON),
        ),
        exists().where(heard, InboxItem.seq > peer.backed_up_feed),
        exists().where(heard, InboxItem.lost, ~_said_again()),
        exists().where(of_case, sure < tuple_(JournalEntry.epoch, JournalEntry.seq)),
        exists().where(
            of_case,
            Verdict.digest == JournalEntry.digest,
            Verdict.verdict.in_((HELD, QUARANTINED)),
        ),
    ]
