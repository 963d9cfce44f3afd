"""Before a second application for the same is opened: what is open already, and why go on.

A stranger who types somebody's ID number must not learn of his cases. So a resident is shown a case
here only when this browser has proved it at the page of progress (receipt, or number and last four
of the ID); everybody else reads one sentence on the form that is the same for all, whether there is
a case or not. Staff of the station see what is open. Neighbours: `identify`, `sections`, `check`
and `sign` lead here; `kiosk.cases.duplicates` finds.
"""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.bundling import CHOICE, WANTED
from forms.definition import ServiceItem, Text
from kiosk.app_services import services
from kiosk.cases import drafts, duplicates
from kiosk.cases.drafts import Draft
from kiosk.cases.duplicates import Known
from kiosk.operators.access import public
from kiosk.terminal import on_duty
from kiosk.terminal.asking import named
from kiosk.terminal.flow import first_open
from kiosk.terminal.frame import is_staff
from kiosk.terminal.progress import LOOKED_UP
from kiosk.terminal.questions import onward
from kiosk.terminal.wanted import at_hand

bp = Blueprint("again", __name__)

MAX_REASON = 200
REASON = Text("再次申请的理由", "Why a second one")
REASON_MISSING = Text("请写明为什么还要再申请一次。", "Please say why a second one is needed.")
REASON_LONG = Text(f"最多 {MAX_REASON} 字。", f"At most {MAX_REASON} characters.")


@bp.get("/items/<code>/apply/again")
@public
def show(code: str) -> str | Response:
    """Show what is open for the same; when there is nothing to tell, the form goes on."""
    item, draft = at_hand(code)
    found = told(draft)
    return _page(item, found, draft.again, None) if found else _onward(item, draft)


@bp.post("/items/<code>/apply/again")
@public
def go_on(code: str) -> Response | tuple[str, int]:
    """Go on all the same; the reason travels with the application."""
    item, draft = at_hand(code)
    reason = " ".join(request.form.get("reason", "").split())
    error = REASON_MISSING if not reason else REASON_LONG if len(reason) > MAX_REASON else None
    if error:
        return _page(item, told(draft), reason, error), 422
    drafts.save(services(), replace(draft, again=reason))
    return _onward(item, draft)


def detour(draft: Draft) -> Response | None:
    """Return the way to this page when something open has to be told first, else None."""
    if draft.again or draft.corrects or not told(draft):
        return None
    return redirect(url_for("terminal.again.show", code=draft.item))


def told(draft: Draft) -> tuple[Known, ...]:
    """Return the open cases of the same person and matter that this browser may be told of."""
    choice = draft.answers.get(CHOICE, {}).get(WANTED)
    items = choice if isinstance(choice, list) else [draft.item]
    number = draft.answers.get("applicant", {}).get("id_number")
    found = duplicates.open_cases_of(services(), number, items)
    return found if on_duty.is_here() else tuple(each for each in found if _is_proved(each))


def _is_proved(known: Known) -> bool:
    return bool(session.get(LOOKED_UP) == known.case_id)


def _onward(item: ServiceItem, draft: Draft) -> Response:
    """Go on with the form: its questions in order, or all its answers when none is open."""
    if first_open(item, draft.answers) is None:
        return redirect(url_for("terminal.check.show", code=item.code))
    if is_staff():
        return redirect(url_for("terminal.sections.begin", code=item.code))
    return redirect(onward(item, draft.answers, None, None))


def _page(item: ServiceItem, found: tuple[Known, ...], reason: str, error: Text | None) -> str:
    return render_template(
        "terminal/again.html",
        item=item,
        found=found,
        reason=reason,
        error=error,
        problems=[("#reason", named(REASON, error))] if error else [],
        here=url_for("terminal.again.show", code=item.code),
        back_to=url_for("terminal.identify.show", code=item.code),
    )
