"""``/api/v1/tablet/sealed``: what a revoked tablet may still bring, as ciphertext and unseen.

Neighbours: `kiosk.devices.parcels` keeps it, `parcels` takes it in when somebody says so.
"""

from typing import Any

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint

from kiosk.app_services import services
from kiosk.devices import parcels, presence
from kiosk.operators.access import requires_device_even_revoked

bp = Blueprint("tablet_sealed", __name__, description="The terminal: parcels of revoked tablets")


@bp.route("/tablet/sealed")
class SealedView(MethodView):
    """Parcels that this terminal alone can open."""

    @requires_device_even_revoked
    @bp.response(201)
    def post(self) -> dict[str, Any]:
        """Keep a parcel: nonce (12 bytes), ciphertext, tag of AES-256-GCM under the tablet's key.

        The same bytes again get the same answer. 409 `device-not-revoked` for a tablet in use.
        """
        device = presence.present()
        assert device is not None  # noqa: S101 — the declaration let nobody else in
        parcel = parcels.receive(services(), device, request.get_data())
        return {"id": parcel.id, "sha256": parcel.sha256, "bytes": parcel.bytes}
