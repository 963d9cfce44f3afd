"""One terminal: who it is, how it was in the last day, what it owes, its proof, what happened.

Reads only. Neighbours: `monitor` judges, `proving` proves, `events` tells what happened, `tending`
has the forms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.hall import caring, certified, drawing, enrolment, events, pending, proving
from kiosk.hall.monitor import state_of
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.upkeep import Upkeep
from kiosk.operators.access import requires
from sync.expecting import ExpectedBlob
from sync.identity import PublicIdentity
from sync.ledger import LedgerEntry, Terminal
from sync.tables import table_of

bp = page_blueprint("terminal", __name__)

HOURS = 24
#: So many of the newest entries are counted by hours, and so many cases that lack files are named.
COUNTED, NAMED = 5000, 10
_LEDGER = table_of(LedgerEntry).c


@dataclass(frozen=True, slots=True)
class Lacking:
    """A case of which files have not arrived: how many, and how many the terminal has lost."""

    case_id: str
    number: str | None
    count: int
    lost: int


@dataclass(frozen=True, slots=True)
class Files:
    """How many files are waited for, lost at the terminal among them, and given up."""

    waited_for: int
    lost: int
    given_up: int


@bp.get("/terminals/<number>")
@requires(*TERMINAL_READERS)
def show(number: str) -> str:
    """Show one terminal."""
    return page(number)


def page(
    number: str,
    problems: Sequence[tuple[str, Text]] = (),
    typed: Mapping[str, str] | None = None,
) -> str:
    """Return the page of a terminal; `typed` is what a form with `problems` was sent with."""
    terminal = enrolment.find(number)
    with reading() as session:
        terminal = session.get_one(Terminal, terminal.terminal_id)
        state = state_of(session, terminal)
        upkeep = session.get(Upkeep, terminal.terminal_id)
        lacking, counts = _lacking(session, terminal.terminal_id)
        hours, are_more = _by_hour(session, terminal.terminal_id)
        return render_template(
            "hall/terminal.html",
            terminal=terminal,
            row=state,
            fingerprint=PublicIdentity.from_hex(terminal.public).fingerprint(),
            bar=drawing.bar(state.pulse),
            columns=drawing.columns(hours),
            received=sum(hours),
            are_more=are_more,
            proof_of=proving.completeness(session, terminal, upkeep),
            upkeep=upkeep,
            certificate_warned=clock.now() + certified.WARNED,
            waiting=pending.of(terminal),
            lacking=lacking,
            counts=counts,
            events=events.of(session, terminal),
            most_note=caring.MOST_NOTE,
            problems=problems,
            typed=typed or {},
        )


def _by_hour(session: Session, terminal_id: str) -> tuple[list[int], bool]:
    """Return how many entries came in each of the last 24 hours, the newest last.

    No index has entries by when they came, so that only ``COUNTED`` are looked at: with that,
    whether there are more.
    """
    now = clock.now()
    query = (
        select(_LEDGER.received_at)
        .where(_LEDGER.terminal_id == terminal_id)
        .order_by(_LEDGER.epoch.desc(), _LEDGER.seq.desc())
    )
    counts = [0] * HOURS
    newest = session.scalars(query.limit(COUNTED + 1)).all()
    for at in newest[:COUNTED]:
        age = now - at
        if age >= timedelta(hours=HOURS):
            return counts, False
        counts[HOURS - 1 - max(0, int(age.total_seconds() // 3600))] += 1
    are_more = len(newest) > COUNTED and now - newest[-1] < timedelta(hours=HOURS)
    return counts, are_more


def _lacking(session: Session, terminal_id: str) -> tuple[list[Lacking], Files]:
    own = ExpectedBlob.terminal_id == terminal_id
    waited_for = ExpectedBlob.given_up_at.is_(None)
    all_told, lost = func.count(), func.count(ExpectedBlob.lost_at)
    query = (
        select(ExpectedBlob.subject, Case.number, all_told, lost)
        .outerjoin(Case, Case.id == ExpectedBlob.subject)
        .where(own)
        .group_by(ExpectedBlob.subject, Case.number)
        .order_by(lost.desc(), ExpectedBlob.subject)
        .limit(NAMED)
    )
    rows = [Lacking(*row) for row in session.execute(query)]
    counts = select(
        func.count().filter(waited_for),
        func.count().filter(waited_for, ExpectedBlob.lost_at.is_not(None)),
        func.count(ExpectedBlob.given_up_at),
    ).where(own)
    return rows, Files(*session.execute(counts).one())
