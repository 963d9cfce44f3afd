"""``/api/v1/tablet``: what a paired tablet asks and brings; see docs/tablets.md.

Routes hold no rules. Every call needs the tablet's cookie and a session that was begun on it.
Neighbours: `tablet_uploads` takes pictures, `kiosk.devices` knows tablets, `kiosk.cases.tablets`
takes cases in.
"""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, validate
from marshmallow import fields as wire

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import leasing, tablets
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Origin
from kiosk.cases.work import brief
from kiosk.devices import pairing, presence, register
from kiosk.devices.model import Device
from kiosk.errors import Unavailable
from kiosk.operators.access import requires_device
from kiosk.operators.session import operator_id, signed_in, was_begun_within
from kiosk.terminal.api import (
    MAX_ATTACHMENTS,
    AttachmentShape,
    ReceiptShape,
    SubmissionShape,
    idempotency_key,
    submission_of,
)
from kiosk.terminal.on_duty import member_of_staff

#: So long after a password the tablet's key is given: to choose a PIN, and to nobody who finds a
#: tablet that is in use.
KEY_GIVEN = timedelta(minutes=2)

#: So many numbers a tablet may tell that it has: those in reserve, and those of cases not sent.
MOST_HELD = 5_000

#: Instants that a row can hold; a tablet's clock may say anything.
STORABLE = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

bp = Blueprint("tablet_api", __name__, description="The terminal: what its tablets ask and bring")


class BacklogShape(Schema):
    """What a tablet has not delivered: how many cases, and since when by its own clock."""

    backlog = wire.Integer(required=True, validate=validate.Range(0, 100_000))
    oldest = wire.AwareDateTime(
        load_default=None, allow_none=True, validate=validate.Range(*STORABLE)
    )


class LeaseShape(Schema):
    """How many receipt numbers are asked for, and all that the tablet still has."""

    count = wire.Integer(required=True, validate=validate.Range(1, leasing.MOST_AT_ONCE))
    holding = wire.List(
        wire.String(validate=validate.Regexp(r"[0-9]{15}\Z")),
        load_default=None,
        validate=validate.Length(max=MOST_HELD),
    )


class TabletAttachmentShape(AttachmentShape):
    """As ever, and the day that was promised and signed for what follows later."""

    due = wire.Date(load_default=None, allow_none=True)


class TabletCaseShape(SubmissionShape):
    """An application that was filled on the tablet, under a number that was leased to it."""

    attachments = wire.List(
        wire.Nested(TabletAttachmentShape),
        load_default=list,
        validate=validate.Length(max=MAX_ATTACHMENTS),
    )

    number = wire.String(required=True, validate=validate.Regexp(r"[0-9]{15}\Z"))
    token = wire.String(required=True, validate=validate.Length(1, 80))
    filled_at = wire.AwareDateTime(required=True)
    operator = wire.String(required=True, validate=validate.Length(1, 40))


@bp.route("/tablet/state")
class StateView(MethodView):
    """Who the tablet is, who is signed in, and what the terminal offers."""

    @requires_device("staff")
    @bp.response(200)
    def get(self) -> dict[str, Any]:
        """Tell the tablet all that it needs to work without a line.

        Its own key only in the first two minutes after somebody signed in with a password.
        """
        return _state(_device())

    @requires_device("staff")
    @bp.arguments(BacklogShape)
    @bp.response(200)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Note what the tablet has not delivered, and answer as GET does."""
        device = _device()
        register.report(device.id, body["backlog"], body["oldest"])
        return _state(device)


@bp.route("/tablet/leases")
class LeasesView(MethodView):
    """Receipt numbers for cases that are made without a line."""

    @requires_device("staff")
    @bp.arguments(LeaseShape)
    @bp.response(200)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Lease numbers, fewer when the bound is near; 409 `leases-full` when there are enough.

        Unused ones that are not among ``holding`` got lost on their way and are never used.
        """
        labels = leasing.lease(_device().id, body["count"], body["holding"])
        return {"numbers": [{"number": each.number, "token": each.token} for each in labels]}


@bp.route("/tablet/cases")
class TabletCasesView(MethodView):
    """Cases that were filled on the tablet."""

    @requires_device("staff")
    @bp.arguments(TabletCaseShape())
    @bp.response(201, ReceiptShape)
    def post(self, body: dict[str, Any]) -> Receipt:
        """Take a case or those of a bundle in; ``Idempotency-Key`` as for POST /cases."""
        key, sender = idempotency_key(), tablets.Sender(_device().id, operator_id())
        origin = Origin(body["number"], body["filled_at"].isoformat(), body["operator"])
        submission = submission_of(body, "tablet", origin)
        return tablets.take_in(services(), submission, body["token"], key, sender)


@bp.route("/tablet/work")
class WorkView(MethodView):
    """The work list of who is signed in, for a tablet to keep."""

    @requires_device("staff")
    @bp.response(200)
    def get(self) -> dict[str, Any]:
        """Tell my open cases, 200 at most, applicants masked, and the counts of all tabs.

        ``group`` says which tabs a case stands in; ``as_of`` is when this terminal said so.
        """
        operator, station = member_of_staff()
        return brief(services(), station, operator.id)


def _device() -> Device:
    device = presence.present()
    assert device is not None  # noqa: S101 — ``requires_device`` let nobody else in
    return device


def _state(device: Device) -> dict[str, Any]:
    parts, operator = services(), signed_in()
    station = parts.station
    if station is None:
        message = Text("本终端还没有接入中心。", "This terminal has not been enrolled yet.")
        raise Unavailable("not_enrolled", message)
    return {
        "device": {"id": device.id, "name": device.name},
        "operator": operator
        and {
            "id": operator.id,
            "name": operator.display_name,
            "username": operator.username,
        },
        "terminal": {"id": station.terminal_id, "number": station.number},
        # A station has one name, as the hall's people wrote it.
        "station": {"code": station.code, "name": {"zh": station.name, "en": station.name}},
        "release": parts.catalogue.release,
        "now": clock.now().isoformat(),
        "unlock": _unlock(device),
        "csrf_token": generate_csrf(),
    }


def _unlock(device: Device) -> dict[str, Any]:
    """Return what tells the tablet's key from another, and the keys while they may be given."""
    parts = services()
    key = pairing.key_of(parts, device)
    told: dict[str, Any] = {"mark": ".".join(map(str, hashlib.sha256(key).digest()[:8]))}
    if not was_begun_within(KEY_GIVEN):
        return told
    before = pairing.keys_before(parts, device)
    told["key"] = base64.b64encode(key).decode()
    told["previous"] = [
        {"id": earlier, "key": base64.b64encode(each).decode()} for earlier, each in before
    ]
    return told
