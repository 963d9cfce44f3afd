"""Opening an application and leaving it. Everything between is one module per page.

Neighbours: `identify`, `questions`, `lists`, `materials`, `check`, `sign`, in the order walked.
"""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.bundling import CHOICE
from kiosk.app_services import services
from kiosk.cases import drafts, standing
from kiosk.cases.holding import Elsewhere
from kiosk.errors import NotFound
from kiosk.operators.access import public
from kiosk.terminal import device, helped, receipt
from kiosk.terminal.frame import is_staff
from kiosk.terminal.questions import first_page
from kiosk.terminal.wanted import (
    DRAFTS,
    clear,
    draft_id_of,
    item_or_404,
    phone_of,
    remember,
)

bp = Blueprint("apply", __name__)

CONTINUE, AFRESH = "continue", "afresh"


@bp.post("/items/<code>/apply")
@public
def begin(code: str) -> Response | str:
    """Open a draft for this browser.

    Where one of the same item has entries, perhaps in another window, ask first whether to go on
    with it; only who begins afresh discards it.
    """
    item = item_or_404(code)
    # Told before anything is filled in, and not at its end.
    standing.check(standing.current())
    choice = request.form.get("choice")
    if _has_entries(code) and choice != AFRESH:
        if choice == CONTINUE:
            return redirect(_going_on(code))
        guide = url_for("terminal.guide.show", code=code)
        return render_template("terminal/began.html", item=item, here=guide, back_to=guide)
    help_given = helped.current()
    if help_given and help_given.row.item != code:
        # One banner, one person, one matter: who helps with another ends this first.
        return redirect(url_for("terminal.agent.show"))
    clear(code)
    screen = device.screen()
    if screen:
        # Whoever was here before went without ending, and the screen's own clock did not run.
        drafts.discard_left(services(), screen, but=session.get(DRAFTS, {}).values())
    more = helped.given(item, help_given) if help_given else {}
    draft = drafts.open_draft(services(), item.code, screen=screen, **more)
    remember(draft)
    if is_staff():
        first = item.sections[0].id
        return redirect(url_for("terminal.sections.show", code=code, section_id=first))
    return redirect(first_page(item, draft.answers))


@bp.post("/items/<code>/apply/leave")
@public
def leave(code: str) -> Response:
    """Discard the draft and everything in it, on a phone that has it too, and go home."""
    clear(code, even_away=True)
    return redirect(url_for("terminal.home.show"))


def _going_on(code: str) -> str:
    page = "terminal.sections.begin" if is_staff() else "terminal.check.show"
    return url_for(page, code=code)


def _has_entries(code: str) -> bool:
    draft_id = draft_id_of(code)
    if draft_id is None:
        return False
    try:
        draft = drafts.load(services(), draft_id, phone_of(code))
    except NotFound:
        return False
    except Elsewhere:
        return True
    # What is ticked at the beginning of a bundle is nobody's entry yet.
    entries = draft.answers.keys() - {CHOICE}
    return bool(entries or draft.attachments) and not receipt.is_of(draft)
