"""Bundles (一件事) as their lead department sees them: how all cases of each stand. Reads only.

The lead's clerks see which services, departments, states and clocks, of other departments' cases
too, and nothing personal. Neighbours: `bundles` draws, `kiosk.cases.bundle_closing` closes,
`scope` says which cases themselves somebody may open.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from flask import request
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SelectBase,
    and_,
    exists,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bundle_closing, lifecycle
from kiosk.cases.bundle_closing import DECIDED, TOLD
from kiosk.cases.desk_model import ClosedBundle
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.errors import Refused
from kiosk.hall import scope
from kiosk.hall.sisters import Sister, bundle_of, sister_of
from kiosk.hall.stations import stations
from kiosk.hall.worklist import display_names
from kiosk.operators.session import signed_in
from sync.keys import SubjectKey

log = structlog.get_logger(__name__)

PAGE = 25
#: Which bundles a list has: all cases decided and a result due; a case is open; closed.
READY, GOING_ON, CLOSED = "ready", "going_on", "closed"
WHICH = (READY, GOING_ON, CLOSED)
_OPEN = (lifecycle.SUBMITTED, lifecycle.RETURNED, lifecycle.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Closing:
    """What was stated of a bundle; `by` is a name, `words` are gone with their case's key."""

    words: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Together:
    """A bundle and its cases in their order; the first one is that of the receipt."""

    first: Case
    name: Text
    lead: Text
    station: Text | str
    parts: tuple[Sister, ...]
    #: Whether who asks may open each of the cases itself.
    within_reach: frozenset[str]
    closing: Closing | None = None
    #: Whether a result would have something to travel with; asked for a bundle by itself only.
    can_be_told: bool = False
    #: Whether who asks may state it in the lead's name; asked in the same way.
    is_spoken_for: bool = False

    @property
    def decided(self) -> int:
        """How many of the cases are decided."""
        return sum(part.state in DECIDED for part in self.parts)

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing is left but to state the result."""
        return self.closing is None and self.is_decided and self.can_be_told

    @property
    def is_decided(self) -> bool:
        """Tell whether no case is open."""
        return self.decided == len(self.parts)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list; `next` is where the following one begins."""

    rows: tuple[Together, ...]
    next: str | None


def bundles(services: Services, which: str, before: str) -> Page:
    """Return the bundles that who asks leads, newest first, from the one before `before` on."""
    query = listed(services, which, before).limit(PAGE + 1)
    with reading() as session:
        found = session.scalars(query).all()
        parts = _parts(session, found[:PAGE])
    rows = tuple(_together(services, first, parts[first.id], None) for first in found[:PAGE])
    return Page(rows, rows[-1].first.id if len(found) > PAGE else None)


def listed(services: Services, which: str, before: str = "") -> Select[Case]:
    """Select the first cases of the bundles that a list has, newest first."""
    codes = [code for code in services.catalogue.bundles if scope.leads(services.catalogue, code)]
    # The second is what an index can be asked for: nearly no case has a bundle.
    query = select(Case).where(
        Case.bundle_id == Case.id, Case.bundle_id.is_not(None), *_conditions(services, which)
    )
    if scope.own_reach() is not None:
        query = query.where(Case.bundle.in_(codes))
    if before:
        query = query.where(Case.bundle_id < before)
    return query.order_by(Case.bundle_id.desc())


def bundle(services: Services, bundle_id: str) -> Together:
    """Return one bundle with its result; NotFound when it is not here or led by others."""
    with reading() as session:
        cases = bundle_closing.members(session, bundle_id)
        if not scope.leads(services.catalogue, cases[0].bundle):
            _log_out_of_reach(bundle_id)
            raise bundle_closing.unknown()
        closed = closing_of(session, services, bundle_id)
        can_be_told = bundle_closing.can_be_told(session, services, cases)
    together = _together(services, cases[0], cases, closed)
    is_spoken_for = scope.speaks_for_lead(services.catalogue, cases[0].bundle)
    return replace(together, can_be_told=can_be_told, is_spoken_for=is_spoken_for)


def check_may_close(services: Services, bundle_id: str) -> None:
    """Refuse to close a bundle in the name of a department that is not one's own.

    NotFound for who may not even see it, Refused for who sees the whole hall.
    """
    if not bundle(services, bundle_id).is_spoken_for:
        _log_out_of_reach(bundle_id)
        raise Refused(
            "bundle_of_lead",
            Text(
                "整件事的办理结果由牵头部门的工作人员告知。",
                "The result of the whole is stated by a clerk of the lead department.",
            ),
        )


def _log_out_of_reach(bundle_id: str) -> None:
    operator = signed_in()
    log.warning(
        "out_of_reach",
        endpoint=request.endpoint,
        operator=operator.id if operator else None,
        bundle=bundle_id,
    )


def closing_of(session: Session, services: Services, bundle_id: str) -> Closing | None:
    """Return what was stated of a bundle, None before."""
    row = session.get(ClosedBundle, bundle_id)
    if row is None:
        return None
    words = bundle_closing.result_of(session, services, row)
    return Closing(words, row.at, display_names(session, {row.by}).get(row.by, ""))


def _conditions(services: Services, which: str) -> list[ColumnElement[bool]]:
    if which == CLOSED:
        return [exists().where(ClosedBundle.bundle_id == Case.id)]
    if which == GOING_ON:
        return [_among(_not_closed(_OPEN))]
    other = aliased(Case)
    of_it = and_(other.bundle_id == Case.id, other.terminal_id == Case.terminal_id)
    has_key = exists().where(SubjectKey.subject == other.id)
    return [
        _among(_still_read(services)),
        ~exists().where(of_it, other.state.in_(_OPEN)),
        exists().where(of_it, other.state.in_(TOLD), has_key),
    ]


def _still_read(services: Services) -> CompoundSelect[str | None, str]:
    """Select the bundles that their stations have not wiped, for all the hall knows (``purge``).

    A result that nobody would read is not waited for: of what ended long ago, and before results
    were stated at all.
    """
    before = clock.now() - timedelta(days=services.config.retention_days)
    ended = _not_closed(lifecycle.FINAL).where(Case.changed_at >= before)
    return union_all(_not_closed({lifecycle.APPROVED}), ended)


def _not_closed(states: Collection[str]) -> Select[str | None, str]:
    """Select the bundles without a result of which a case is in one of these states.

    Asked first, since an index has it (``ix_cases_member``) and of all there ever were few are so.
    """
    return select(Case.bundle_id, Case.terminal_id).where(
        Case.bundle_id.is_not(None),
        Case.state.in_(sorted(states)),
        ~exists().where(ClosedBundle.bundle_id == Case.bundle_id),
    )


def _among(found: SelectBase) -> ColumnElement[bool]:
    # An id alone could be made up by another terminal.
    return tuple_(Case.id, Case.terminal_id).in_(found)


def _parts(session: Session, firsts: Sequence[Case]) -> Mapping[str, Sequence[Case]]:
    terminals = {first.id: first.terminal_id for first in firsts}
    query = select(Case).where(Case.bundle_id.in_(list(terminals))).order_by(Case.id)
    found = defaultdict[str, list[Case]](list)
    for case in session.scalars(query):
        if case.bundle_id and terminals[case.bundle_id] == case.terminal_id:
            found[case.bundle_id].append(case)
    return found


def _together(
    services: Services, first: Case, cases: Iterable[Case], closing: Closing | None
) -> Together:
    cases, own = tuple(cases), scope.own_reach()
    name, lead = bundle_of(services, first)
    return Together(
        first,
        name,
        lead,
        stations().get(first.station_code, first.station_code),
        tuple(sister_of(services, case) for case in cases),
        frozenset(c.id for c in cases if own is None or own.has(c.item, c.department)),
        closing,
    )
