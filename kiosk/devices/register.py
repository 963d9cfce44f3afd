"""The list of tablets: what each last said, and shutting one out.

Neighbours: ``pairing`` lets one in, ``presence`` refuses one that is revoked.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading, writing
from kiosk.devices.model import Device
from kiosk.errors import NotFound


def paired() -> Sequence[Device]:
    """Return every tablet that was ever paired, those in use first, then by name."""
    query = select(Device).where(Device.paired_at.is_not(None))
    with reading() as session:
        return session.scalars(
            query.order_by(Device.revoked_at.is_not(None), Device.name, Device.id)
        ).all()


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
