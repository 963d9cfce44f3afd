"""The pages of the channels that alerts are told by: list, set up, try out, take away.

A secret goes in here and never comes out. Routes hold no rules. Neighbour: `alerting.channels` has
the verbs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import Invalid, status_of
from kiosk.hall.alerting import channels
from kiosk.hall.alerting.model import Channel
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires

bp = page_blueprint("alert_channels", __name__)

#: What is offered before anything was typed.
_EMPTY = {"port": "587", "security": "starttls"}


@bp.get("/alerts/channels")
@requires(*TERMINAL_READERS)
def show() -> str:
    """List the channels and how the last attempt of each went."""
    with reading() as session:
        found = session.scalars(select(Channel).order_by(Channel.id)).all()
    rows = [(each, _shown(each)) for each in found]
    return render_template("hall/alert_channels.html", rows=rows)


@bp.get("/alerts/channels/new/<kind>")
@requires(*ADMINS)
@asks_password
def ask(kind: str) -> str:
    """Ask for what a new channel needs."""
    return _form(_known(kind), _EMPTY, [])


@bp.post("/alerts/channels/new/<kind>")
@requires(*ADMINS)
@asks_password
def add(kind: str) -> Response | tuple[str, int]:
    """Set a channel up."""
    typed = request.form.to_dict()
    try:
        made = channels.add(services(), _known(kind), typed, the_operator().id)
    except Invalid as refusal:
        problems = [(f"#{field.path}", field.message) for field in refusal.fields]
        return _form(kind, typed, problems), status_of(refusal)
    flash(gettext("%(name)s is set up. Send a test to see that it arrives.", name=made.name))
    return redirect(url_for("hall.alert_channels.show"), 303)


@bp.post("/alerts/channels/<channel_id>/test")
@requires(*ADMINS)
@asks_password
def test(channel_id: str) -> Response:
    """Send a test now."""
    problem = channels.try_out(services(), channel_id, the_operator().id)
    if problem is None:
        flash(gettext("The test was taken. Look whether it has arrived."))
    else:
        flash(gettext("The test was not taken: %(problem)s", problem=problem))
    return redirect(url_for("hall.alert_channels.show"), 303)


@bp.post("/alerts/channels/<channel_id>/remove")
@requires(*ADMINS)
@asks_password
def remove(channel_id: str) -> Response:
    """Take a channel away."""
    gone = channels.remove(channel_id, the_operator().id)
    flash(gettext("%(name)s is taken away; nothing more is told through it.", name=gone.name))
    return redirect(url_for("hall.alert_channels.show"), 303)


def _shown(channel: Channel) -> dict[str, Any]:
    """Return the settings with what of an address may be shown."""
    settings: dict[str, Any] = orjson.loads(channel.settings)
    if url := settings.pop("url", None):
        settings["site"] = channels.site_of(url)
    return settings


def _known(kind: str) -> str:
    if kind not in channels.KINDS:
        abort(404)
    return kind


def _form(kind: str, typed: Mapping[str, str], problems: Sequence[tuple[str, Text]]) -> str:
    return render_template(
        "hall/alert_channel_new.html",
        kind=kind,
        typed=typed,
        problems=problems,
        securities=channels.SECURITIES,
    )
