"""``/session``: sign in, see who is signed in, sign out; on both roles.

The cookie alone is not enough to change anything: a signed-in operator's
requests also carry the token from here in ``X-CSRFToken``.
"""

from typing import Any

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, validate
from marshmallow import fields as wire

from kiosk.operators import audit, service
from kiosk.operators.access import public, requires
from kiosk.operators.model import ROLES, Operator
from kiosk.operators.session import begin, end, signed_in

bp = Blueprint("session", __name__, description="Signing in")


class Credentials(Schema):
    """What a person signs in with."""

    username = wire.String(required=True, validate=validate.Length(1, 40))
    password = wire.String(required=True, validate=validate.Length(1, 200), load_only=True)


class SessionShape(Schema):
    """Who is signed in, and the token for what they send."""

    username = wire.String(required=True)
    display_name = wire.String(required=True)
    role = wire.String(required=True)
    csrf_token = wire.String(required=True)


@bp.route("/session")
class SessionView(MethodView):
    """The present session."""

    @public
    @bp.arguments(Credentials)
    @bp.response(200, SessionShape)
    def post(self, credentials: dict[str, Any]) -> dict[str, str]:
        """Sign in. 401 for a wrong name or password alike, 429 after five failures."""
        operator = service.sign_in(
            credentials["username"], credentials["password"], request.remote_addr or ""
        )
        begin(operator)
        return _shape(operator)

    @requires(*ROLES)
    @bp.response(200, SessionShape)
    def get(self) -> dict[str, str]:
        """Tell who is signed in."""
        operator = signed_in()
        assert operator is not None  # noqa: S101 — ``requires`` let nobody else in
        return _shape(operator)

    @public
    @bp.response(204)
    def delete(self) -> None:
        """Sign out. Idempotent."""
        operator = signed_in()
        if operator is not None:
            audit.note("sign_out", operator.id, operator.id)
        end()


def _shape(operator: Operator) -> dict[str, str]:
    return {
        "username": operator.username,
        "display_name": operator.display_name,
        "role": operator.role,
        "csrf_token": generate_csrf(),
    }
