"""Sealed parcels: what a revoked tablet had not delivered, as ciphertext that it may still bring.

Whoever holds the tablet can hand in nothing and read nothing; people of the station decide over
each parcel, which this terminal alone can open. Knows no cases. Neighbours: `pairing` has the key,
`kiosk.terminal.parcels` takes one in.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.devices import pairing
from kiosk.devices.model import Device, SealedParcel
from kiosk.errors import Conflict, TooLarge

#: One case with its pictures.
MOST_BYTES = 15_000_000
#: All of one tablet: a stolen one must not fill the disk.
MOST_BYTES_OF_DEVICE = 500_000_000


def receive(services: Services, device: Device, data: bytes) -> SealedParcel:
    """Keep what a revoked tablet brings; the same bytes again are the same parcel.

    Conflict for a tablet that is not revoked, which brings its cases itself; TooLarge.
    """
    if device.revoked_at is None:
        message = Text(
            "平板没有停用，请按平常方式送。", "The tablet is not revoked; deliver as usual."
        )
        raise Conflict("device-not-revoked", message)
    if not 0 < len(data) <= MOST_BYTES or len(data) + _brought(device.id) > MOST_BYTES_OF_DEVICE:
        raise TooLarge("parcel-too-large", Text("封存包裹太大。", "The parcel is too large."))
    sha256 = services.blobs.put(data)
    with writing() as session:
        known = session.scalars(select(SealedParcel).where(SealedParcel.sha256 == sha256)).first()
        if known is not None:
            return known
        parcel = SealedParcel(
            id=clock.new_id(),
            device_id=device.id,
            sha256=sha256,
            bytes=len(data),
            arrived_at=clock.now(),
        )
        session.add(parcel)
    return parcel


def waiting(device_id: str) -> Sequence[SealedParcel]:
    """Return a tablet's parcels that nobody has taken in, in the order they came."""
    query = select(SealedParcel).where(
        SealedParcel.device_id == device_id, SealedParcel.taken_in_at.is_(None)
    )
    with reading() as session:
        return session.scalars(query.order_by(SealedParcel.id)).all()


def counts() -> Mapping[str, int]:
    """Return how many parcels wait, by tablet."""
    query = select(SealedParcel.device_id, func.count()).where(SealedParcel.taken_in_at.is_(None))
    with reading() as session:
        rows = session.execute(query.group_by(SealedParcel.device_id)).all()
    return {row[0]: row[1] for row in rows}


def opened(services: Services, device: Device, parcel: SealedParcel) -> bytes:
    """Return what is in a parcel; ValueError when it is damaged, or its blob is gone."""
    try:
        data = services.blobs.read(parcel.sha256)
    except FileNotFoundError as error:
        raise ValueError("the parcel's bytes are gone") from error
    return crypto.decrypt(pairing.key_of(services, device), data, b"")


def note_taken(services: Services, parcel: SealedParcel, operator_id: str) -> None:
    """Keep who took a parcel in; its case is in the journal, so its bytes go."""
    with writing() as session:
        row = session.get_one(SealedParcel, parcel.id)
        row.taken_in_at, row.taken_in_by, row.refusal = clock.now(), operator_id, None
    services.blobs.remove(parcel.sha256)


def note_refused(parcel: SealedParcel, code: str) -> None:
    """Keep why a parcel could not be taken in; it stays."""
    with writing() as session:
        session.get_one(SealedParcel, parcel.id).refusal = code[:40]


def _brought(device_id: str) -> int:
    query = select(func.sum(SealedParcel.bytes)).where(SealedParcel.device_id == device_id)
    with reading() as session:
        return session.scalar(query) or 0
