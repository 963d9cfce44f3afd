"""Taking a case in that was filled on a tablet, perhaps days ago and without a line.

It goes the one way of all cases (`service.submit`), under the number that its receipt has already.
What has changed meanwhile is noted for the staff and never a reason to refuse: the resident has a
receipt. Neighbours: `leasing` gives numbers, `kiosk.terminal.tablet_api` calls.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from sqlalchemy import select

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import deferral, service
from kiosk.cases.service import Leased, Receipt
from kiosk.cases.submission import Submission
from kiosk.db import reading
from kiosk.errors import Invalid
from kiosk.materials import brought
from kiosk.operators.model import Operator
from kiosk.receipts.leases import Label

#: The account that filled it is disabled, no more known here, or not of this station's staff.
OPERATOR_DISABLED, OPERATOR_UNKNOWN = "operator-disabled", "operator-unknown"
OPERATOR_ELSEWHERE = "operator-elsewhere"
#: It is taken with another release than it was filled with.
RELEASE_CHANGED = "release-changed"
_ID_LENGTH = 36
#: The tablet had been revoked when it came.
AFTER_REVOCATION = "after-revocation"


@dataclass(frozen=True, slots=True)
class Sender:
    """The tablet a case comes from and who is signed in there, None for a sealed parcel."""

    device_id: str
    operator_id: str | None
    notes: tuple[str, ...] = ()


def take_in(
    services: Services, submission: Submission, token: str, idempotency_key: str, sender: Sender
) -> Receipt:
    """Submit a case under a leased number; idempotent by key as ``service.submit`` is.

    ``submission.origin`` is as the tablet told it. It is judged by the release it was filled with,
    and else by the newest. Raises what ``service.submit`` raises; Invalid is that of the newest.
    """
    told = submission.origin
    if told is None:
        raise ValueError("a case of a tablet says where it was filled")
    request = _as_sent(submission).sha256()
    # Whatever has changed since, what was taken in once is answered alike.
    earlier = service.handed_in(services, idempotency_key, request)
    if earlier is not None:
        return earlier
    filled_by, notes = _filled_by(services, told.operator)
    origin = replace(
        told, device=sender.device_id, sent_by=sender.operator_id, notes=sender.notes + notes
    )
    submission = replace(
        _with_signed_days(services, submission),
        origin=origin,
        operator=filled_by or sender.operator_id,
    )
    submission = _with_own_pictures(services, submission, sender.device_id)
    leased = Leased(Label(told.number, token), sender.device_id, request)
    try:
        return service.submit(services, submission, idempotency_key, leased)
    except Invalid:
        newest = services.catalogue.release
        if submission.release in ("", newest):
            raise
    changed = replace(origin, notes=(*origin.notes, RELEASE_CHANGED))
    submission = replace(submission, release=newest, origin=changed)
    return service.submit(services, submission, idempotency_key, leased)


def _as_sent(submission: Submission) -> Submission:
    """Return a submission that names pictures by what the tablet sent, and not by what they became.

    A tablet that was paired anew brings the same pictures again, and they are other materials; the
    case is the same.
    """
    return _with_pictures(submission, brought.digests(_picture_ids(submission)))


def _picture_ids(submission: Submission) -> set[str]:
    ids = {each for attachment in submission.attachments for each in attachment.materials}
    ids |= {value for value in texts(submission.answers) if len(value) == _ID_LENGTH}
    return (ids | {submission.signature.material or ""}) - {""}


def _with_own_pictures(services: Services, submission: Submission, device_id: str) -> Submission:
    """Give the case copies of pictures that another case of the same tablet has already."""
    new = brought.copies(services, device_id, _picture_ids(submission))
    return _with_pictures(submission, new)


def _with_pictures(submission: Submission, new: Mapping[str, str]) -> Submission:
    if not new:
        return submission
    signed = submission.signature
    return replace(
        submission,
        answers=renamed(submission.answers, new),
        attachments=tuple(
            replace(each, materials=tuple(new.get(one, one) for one in each.materials))
            for each in submission.attachments
        ),
        signature=replace(signed, material=new.get(signed.material or "", signed.material)),
    )


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(texts, value))


def renamed(value: Any, new: Mapping[str, str]) -> Any:
    """Return a JSON value in which every text that is a key of ``new`` is what that says."""
    if isinstance(value, str):
        return new.get(value, value)
    if isinstance(value, Mapping):
        return {name: renamed(each, new) for name, each in value.items()}
    if isinstance(value, list):
        return [renamed(each, new) for each in value]
    return value


def _with_signed_days(services: Services, submission: Submission) -> Submission:
    """Keep the days that were signed for what follows later, as far as they can still be met.

    One that has passed meanwhile, or that the item would not give, is fixed anew on arrival.
    """
    try:
        catalogue = services.releases.of(submission.release or services.catalogue.release)
        item = catalogue.form(submission.item, submission.answers)
    except LookupError:
        return submission
    today = clock.today()
    latest = deferral.due_on(item, today) or today
    attachments = tuple(
        replace(entry, due=None)
        if entry.due and not today.isoformat() <= entry.due <= latest.isoformat()
        else entry
        for entry in submission.attachments
    )
    return replace(submission, attachments=attachments)


def _filled_by(services: Services, username: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the id of the account of this name, and what is to be noted of it.

    The tablet says so, and nobody can prove it: the case may be looked after only by staff of this
    station. For anybody else the id is None.
    """
    with reading() as session:
        query = select(Operator).where(Operator.username == username)
        operator = session.scalars(query).one_or_none()
    if operator is None:
        return None, (OPERATOR_UNKNOWN,)
    station = services.station
    if station is None or not operator.is_staff_of(station.code):
        return None, (OPERATOR_ELSEWHERE,)
    return operator.id, (() if operator.active else (OPERATOR_DISABLED,))
