"""Taking in what a revoked tablet had not delivered: opened here, then the way of every case.

A parcel holds JSON: `case` as `POST /api/v1/tablet/cases` takes it, `idempotency_key`, and
`pictures`, each `sha256` and `base64`. Where the case names a material it says the SHA-256 of a
picture in the parcel, or of one that came in a parcel before it, or the id of one that was brought
before. A parcel without `case` brings pictures for one that follows. Neighbours: `tablets` is
the page, `kiosk.devices.parcels` keeps parcels.
"""

import base64
import binascii
import hashlib
import json
import re
from typing import Any

import structlog
from marshmallow import ValidationError

from kiosk.app_services import Services
from kiosk.cases import leasing, tablets
from kiosk.cases.submission import Origin
from kiosk.devices import parcels
from kiosk.devices.model import Device, SealedParcel
from kiosk.errors import DomainError
from kiosk.materials import brought
from kiosk.terminal.api import submission_of
from kiosk.terminal.tablet_api import TabletCaseShape

_SHA256 = re.compile(r"[0-9a-f]{64}")

log = structlog.get_logger(__name__)


def take_all(services: Services, device: Device, operator_id: str) -> tuple[int, int]:
    """Take in all parcels of a tablet; return how many cases were taken, and what could not be.

    Those stay, with the reason. Idempotent: a case that was taken in before is not made again.
    """
    taken = refused = 0
    for parcel in parcels.waiting(device.id):
        try:
            is_case = _take(services, device, parcel, operator_id)
        except DomainError as error:
            code = error.code
        except ValidationError:
            code = "request_invalid"
        except (ValueError, KeyError, TypeError, AttributeError):
            code = "parcel_unreadable"
        else:
            parcels.note_taken(services, parcel, operator_id)
            taken += is_case
            continue
        log.warning("parcel_not_taken", reason=code)
        parcels.note_refused(parcel, code)
        refused += 1
    return taken, refused


def _take(services: Services, device: Device, parcel: SealedParcel, operator_id: str) -> bool:
    """Take one in; return whether it held a case."""
    told = json.loads(parcels.opened(services, device, parcel))
    materials = {}
    for picture in told.get("pictures", []):
        sha256, data = _picture(picture)
        materials[sha256] = brought.take(services, device.id, sha256, data)
    if "case" not in told:
        return False
    before = _brought_before(device, told["case"])
    case = tablets.renamed(told["case"], before | materials)
    if case.get("number") is None:
        # Made when the tablet had no number left: it gets one now, as it would have then.
        (label,) = leasing.lease(device.id, 1)
        case = {**case, "number": label.number, "token": label.token}
    body: dict[str, Any] = TabletCaseShape().load(case)
    origin = Origin(body["number"], body["filled_at"].isoformat(), body["operator"])
    sender = tablets.Sender(device.id, operator_id, (tablets.AFTER_REVOCATION,))
    key = str(told["idempotency_key"])[:80]
    tablets.take_in(services, submission_of(body, "tablet", origin), body["token"], key, sender)
    return True


def _brought_before(device: Device, case: Any) -> dict[str, str]:
    """Return the materials that came in earlier parcels, by the SHA-256 the case names them by."""
    digests = {text for text in tablets.texts(case) if _SHA256.fullmatch(text)}
    found = {each: brought.known(device.id, each) for each in digests}
    return {sha256: material for sha256, material in found.items() if material is not None}


def _picture(told: Any) -> tuple[str, bytes]:
    """Return digest and bytes of a picture; ValueError when they do not belong together."""
    try:
        data = base64.b64decode(told["base64"], validate=True)
    except binascii.Error as error:
        raise ValueError("a picture is no base64") from error
    if hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise ValueError("a picture is another")
    return told["sha256"], data
