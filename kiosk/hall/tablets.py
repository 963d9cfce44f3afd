"""The tablets of a terminal as it last told of them, and shutting one out from here.

An order goes by the terminal's feed and is obeyed at its next contact; the hall speaks to no
tablet. Neighbours: `kiosk.devices.register` tells and obeys, `monitor` shows them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk import clock
from kiosk.db import reading, writing
from kiosk.devices.register import MOST_TOLD, ORDER
from kiosk.errors import NotFound
from kiosk.hall import enrolment
from kiosk.hall.pages import ADMINS, page_blueprint, the_operator
from kiosk.operators import audit
from kiosk.operators.access import asks_password, requires
from sync import feed
from sync.feed import FeedItem
from sync.ledger import Terminal

log = structlog.get_logger(__name__)

bp = page_blueprint("tablets", __name__)

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TabletState:
    """One tablet; ``oldest_at`` is told by its own clock, ``is_ordered`` by this hall's feed."""

    id: str
    name: str
    last_seen: datetime | None
    backlog: int
    oldest_at: datetime | None
    is_revoked: bool
    is_ordered: bool


def kept(told: Any) -> str | None:
    """Return a terminal's report of its tablets as it is kept; None when it does not tell.

    Raises KeyError, TypeError, ValueError or OverflowError for one that is malformed.
    """
    if told is None:
        return None
    if not isinstance(told, list) or len(told) > MOST_TOLD:
        raise ValueError("the tablets are no list of a possible length")
    return json.dumps(
        [
            {
                "id": str(each["id"])[:36],
                "name": str(each["name"])[:40],
                "last_seen": _time(each["last_seen"]),
                "backlog": int(each["backlog"]),
                "oldest": _time(each["oldest"]),
                "revoked": bool(each["revoked"]),
            }
            for each in told
        ]
    )


def of(terminal: Terminal, ordered: frozenset[str]) -> tuple[TabletState, ...]:
    """Return the tablets of a terminal; ``ordered`` is what `ordered` returns."""
    return tuple(
        TabletState(
            id=each["id"],
            name=each["name"],
            last_seen=_instant(each["last_seen"]),
            backlog=each["backlog"],
            oldest_at=_instant(each["oldest"]),
            is_revoked=each["revoked"],
            is_ordered=each["id"] in ordered and not each["revoked"],
        )
        for each in json.loads(terminal.reported_devices or "[]")
    )


def ordered(session: Session, terminals: Sequence[Terminal]) -> frozenset[str]:
    """Return the ids of tablets that are shut out from here, where the terminal does not know yet.

    Asked is only of those that have a tablet and have not read all of their feed: hardly any. What
    a terminal has applied it says together with its tablets, so that nothing is between.
    """
    unread = [
        each.terminal_id
        for each in terminals
        if each.feed_cursor < each.feed_head and each.reported_devices not in (None, "[]")
    ]
    return frozenset(
        tablet
        for start in range(0, len(unread), _AT_ONCE)
        for tablet in _ordered(session, unread[start : start + _AT_ONCE])
    )


def _ordered(session: Session, terminals: Sequence[str]) -> Iterator[str]:
    query = (
        select(FeedItem.body)
        .join(Terminal, Terminal.terminal_id == FeedItem.terminal_id)
        .where(
            FeedItem.seq > Terminal.feed_cursor,
            FeedItem.kind == ORDER,
            Terminal.terminal_id.in_(terminals),
        )
    )
    for body in session.scalars(query):
        yield str(orjson.loads(body)["id"])


@bp.get("/terminals/<number>/tablets/<tablet_id>/revoke")
@requires(*ADMINS)
@asks_password
def ask(number: str, tablet_id: str) -> str:
    """Ask once more, saying what it means."""
    terminal = enrolment.find(number)
    tablet = _find(terminal, tablet_id)
    return render_template("hall/tablet_revoke.html", terminal=terminal, tablet=tablet)


@bp.post("/terminals/<number>/tablets/<tablet_id>/revoke")
@requires(*ADMINS)
@asks_password
def revoke(number: str, tablet_id: str) -> Response:
    """Order the terminal to shut the tablet out; a second order changes nothing."""
    terminal = enrolment.find(number)
    tablet = _find(terminal, tablet_id)
    if not (tablet.is_ordered or tablet.is_revoked):
        body, now = orjson.dumps({"id": tablet.id}), int(clock.now().timestamp() * 1_000_000)
        with writing() as session:
            feed.publish(session, terminal.terminal_id, ORDER, None, body, now)
            told = {"terminal": number}
            audit.record(session, "tablet.revoked", tablet.id, the_operator().id, told)
        log.info("tablet_revoked", terminal=number, operator=the_operator().id)
    flash(gettext("%(name)s will be shut out at the terminal's next contact.", name=tablet.name))
    return redirect(url_for("hall.terminals.show"), 303)


def _find(terminal: Terminal, tablet_id: str) -> TabletState:
    with reading() as session:
        told = of(terminal, ordered(session, [terminal]))
    found = next((tablet for tablet in told if tablet.id == tablet_id), None)
    if found is None:
        raise NotFound("tablet_unknown", Text("没有这台平板。", "There is no such tablet."))
    return found


def _time(value: Any) -> int | None:
    """Return microseconds since 1970 that can be shown, or None."""
    return None if value is None else int(clock.instant(int(value)).timestamp()) * 1_000_000


def _instant(value: int | None) -> datetime | None:
    return None if value is None else clock.instant(value)
