"""Pairing a tablet with this terminal: a name and a code by the staff, a secret for the tablet.

The code works once and for ten minutes and is kept as a hash. The secret lies in the tablet's
cookie alone. Knows no requests. Neighbours: `model`, `presence` asks for the secret later.
"""

import hashlib
import re
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.devices.model import Device
from kiosk.errors import FieldProblem, Invalid, NotFound

#: How long a code may be brought.
VALID = timedelta(minutes=10)
LONGEST_NAME = 40
#: Capitals and digits without those that look like another.
LETTERS = "346789ABCDEFGHJKMNPQRTUVWXY"
CODE_LENGTH = 8
#: So many pairings of one tablet are followed back.
MOST_BEFORE = 10

UNKNOWN = Text(
    "配对码不对、已用过或超过10分钟。请在工作人员的“平板”页面重新出一个码。",
    "The code is wrong, used, or older than 10 minutes. Make a new one on the staff's page of "
    "tablets.",
)


def invite(services: Services, name: str, operator_id: str) -> tuple[str, str]:
    """Make a place for a tablet of this name; return its id and the code that pairs it.

    Those nobody brought in time are wiped. Invalid for no name or one that is too long.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        problem = FieldProblem(
            "name",
            "malformed",
            Text("请给平板起一个1到40字的名字。", "Give the tablet a name of 1 to 40 characters."),
        )
        raise Invalid("name_invalid", problem.message, (problem,))
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    device_id, now = clock.new_id(), clock.now()
    with writing() as session:
        session.execute(
            delete(Device).where(Device.paired_at.is_(None), Device.code_expires_at < now)
        )
        session.add(
            Device(
                id=device_id,
                name=name,
                code_hash=digest(code),
                code_expires_at=now + VALID,
                paired_by=operator_id,
                sealed_key=services.keyring.wrap(crypto.new_key(), key_context(device_id)),
            )
        )
    return device_id, code


def pair(code: str, previous: Device | None = None) -> tuple[Device, str]:
    """Use a code up; return the tablet and what its cookie says: id and secret.

    ``previous`` is the pairing that this tablet proved to have had until now, be it revoked.
    NotFound alike for an unknown, used or expired code.
    """
    secret, now = secrets.token_urlsafe(32), clock.now()
    wanted = digest(re.sub(r"[\s-]", "", code).upper())
    with writing() as session:
        device = session.scalars(select(Device).where(Device.code_hash == wanted)).first()
        if device is None or device.code_expires_at is None or device.code_expires_at < now:
            raise NotFound("pairing_code_unknown", UNKNOWN)
        device.code_hash = device.code_expires_at = None
        device.secret_hash, device.paired_at, device.last_seen_at = digest(secret), now, now
        device.previous_id = previous.id if previous else None
    return device, f"{device.id}.{secret}"


def key_of(services: Services, device: Device) -> bytes:
    """Return the key the tablet encrypts its queue with, 32 bytes; ValueError when damaged."""
    return services.keyring.unwrap(device.sealed_key, key_context(device.id))


def keys_before(services: Services, device: Device) -> list[tuple[str, bytes]]:
    """Return id and key of each pairing that this tablet had before, the last one first.

    ValueError when a key is damaged.
    """
    found: list[tuple[str, bytes]] = []
    with reading() as session:
        earlier = session.get(Device, device.previous_id) if device.previous_id else None
        while earlier is not None and len(found) < MOST_BEFORE:
            found.append((earlier.id, key_of(services, earlier)))
            earlier = session.get(Device, earlier.previous_id) if earlier.previous_id else None
    return found


def key_context(device_id: str) -> bytes:
    """Return what the sealed key is bound to."""
    return f"device:{device_id}".encode()


def digest(text: str) -> str:
    """Return the SHA-256 by which a code or secret is kept, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
