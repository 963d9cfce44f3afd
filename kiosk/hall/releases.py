"""The catalogue releases of the hall on one page: what is current, and which terminals have it.

Nothing is changed here: a release is made with `kiosk catalogue release`, and rolled out by
`rolling`. Neighbours: `shelf` lists the releases, `monitor` the terminals.
"""

from collections import Counter
from collections.abc import Sequence

from flask import render_template
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kiosk.app_services import services
from kiosk.db import reading
from kiosk.hall import staging
from kiosk.hall.monitor import TerminalState, states
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.shelf import rows
from kiosk.hall.staging import ReleaseStage
from kiosk.operators.access import requires
from sync import releases
from sync.ledger import Terminal

bp = page_blueprint("releases", __name__)

#: So many terminals that have not got the current release are named here; `rolling` pages them all.
MOST_NAMED = 50


@bp.get("/releases")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show all releases, the current one first, and the terminals that have not got it."""
    with reading() as session:
        ahead = Counter(staging.staged(session).values())
        let_in = Terminal.standing == "approved"
        terminals = session.scalar(select(func.count()).select_from(Terminal).where(let_in)) or 0
        behind, count_behind = _behind(session)
    return render_template(
        "hall/releases.html",
        rows=rows(services()),
        ahead=ahead,
        terminals=terminals,
        behind=behind,
        count_behind=count_behind,
    )


def _behind(session: Session) -> tuple[Sequence[TerminalState], int]:
    """Return the first terminals that offer another release than they should, and how many do."""
    current = releases.current_of(session)
    wanted = func.coalesce(ReleaseStage.release, current.sha256 if current else None)
    is_behind: ColumnElement[bool] = or_(
        Terminal.refused_release > "",
        wanted.is_not(None) & (func.coalesce(Terminal.release, "") != wanted),
    )
    found = (
        select(Terminal.terminal_id)
        .outerjoin(ReleaseStage, ReleaseStage.station_code == Terminal.station_code)
        .where(Terminal.standing == "approved", is_behind)
    )
    ids = session.scalars(found.order_by(Terminal.number).limit(MOST_NAMED)).all()
    if len(ids) < MOST_NAMED:
        return states(session, ids), len(ids)
    counted = select(func.count()).select_from(found.subquery())
    return states(session, ids), session.scalar(counted) or 0
