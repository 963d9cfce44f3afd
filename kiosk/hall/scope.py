"""Which cases somebody may see and decide: the one rule of departments, asked at every request.

A clerk of departments has the cases of the items that they serve, by their authorities or by
exception, but for those that were sent to another, and what was sent to them; a clerk without any
sits at the general window (综合窗口), accepts everything and sees everything, as admins and
auditors do. A case out of reach is answered as one that is not there, and that is logged.
Neighbours: `kiosk.operators.departments` says who serves what; lists add `cases()` to their
conditions, and `check` guards every address that names a case, a help record or a redress.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import g, has_request_context, request
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from forms.release import Catalogue
from kiosk.app_services import services
from kiosk.cases.desk import OUT_OF_REACH
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.redressing import Redress
from kiosk.db import glancing
from kiosk.errors import NotFound
from kiosk.operators import departments
from kiosk.operators.session import signed_in

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """What departments serve: items by their codes, authorities by their names."""

    items: frozenset[str]
    authorities: frozenset[str]

    def has(self, item: str, sent_to: str | None) -> bool:
        """Tell whether a case lies here: sent here, or its item's and sent nowhere else."""
        return item in self.items if sent_to is None else sent_to in self.authorities

    def within(self, other: "Reach") -> "Reach":
        """Return what lies here and there."""
        return Reach(self.items & other.items, self.authorities & other.authorities)

    def condition(self) -> ColumnElement[bool]:
        """Return the same on `Case`."""
        of_item = and_(Case.department.is_(None), Case.item.in_(sorted(self.items)))
        return or_(Case.department.in_(sorted(self.authorities)), of_item)


def own_reach() -> Reach | None:
    """Return what is within reach of who asks; None for all."""
    operator = signed_in() if has_request_context() else None
    if operator is None or operator.role != "clerk" or not operator.department_codes:
        return None
    if "own_reach" not in g:
        codes, told = operator.department_codes, distribution()
        items = told.items_of(services().catalogue, codes)
        g.own_reach = Reach(items, told.authorities_of(codes))
    found: Reach = g.own_reach
    return found


def reach_of(authority: str) -> Reach:
    """Return what lies with an authority: what is sent to it, and the items served where it is."""
    items = distribution().items_beside(services().catalogue, authority)
    return Reach(items, frozenset([authority]))


def distribution() -> departments.Distribution:
    """Return who serves what, asked once for a request."""
    if "distribution" not in g:
        with glancing() as session:
            g.distribution = departments.distribution(session)
    found: departments.Distribution = g.distribution
    return found


def cases() -> list[ColumnElement[bool]]:
    """Return the conditions on `Case` that leave only what is within reach of who asks."""
    own = own_reach()
    return [] if own is None else [own.condition()]


def redress() -> list[ColumnElement[bool]]:
    """Return the same on `Redress`: it lies where its case does."""
    own = cases()
    return [exists().where(Case.id == Redress.case_id, *own)] if own else []


def help_records() -> list[ColumnElement[bool]]:
    """Return the same on `HelpRecord`: one that belongs to a case lies where the case lies."""
    own = own_reach()
    if own is None:
        return []
    sent_to = select(Case.department).where(Case.id == HelpRecord.case_id).scalar_subquery()
    of_item = and_(sent_to.is_(None), HelpRecord.item.in_(sorted(own.items)))
    return [or_(sent_to.in_(sorted(own.authorities)), of_item)]


def leads(catalogue: Catalogue, code: str | None) -> bool:
    """Tell whether who asks works for the lead department of a bundle, or for all."""
    own = own_reach()
    if own is None:
        return True
    bundle = catalogue.bundles.get(code or "")
    return bundle is not None and bundle.department.zh in own.authorities


def speaks_for_lead(catalogue: Catalogue, code: str | None) -> bool:
    """Tell whether who asks may state a bundle's result, which the resident reads as the lead's.

    That is for the lead department's own clerks. An authority that no department serves is served
    at the general window, as its cases are, and by who has all within reach.
    """
    if own_reach() is not None:
        return leads(catalogue, code)
    bundle = catalogue.bundles.get(code or "")
    return bundle is None or bundle.department.zh not in distribution().authorities


def check() -> None:
    """Refuse an address that names a case or record out of reach (before every request)."""
    named = request.view_args or {}
    if "case_id" in named:
        check_cases([named["case_id"]])
    if "redress_id" in named:
        of_case = select(Case.item, Case.department).join(Redress, Redress.case_id == Case.id)
        _check(of_case.where(Redress.id == named["redress_id"]), "redress_unknown")
    if "record_id" in named:
        found = select(HelpRecord.item, Case.department)
        found = found.outerjoin(Case, Case.id == HelpRecord.case_id)
        _check(found.where(HelpRecord.id == named["record_id"]), "help_unknown")


def check_cases(case_ids: Iterable[str]) -> None:
    """Raise NotFound when one of these cases is out of reach of who asks, and log that."""
    found = select(Case.item, Case.department).where(Case.id.in_(list(case_ids)))
    _check(found, "case_unknown")


def _check(query: Select[Any, Any], code: str) -> None:
    own = own_reach()
    if own is None:
        return
    with glancing() as session:
        beyond = {item for item, sent_to in session.execute(query) if not own.has(item, sent_to)}
    if not beyond:
        return
    operator = signed_in()
    log.warning(
        "out_of_reach",
        endpoint=request.endpoint,
        operator=operator.id if operator else None,
        items=sorted(beyond),
        **(request.view_args or {}),
    )
    raise NotFound(code, OUT_OF_REACH)
