"""Which cases somebody may see and decide: the one rule of departments, asked at every request.

A clerk of departments has the cases of the items that they serve; a clerk without any sits at the
general window (综合窗口), accepts everything and sees everything, as admins and auditors do. A case
out of reach is answered as one that is not there, and that is logged. Neighbours:
`kiosk.operators.departments` says who serves what; lists add `cases()` to their conditions, and
`check` guards every address that names a case, a help record or a redress.
"""

from collections.abc import Iterable

import structlog
from flask import g, has_request_context, request
from sqlalchemy import ColumnElement, Select, select

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.redressing import Redress
from kiosk.db import reading
from kiosk.errors import NotFound
from kiosk.operators import departments
from kiosk.operators.session import signed_in

log = structlog.get_logger(__name__)


def items() -> frozenset[str] | None:
    """Return the codes of the items within reach of who asks; None for all."""
    operator = signed_in() if has_request_context() else None
    if operator is None or operator.role != "clerk" or not operator.department_codes:
        return None
    if "items_in_reach" not in g:
        with reading() as session:
            g.items_in_reach = departments.items_of(
                session, services().catalogue, operator.department_codes
            )
    found: frozenset[str] = g.items_in_reach
    return found


def cases() -> list[ColumnElement[bool]]:
    """Return the conditions on `Case` that leave only what is within reach of who asks."""
    served = items()
    return [] if served is None else [Case.item.in_(sorted(served))]


def redress() -> list[ColumnElement[bool]]:
    """Return the same on `Redress`."""
    served = items()
    return [] if served is None else [Redress.item.in_(sorted(served))]


def help_records() -> list[ColumnElement[bool]]:
    """Return the same on `HelpRecord`."""
    served = items()
    return [] if served is None else [HelpRecord.item.in_(sorted(served))]


def check() -> None:
    """Refuse an address that names a case or record out of reach (before every request)."""
    named = request.view_args or {}
    if "case_id" in named:
        check_cases([named["case_id"]])
    if "redress_id" in named:
        wanted = select(Redress.item).where(Redress.id == named["redress_id"])
        _check(wanted, "redress_unknown")
    if "record_id" in named:
        _check(select(HelpRecord.item).where(HelpRecord.id == named["record_id"]), "help_unknown")


def check_cases(case_ids: Iterable[str]) -> None:
    """Raise NotFound when one of these cases is out of reach of who asks, and log that."""
    _check(select(Case.item).where(Case.id.in_(list(case_ids))), "case_unknown")


def _check(query: Select[str], code: str) -> None:
    served = items()
    if served is None:
        return
    with reading() as session:
        wanted = set(session.scalars(query))
    if wanted <= served:
        return
    operator = signed_in()
    log.warning(
        "out_of_reach",
        endpoint=request.endpoint,
        operator=operator.id if operator else None,
        items=sorted(wanted - served),
        **(request.view_args or {}),
    )
    raise NotFound(
        code,
        Text(
            "没有这个办件，或不归您的部门。",
            "No such case, or it is another department's.",
        ),
    )
