"""The page 'Quarantine': entries that could not be replayed, and what an admin does about them.

Contents are shown to who asks for them and may, and that is logged as `revealed`. Routes hold no
rules. Neighbours: `quarantined` reads, `resolving` acts, `concealed` covers what opens something.
"""

from collections.abc import Callable, Sequence

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import concealed, quarantined, resolving, seconding
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.hall.worklist import display_names
from kiosk.operators.access import asks_password, requires
from sync.ingest import BLOCKING
from sync.quarantine import Place

log = structlog.get_logger(__name__)

bp = page_blueprint("quarantine", __name__)

LAST_PAGE = 10_000


@bp.get("/quarantine")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show what waits, oldest first, narrowed by terminal and reason."""
    number, reason = request.args.get("terminal", "").strip()[:6], request.args.get("reason", "")
    reason = reason if reason in quarantined.REASONS else quarantined.ALL
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    rows, total = quarantined.waiting(number, reason, page)
    return render_template(
        "hall/quarantine.html",
        rows=rows,
        total=total,
        number=number,
        reason=reason,
        reasons=quarantined.REASONS,
        page=page,
        pages=max(1, -(-total // quarantined.PAGE)),
    )


@bp.get("/quarantine/<number>/<int:epoch>/<int:seq>")
@requires(*TERMINAL_READERS)
def entry(number: str, epoch: int, seq: int) -> str:
    """Show one entry without its contents, what waits behind it, and what was done about it."""
    return _page(quarantined.find(number, epoch, seq))


@bp.post("/quarantine/<number>/<int:epoch>/<int:seq>/contents")
@requires(*ADMINS)
@asks_password
def reveal(number: str, epoch: int, seq: int) -> str:
    """Show what is in the entry, secrets covered; who looked is logged."""
    place = quarantined.find(number, epoch, seq)
    return _page(place, typed=_contents(place))


@bp.get("/quarantine/<number>/<int:epoch>/<int:seq>/<any('replay', 'set-aside'):verb>")
@requires(*ADMINS)
def ask(number: str, epoch: int, seq: int, verb: str) -> str:
    """Ask once more, saying what it means."""
    return _ask(quarantined.find(number, epoch, seq), verb)


@bp.post("/quarantine/<number>/<int:epoch>/<int:seq>/replay")
@requires(*ADMINS)
def replay(number: str, epoch: int, seq: int) -> Response | tuple[str, int]:
    """Replay it as it is."""
    place = quarantined.find(number, epoch, seq)
    return _done(place, lambda: resolving.replay(services(), place, the_operator().id))


@bp.post("/quarantine/<number>/<int:epoch>/<int:seq>/set-aside")
@requires(*ADMINS)
@asks_password
def set_aside(number: str, epoch: int, seq: int) -> Response | tuple[str, int]:
    """Wish it refused for good, with a reason that residents read; another admin has to agree."""
    place, why = quarantined.find(number, epoch, seq), request.form.get("why", "")
    try:
        seconding.propose(place, the_operator().id, why)
    except Invalid as refusal:
        return _ask(place, "set-aside", _problems(refusal), why), status_of(refusal)
    except Conflict as refusal:
        return _page(place, [("#main", refusal.message)]), status_of(refusal)
    flash(gettext("Proposed: another administrator has to agree."))
    return redirect(_address("entry", quarantined.detail(place).entry), 303)


@bp.post("/quarantine/<number>/<int:epoch>/<int:seq>/<any('agree', 'decline'):word>")
@requires(*ADMINS)
@asks_password
def answer(number: str, epoch: int, seq: int, word: str) -> Response | tuple[str, int]:
    """Agree to what another admin wished, which is then done, or take the wish away."""
    place = quarantined.find(number, epoch, seq)
    if word == "agree":
        seen = request.form.get("wish", "")
        return _done(place, lambda: seconding.agree(services(), place, the_operator().id, seen))
    seconding.decline(place, the_operator().id)
    flash(gettext("It stays as it is."))
    return redirect(_address("entry", quarantined.detail(place).entry), 303)


@bp.post("/quarantine/<number>/<int:epoch>/<int:seq>/correct")
@requires(*ADMINS)
@asks_password
def correct(number: str, epoch: int, seq: int) -> Response | tuple[str, int]:
    """Replay it with what was typed in the place of its contents."""
    place = quarantined.find(number, epoch, seq)
    typed, why = request.form.get("body", ""), request.form.get("why", "")
    try:
        return _done(
            place, lambda: resolving.correct(services(), place, the_operator().id, why, typed)
        )
    except Invalid as refusal:
        return _page(place, _problems(refusal), typed, why), status_of(refusal)


def _contents(place: Place) -> str:
    body = quarantined.opened(services(), place)
    log.info(
        "revealed",
        **{"terminal": place.terminal_id, "epoch": place.epoch, "seq": place.seq},
        operator=the_operator().id,
        field="*",
    )
    return "" if body is None else concealed.shown(body)


def _done(place: Place, deed: Callable[[], str]) -> Response | tuple[str, int]:
    try:
        verdict = deed()
    except Conflict as refusal:
        return _page(place, [("#main", refusal.message)]), status_of(refusal)
    if verdict in BLOCKING:
        flash(gettext("It still cannot be replayed; the reason is below."))
    elif verdict == "applied":
        flash(gettext("Replayed, and on its way to the station."))
    else:
        flash(gettext("Refused, and on its way to the station."))
    found = quarantined.detail(place).entry
    return redirect(_address("entry", found), 303)


def _address(view: str, found: quarantined.Waiting) -> str:
    return url_for(
        f"hall.quarantine.{view}",
        number=found.terminal_number,
        epoch=found.place.epoch,
        seq=found.place.seq,
    )


def _ask(place: Place, verb: str, problems: Sequence[tuple[str, Text]] = (), why: str = "") -> str:
    found = quarantined.detail(place)
    return render_template(
        "hall/quarantine_ask.html",
        found=found,
        verb=verb,
        back_to=_address("entry", found.entry),
        problems=problems,
        why=why,
        max_reason=resolving.MAX_REASON,
    )


def _page(
    place: Place,
    problems: Sequence[tuple[str, Text]] = (),
    typed: str | None = None,
    why: str = "",
) -> str:
    found = quarantined.detail(place)
    wish = seconding.wish_of(place)
    named = {each.operator for each in found.story if each.operator}
    with reading() as session:
        people = display_names(session, named | ({wish.operator} if wish else set()))
    waits, may_read = found.entry.verdict in BLOCKING, the_operator().role in ADMINS
    return render_template(
        "hall/quarantine_entry.html",
        found=found,
        entry=found.entry,
        people=people,
        typed=typed,
        why=why,
        wish=wish if waits else None,
        may_read=may_read,
        may_act=may_read and waits,
        here=_address("entry", found.entry),
        problems=problems,
        max_reason=resolving.MAX_REASON,
    )


def _problems(refusal: Invalid) -> list[tuple[str, Text]]:
    return [(f"#{field.path}", field.message) for field in refusal.fields]
