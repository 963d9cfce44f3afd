"""Which tablet sends the present request, asked of the table each time, and may it.

The cookie says an id and a secret, never rights: a revoked tablet is refused with its next request.
The kiosk's mark has the same cookie and another shape, so a browser is one of the two. Neighbours:
``kiosk.operators.access`` asks here, ``kiosk.operators.session`` binds a session to the tablet.
"""

import hmac
import re
from datetime import timedelta

from flask import g, request

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading, writing
from kiosk.devices.model import Device
from kiosk.devices.pairing import digest
from kiosk.errors import Unauthenticated

COOKIE = "device"
SECONDS_KEPT = 400 * 24 * 3600
#: A tablet that asks every few seconds is not written down each time.
_NOTED_AFTER = timedelta(seconds=15)
REVOKED = Text("这台平板已被停用，请找站长。", "This tablet has been revoked; ask the station.")
_COOKIE = re.compile(r"([0-9a-f-]{36})\.([\w-]{43})")


def present() -> Device | None:
    """Return the tablet whose secret came with this request, be it revoked; None for others."""
    if "device" not in g:
        g.device = _asked()
    found: Device | None = g.device
    return found


def bound_id() -> str | None:
    """Return the id of the tablet that a session may belong to; None elsewhere or once revoked."""
    device = present()
    return None if device is None or device.revoked_at else device.id


def refuse_revoked() -> None:
    """Raise Unauthenticated as `device-revoked` on a tablet that is shut out."""
    device = present()
    if device is not None and device.revoked_at is not None:
        raise Unauthenticated("device-revoked", REVOKED)


def required(*, even_revoked: bool) -> Device:
    """Return the tablet; Unauthenticated as `device-unknown` or `device-revoked`."""
    device = present()
    if device is None:
        raise Unauthenticated(
            "device-unknown",
            Text("这台设备没有和本站配对。", "This device is not paired with this station."),
        )
    if not even_revoked:
        refuse_revoked()
    _note(device)
    return device


def _asked() -> Device | None:
    told = _COOKIE.fullmatch(request.cookies.get(COOKIE, ""))
    if told is None:
        return None
    with reading() as session:
        device = session.get(Device, told[1])
    if device is None or device.secret_hash is None:
        return None
    return device if hmac.compare_digest(device.secret_hash, digest(told[2])) else None


def _note(device: Device) -> None:
    """Keep when it was seen, unless that was a moment ago; a clock set back is no reason not to."""
    now = clock.now()
    if device.last_seen_at and abs(now - device.last_seen_at) < _NOTED_AFTER:
        return
    with writing() as session:
        session.get_one(Device, device.id).last_seen_at = now
