"""The notices of a case as PDF, and the page on which anybody verifies a printed one.

To read one the name is covered as everywhere; the copy to hand out names its addressee, so that it
is asked for by a form of its own and logged. No paper has an ID number. What the page of a code
tells is what stands on the paper and names nobody. Neighbours: `kiosk.cases.notices` says which
there are, `kiosk.printing.notice` words them.
"""

import hmac
import re
from collections.abc import Callable
from datetime import date

import structlog
from flask import Response, render_template, request, url_for

from forms.definition import Text
from forms.masking import mask
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import history
from kiosk.cases.history import Fact
from kiosk.cases.model import Case
from kiosk.cases.news import OTHER, WHY
from kiosk.cases.notices import KINDS, MARK, PAUSED, Issued, issued, mark
from kiosk.db import reading
from kiosk.errors import NotFound, Unavailable
from kiosk.hall.pages import CASE_READERS, DECIDERS, page_blueprint, the_operator
from kiosk.hall.stations import stations
from kiosk.hall.worklist import item_name
from kiosk.operators.access import public, requires
from kiosk.pages.papers import paper
from kiosk.printing.notice import TITLES, Notice, html
from kiosk.printing.press import printed
from kiosk.receipts.number import grouped

log = structlog.get_logger(__name__)

bp = page_blueprint("notices", __name__)

WIPED = Text(
    "这个办件的内容已按规定清除，不能打印。",
    "What was handed in has been wiped, as the rules on keeping ask. It cannot be printed.",
)


@bp.get("/desk/<case_id>/notices/<kind>.pdf")
@requires(*CASE_READERS)
def read(case_id: str, kind: str) -> Response:
    """Make the notice with the name of its addressee covered."""
    return _paper(case_id, kind, lambda name: mask("name", name))


@bp.post("/desk/<case_id>/notices/<kind>.pdf")
@requires(*DECIDERS)
def hand_out(case_id: str, kind: str) -> Response:
    """Make the notice as it is handed out, with the name in full; who asked is logged."""
    log.info("revealed", case=case_id, operator=the_operator().id, field="applicant.name")
    return _paper(case_id, kind, str)


@bp.get("/notices/<case_id>/<kind>/<digits>")
@public
def verify(case_id: str, kind: str, digits: str) -> str:
    """Say that a printed notice is the hall's own, for whoever scans its code."""
    # Before anything is opened for whoever asks.
    if kind not in KINDS or not re.fullmatch(f"[0-9a-f]{{{MARK}}}", digits):
        raise _unknown()
    case, facts = _opened(case_id)
    # Of several of a kind the digits tell which it is.
    notice = next((each for each in issued(facts) if _is_of(case_id, each, kind, digits)), None)
    if notice is None:
        raise _unknown()
    return render_template(
        "hall/notice.html",
        title=TITLES[kind],
        number=grouped(case.number),
        item=item_name(services(), case),
        on=notice.fact.at.astimezone(clock.LOCAL).date(),
    )


def _is_of(case_id: str, notice: Issued, kind: str, digits: str) -> bool:
    """Tell whether this is the notice that has this mark, which is 16 hex digits."""
    made = mark(services().keyring, case_id, notice)
    return notice.kind == kind and hmac.compare_digest(made.encode(), digits.encode())


def _opened(case_id: str) -> tuple[Case, list[Fact]]:
    with reading() as session:
        case = session.get(Case, case_id)
        keyring = services().keyring
        facts = history.facts(session, keyring, case_id, with_news=True) if case else []
    if case is None:
        raise _unknown()
    return case, facts


def _paper(case_id: str, name: str, show: Callable[[str], str]) -> Response:
    case, facts = _opened(case_id)
    found = next((each for each in issued(facts) if each.name == name), None)
    if found is None:
        raise _unknown()
    kind, body, version = found.kind, found.fact.body, history.newest_body(facts)
    if body is None or version is None:
        raise Unavailable("case_not_printable", WIPED)
    item = services().releases.of(case.release).item(case.item)
    code = mark(services().keyring, case_id, found)
    path = url_for("hall.notices.verify", case_id=case_id, kind=kind, digits=code)
    base = services().config.public_url or request.url_root
    due = body.get("due_on") or body.get("until")
    why = (WHY.get(body["why"], OTHER).zh,) if kind == PAUSED else ()
    station = stations().get(case.station_code)
    made = Notice(
        kind=kind,
        ordinal=found.ordinal,
        number=case.number,
        addressee=show(str(version["answers"].get("applicant", {}).get("name", ""))) or "申请人",
        item=item.name.zh,
        item_code=item.code,
        basis=tuple(
            each.text.zh if each.confirmed else f"{each.text.zh}（未经确认）" for each in item.basis
        ),
        department=case.department or item.department.zh,
        station=station.zh if station else case.station_code,
        handed_in=case.submitted_at.astimezone(clock.LOCAL).date(),
        on=found.fact.at.astimezone(clock.LOCAL).date(),
        reasons=why or tuple(body.get("reasons") or ()),
        note=str(body.get("note") or ""),
        verify_at=base.rstrip("/") + path,
        due=date.fromisoformat(due) if due else None,
    )
    log.info("notice_printed", case=case_id, operator=the_operator().id, notice=name)
    return paper(printed(html(made)), f"{name}-{case.number}")


def _unknown() -> NotFound:
    return NotFound("notice_unknown", Text("没有这份文书。", "There is no such notice."))
