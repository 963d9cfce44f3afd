"""Single items that another department serves than their authority's: given, taken back, shown.

Knows no page. Neighbours: `single_items` is the page, `dividing` changes whole departments,
`kiosk.operators.departments` says what an exception means.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from forms.release import Catalogue
from kiosk.app_services import Services
from kiosk.cases import passing_on
from kiosk.db import alone, writing
from kiosk.errors import FieldProblem, Invalid
from kiosk.operators import audit
from kiosk.operators.departments import (
    CHANGE,
    Department,
    DepartmentItem,
    Distribution,
    distribution,
)


@dataclass(frozen=True, slots=True)
class Excepted:
    """An item, the department of its authority (``from_code``, empty: none), and who has it now.

    Of an item that the present release has no more nothing is known but its code.
    """

    item: str
    name: Text
    authority: Text | None
    from_code: str
    to_code: str


@dataclass(frozen=True, slots=True)
class Had:
    """The items of one department: those that it serves, and those of its authorities given away.

    Codes and names; `by_exception` are codes among `served`, where they come first; `away` says to
    which department.
    """

    served: tuple[tuple[str, Text], ...]
    by_exception: frozenset[str]
    away: tuple[tuple[str, Text, str], ...]


def exceptions(session: Session, catalogue: Catalogue) -> tuple[Excepted, ...]:
    """Return all exceptions by the codes of their items."""
    told = distribution(session)
    return tuple(_excepted(catalogue, told, *each) for each in sorted(told.items.items()))


def given_to(session: Session, catalogue: Catalogue, item: str) -> Text | None:
    """Return the name of the department that has an item by exception; None: none has."""
    query = select(Department).join(DepartmentItem, DepartmentItem.department == Department.code)
    found = session.scalar(query.where(DepartmentItem.item == item))
    return found.name if found and item in catalogue.items else None


def had_by(catalogue: Catalogue, told: Distribution, department: str) -> Had:
    """Return what items a department has and has not, exceptions first, in the order of codes."""
    own = told.items_of(catalogue, {department})
    names = {code: catalogue.items[code].name for code in sorted(catalogue.items)}
    away = tuple(
        (code, name, told.items[code])
        for code, name in names.items()
        if code in told.items
        and code not in own
        and told.authorities.get(catalogue.items[code].department.zh) == department
    )
    by_exception = own & told.items.keys()
    ordered = sorted(own, key=lambda code: (code not in by_exception, code))
    return Had(tuple((code, names[code]) for code in ordered), by_exception, away)


def give(services: Services, item: str, department: str, by: str) -> None:
    """Let another department serve an item than its authority's. Idempotent.

    Invalid names the field: ``item`` is none of the present release, ``department`` is none, or
    is the one of the item's authority. Open cases of the item that another department's clerks hold
    are put back then; those sent to an authority by hand stay there.
    """
    with writing() as session:
        alone(session, CHANGE)
        told = distribution(session)
        _check(session, services.catalogue, told, item, department)
        if told.items.get(item) != department:
            before = told.of(services.catalogue, item, None) or ""
            session.merge(DepartmentItem(item=item, department=department))
            detail = {"item": item, "from": before}
            audit.record(session, "department.item_given", department, by, detail)
    passing_on.free_beyond(services, department, by)


def take_back(services: Services, item: str, by: str) -> bool:
    """Let an item be served with the others of its authority again; False when it was. Idempotent.

    An item that the present release has no more is taken back too.
    """
    with writing() as session:
        alone(session, CHANGE)
        row = session.get(DepartmentItem, item)
        if row is None:
            return False
        session.delete(row)
        audit.record(session, "department.item_taken_back", row.department, by, {"item": item})
    passing_on.free_beyond(services, row.department, by)
    return True


def _check(
    session: Session, catalogue: Catalogue, told: Distribution, item: str, department: str
) -> None:
    problems = []
    known = catalogue.items.get(item)
    if known is None:
        message = Text("现行目录里没有这个事项。", "The present catalogue has no such item.")
        problems.append(FieldProblem("item", "unknown", message))
    codes = session.scalars(select(Department.code)).all()
    if department not in codes:
        message = Text("没有这个部门。", "There is no such department.")
        problems.append(FieldProblem("department", "unknown", message))
    elif known is not None and told.authorities.get(known.department.zh) == department:
        message = Text(
            "这个部门本来就承办该事项主管部门的事项；已划给别的部门的，请收回。",
            "It serves the item's authority anyway. If the item is elsewhere, take it back.",
        )
        problems.append(FieldProblem("department", "own", message))
    if problems:
        raise Invalid("exception_invalid", problems[0].message, tuple(problems))


def _excepted(catalogue: Catalogue, told: Distribution, item: str, to_code: str) -> Excepted:
    known = catalogue.items.get(item)
    if known is None:
        return Excepted(item, Text(item, item), None, "", to_code)
    own = told.authorities.get(known.department.zh, "")
    return Excepted(item, known.name, known.department, own, to_code)
