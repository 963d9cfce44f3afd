"""An electronic certificate instead of a paper: what is asked of whom, consent, what came of it.

Neighbours: `kiosk.cases.calls` asks and records, `materials` has the paper's way, which always
stays open.
"""

from dataclasses import replace

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from forms.masking import mask
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import calls
from kiosk.materials import certificates
from kiosk.materials.certificates import Wanted
from kiosk.operators.access import public
from kiosk.operators.session import operator_id
from kiosk.terminal.supplying import Task, attach, wanted_task
from kiosk.terminal.wanted import at_hand

bp = Blueprint("certificates", __name__)

_CERTIFICATE = "/items/<code>/apply/materials/<requirement_id>/certificate"
#: Calls for one application; more of them is somebody trying numbers out.
MOST_CALLS = 20
#: Calls in one session and an hour, whatever is begun afresh in it; staff have several applicants.
MOST_IN_AN_HOUR = 30
_HOUR = 3600
#: Where the session cookie has when the hour began and how many calls were made in it. Who throws
#: the cookie away is held up by the limit for each address (`kiosk.app.LIMITED`).
_ASKED = "certificates_asked"
NO_CONSENT = Text(
    "需要您同意，才能查询您的电子证照；不同意的，可以拍照。",
    "Your certificate is looked up only if you agree; if not, photograph the paper.",
)
NOT_FOUND = Text(
    "没有查到有效的电子证照。请拍照提交，一样有效。",
    "No valid certificate was found. Please photograph the paper; it counts the same.",
)
AWAY = Text(
    "电子证照服务现在连不上。请拍照提交，或稍后再试。",
    "The certificate service cannot be reached now. Photograph the paper, or try again later.",
)
ENOUGH = Text("查询次数太多，请拍照提交。", "Asked too often; please photograph the paper.")


@bp.get(_CERTIFICATE)
@public
def ask(code: str, requirement_id: str) -> str:
    """Say which certificate of whom is looked up and what for, and ask for consent."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    return _page(item, task, _wanted(task), None)


@bp.post(_CERTIFICATE)
@public
def fetch(code: str, requirement_id: str) -> Response | tuple[str, int]:
    """Look the certificate up, with consent; whatever comes of it is recorded."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    wanted = _wanted(task)
    if request.form.get("agree") != "yes":
        return _page(item, task, wanted, NO_CONSENT), 422
    if len(draft.calls) >= MOST_CALLS or not _may_ask():
        return _page(item, task, wanted, ENOUGH), 429
    asked = calls.ask(services(), wanted, requirement_id, item.code, operator_id())
    # Asking takes a while, in which another window may have saved something.
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    draft = replace(draft, calls=[*draft.calls, asked.call])
    if asked.certificate is None:
        attach(draft, task, draft.attachments.get(requirement_id))
        away = asked.call["result"] == "unavailable"
        return _page(item, task, wanted, AWAY if away else NOT_FOUND), 200
    given = {
        "mode": "certificate",
        "materials": list(task.pictures),
        "certificate": asked.certificate,
    }
    attach(draft, task, given)
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


@bp.post(f"{_CERTIFICATE}/drop")
@public
def drop(code: str, requirement_id: str) -> Response:
    """Do without the certificate after all; that it was asked for stays recorded."""
    item, draft = at_hand(code)
    task = wanted_task(item, draft, requirement_id)
    left = {"mode": "file", "materials": list(task.pictures)} if task.pictures else None
    attach(draft, task, left)
    return redirect(url_for("terminal.materials.one", code=code, requirement_id=requirement_id))


def _may_ask() -> bool:
    """Count a call in the session; False when it has had enough of them for now."""
    now = int(clock.now().timestamp())
    since, count = session.get(_ASKED, (now, 0))
    if not 0 <= now - since < _HOUR:
        since, count = now, 0
    if count >= MOST_IN_AN_HOUR:
        return False
    session[_ASKED] = (since, count + 1)
    return True


def _wanted(task: Task) -> Wanted:
    is_there = certificates.source(services().config.certificates) is not None
    return (task.wanted if is_there else None) or abort(404)


def _page(item: ServiceItem, task: Task, wanted: Wanted, told: Text | None) -> str:
    return render_template(
        "terminal/certificate.html",
        item=item,
        task=task,
        wanted=wanted,
        name=mask("name", wanted.name),
        number=mask("resident_id", wanted.id_number),
        told=told,
        error=told if told is NO_CONSENT else None,
        problems=[("#agree", told)] if told is NO_CONSENT else [],
        back_to=url_for(
            "terminal.materials.one", code=item.code, requirement_id=task.requirement.id
        ),
    )
