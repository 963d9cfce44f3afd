"""The hall's part of ``/api/v1``: cases, decisions, terminals.

Reading is for clerks, admins and auditors; deciding for clerks and admins.
"""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, validate
from marshmallow import fields as wire
from sqlalchemy import select, tuple_

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import desk
from kiosk.cases.lifecycle import STATES
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.errors import NotFound
from kiosk.hall import looking_for, scope
from kiosk.hall.fleet import fleet
from kiosk.hall.monitor import states
from kiosk.operators.access import requires
from kiosk.operators.session import signed_in

#: As many cases may be left out by counting them.
MOST_OFFSET = 10_000

bp = Blueprint("api", __name__, description="The hall: cases, decisions, terminals")


class CaseQuery(Schema):
    """Filters of the list; a page holds at most 200 cases.

    Far into the list ``after`` leads, the id of the last case of the page before: an offset reads
    all that it leaves out.
    """

    state = wire.String(load_default=None, validate=validate.OneOf(STATES))
    number = wire.String(load_default=None, validate=validate.Length(max=20))
    limit = wire.Integer(load_default=50, validate=validate.Range(1, 200))
    offset = wire.Integer(load_default=0, validate=validate.Range(0, MOST_OFFSET))
    after = wire.String(load_default="", validate=validate.Length(max=36))


class TerminalQuery(Schema):
    """A page of terminals: how many at most, and behind which place it begins."""

    limit = wire.Integer(load_default=1000, validate=validate.Range(1, 1000))
    after = wire.String(load_default="", validate=validate.Regexp(r"^([0-3]-[0-9]{6})?$"))


class DecisionShape(Schema):
    """One step: accept, return, approve, refuse or deliver; the reasons go to the applicant."""

    action = wire.String(required=True, validate=validate.Length(1, 20))
    note = wire.String(load_default="", validate=validate.Length(max=2000))
    reasons = wire.List(
        wire.String(validate=validate.Length(1, 500)),
        load_default=list,
        validate=validate.Length(max=20),
    )


@bp.route("/cases")
class CasesView(MethodView):
    """Cases of all terminals, newest first."""

    @requires("clerk", "admin", "auditor")
    @bp.arguments(CaseQuery, location="query")
    @bp.response(200)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List cases; nothing personal is in the list."""
        wanted = (
            select(Case).where(*scope.cases()).order_by(Case.submitted_at.desc(), Case.id.desc())
        )
        if query["state"]:
            wanted = wanted.where(Case.state == query["state"])
        if query["number"]:
            wanted = wanted.where(Case.number == query["number"])
        with reading() as session:
            if query["after"]:
                place = select(Case).where(Case.id == query["after"], *scope.cases())
                last = session.scalars(place).one_or_none()
                if last is None:
                    raise NotFound("case_unknown", Text("没有这个办件。", "No such case."))
                behind = tuple_(Case.submitted_at, Case.id) < (last.submitted_at, last.id)
                wanted = wanted.where(behind)
            found = session.scalars(wanted.limit(query["limit"]).offset(query["offset"])).all()
        return {"cases": [_shape(case) for case in found]}


@bp.route("/cases/<case_id>/decisions")
class DecisionsView(MethodView):
    """Steps of one case."""

    @requires("clerk", "admin")
    @bp.arguments(DecisionShape)
    @bp.response(201)
    def post(self, body: dict[str, Any], case_id: str) -> dict[str, Any]:
        """Take one step; 409 when it is not possible in the case's present state."""
        operator = signed_in()
        assert operator is not None  # noqa: S101 — ``requires`` let nobody else in
        case = desk.decide(
            services(), case_id, body["action"], operator.id, body["note"], tuple(body["reasons"])
        )
        return _shape(case)


@bp.route("/terminals")
class TerminalsView(MethodView):
    """The state of every terminal."""

    @requires("admin", "auditor")
    @bp.arguments(TerminalQuery, location="query")
    @bp.response(200)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List terminals, worst first, each with its light and the reason in words.

        ``next`` is where the next page begins, to be given as ``after``; null on the last.
        """
        ids, following = looking_for.slice_of(fleet(), query["after"], query["limit"])
        with reading() as session:
            rows = states(session, ids)
        return {"terminals": [row.as_json() for row in rows], "next": following}


def _shape(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "item": case.item,
        "state": case.state,
        "station": case.station_code,
        "submitted_at": case.submitted_at.isoformat(),
        "due_on": case.promised_on.isoformat() if case.promised_on else None,
        "holder": case.holder,
    }
