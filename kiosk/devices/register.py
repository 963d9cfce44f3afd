"""The list of tablets: what each last said, telling the hall of it, and shutting one out.

Neighbours: ``pairing`` lets one in, ``presence`` refuses one that is revoked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading, writing
from kiosk.devices.model import Device
from kiosk.errors import NotFound
from sync.feed import Item

#: The kind of the feed's item by which the hall shuts a tablet out.
ORDER = "device.revoked"
#: Who is said to have revoked a tablet that the hall has shut out.
HALL = "hall"
#: The hall is told of so many, those in use first.
MOST_TOLD = 100


def paired() -> Sequence[Device]:
    """Return every tablet that was ever paired, those in use first, then by name."""
    with reading() as session:
        return _paired(session)


def find(device_id: str) -> Device:
    """Return a paired tablet; NotFound."""
    with reading() as session:
        device = session.get(Device, device_id)
    if device is None or device.paired_at is None:
        raise NotFound("device_unknown", Text("没有这台平板。", "There is no such tablet."))
    return device


def report(device_id: str, backlog: int, oldest: datetime | None) -> None:
    """Keep what a tablet has not delivered; ``oldest`` is told by its own clock."""
    with writing() as session:
        device = session.get_one(Device, device_id)
        device.backlog, device.backlog_oldest_at = backlog, oldest
        device.last_seen_at = clock.now()


def revoke(device_id: str, by: str) -> Device:
    """Refuse the tablet from its next request on; NotFound. Idempotent, the first time stays."""
    find(device_id)
    with writing() as session:
        device = session.get_one(Device, device_id)
        if device.revoked_at is None:
            device.revoked_at, device.revoked_by = clock.now(), by
    return device


def obey(session: Session, item: Item) -> None:
    """Shut out the tablet that the hall names; one that is not here changes nothing. Idempotent."""
    device = session.get(Device, str(orjson.loads(item.body)["id"]))
    if device is not None and device.revoked_at is None:
        device.revoked_at, device.revoked_by = clock.now(), HALL


def told(session: Session) -> list[dict[str, Any]]:
    """Return what the hall is told of the tablets; times in microseconds since 1970."""
    return [
        {
            "id": device.id,
            "name": device.name,
            "last_seen": _microseconds(device.last_seen_at),
            "backlog": device.backlog,
            "oldest": _microseconds(device.backlog_oldest_at),
            "revoked": device.revoked_at is not None,
        }
        for device in _paired(session)[:MOST_TOLD]
    ]


def _paired(session: Session) -> Sequence[Device]:
    query = select(Device).where(Device.paired_at.is_not(None))
    return session.scalars(
        query.order_by(Device.revoked_at.is_not(None), Device.name, Device.id)
    ).all()


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000)
