"""The hall role: the exchange's server side, enrolment, the desk and the monitor."""

from flask import Blueprint

from kiosk.hall import sync_api


def blueprint() -> Blueprint:
    """Return the blueprint of the hall."""
    hall = Blueprint("hall", __name__)
    hall.register_blueprint(sync_api.bp)
    return hall
