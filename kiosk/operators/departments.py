"""Departments of the hall and their windows: who serves which item.

They are the hall's own data. A release names the authority of each item; a department serves the
items of its authorities, but for those that an admin gave to another by exception; what no
department serves is for the general window (综合窗口), as is every window without a department.
Who has a case is said by `Distribution` alone. Knows no request. Neighbours: `scope` says what a
clerk sees, `kiosk.hall.excepting` gives items.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import String, func, literal, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from forms.definition import Text
from forms.release import Catalogue
from kiosk.operators import audit
from kiosk.operators.model import Operator
from sync.tables import Base

#: As many departments and windows as the service centre has by the town's published account; which
#: ones, and who sits where, was not published: a reference distribution that admins change.
DEPARTMENTS, WINDOWS, GENERAL_WINDOWS = 10, 49, 9

#: What is done one at a time (`kiosk.db.alone`), and not while a case is taken or decided.
CHANGE = "departments"


class Department(Base):
    """A department at the hall; `code` is two or more capital letters, as items' codes begin."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))

    @property
    def name(self) -> Text:
        """Its name in both languages."""
        return Text(self.name_zh, self.name_en)


class DepartmentAuthority(Base):
    """An authority as releases name it (in Chinese), and the department that serves its items."""

    __tablename__ = "department_authority"

    authority: Mapped[str] = mapped_column(String(80), primary_key=True)
    department: Mapped[str] = mapped_column(String(16))


class DepartmentItem(Base):
    """An exception: an item that another department serves than its authority's."""

    __tablename__ = "department_item"

    item: Mapped[str] = mapped_column(String(16), primary_key=True)
    department: Mapped[str] = mapped_column(String(16))


class DepartmentWindow(Base):
    """A window of the hall; without a department it is a general one."""

    __tablename__ = "department_window"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    department: Mapped[str | None] = mapped_column(String(16))


#: Who serves what, by authority and by exception.
_SERVED = (
    select(
        literal(0).label("what"),
        DepartmentAuthority.authority.label("name"),
        DepartmentAuthority.department.label("told"),
    ),
    select(literal(1), DepartmentItem.item, DepartmentItem.department),
)


def authorities(catalogue: Catalogue) -> Mapping[str, Text]:
    """Return the authorities that a release names, by their Chinese name, busiest first."""
    counted = Counter(item.department for item in catalogue.items.values())
    return {name.zh: name for name, _ in counted.most_common()}


@dataclass(frozen=True, slots=True)
class Distribution:
    """Who serves what at one moment: the department of each authority, and of each exception."""

    authorities: Mapping[str, str]
    items: Mapping[str, str]

    def of(self, catalogue: Catalogue, item: str, sent_to: str | None) -> str | None:
        """Return the department that has a case; None: the general window.

        That is who serves the authority that it was sent to, whatever its item; else whom its item
        was given to; else who serves its item's authority. `sent_to` is the authority's Chinese
        name. An item that the release has no more is the general window's.
        """
        if sent_to:
            return self.authorities.get(sent_to)
        known = catalogue.items.get(item)
        if known is None:
            return None
        return self.items.get(item) or self.authorities.get(known.department.zh)

    def authorities_of(self, departments: Collection[str]) -> frozenset[str]:
        """Return the names of the authorities that these departments serve."""
        return frozenset(name for name, by in self.authorities.items() if by in departments)

    def items_of(self, catalogue: Catalogue, departments: Collection[str]) -> frozenset[str]:
        """Return the codes of the items of a release that these departments serve."""
        return frozenset(
            code for code in catalogue.items if self.of(catalogue, code, None) in departments
        )

    def items_beside(self, catalogue: Catalogue, authority: str) -> frozenset[str]:
        """Return the items that are served where an authority is: its own, but for those that were
        given away, and those given to the department that serves it.
        """
        own = self.authorities.get(authority)
        return frozenset(
            code
            for code, item in catalogue.items.items()
            if (self.items[code] == own if code in self.items else item.department.zh == authority)
        )


def distribution(session: Session) -> Distribution:
    """Return who serves what now; one query."""
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for what, name, department in session.execute(union_all(*_SERVED)):
        found[what][name] = department
    return Distribution(*found)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a case is to somebody: within reach, and for their own department to decide.

    A case that no department has is for everybody to decide. Who has no account has all within
    reach: the hall's clock and commands.
    """

    reaches: bool
    decides: bool


def standing(
    session: Session, catalogue: Catalogue, item: str, sent_to: str | None, person: str
) -> Standing:
    """Return how somebody, by the id of the account, stands to a case now; one query."""
    asks = select(literal(2), Operator.role, Operator.departments).where(Operator.id == person)
    found: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    for what, name, told in session.execute(union_all(*_SERVED, asks)):
        found[what][name] = told
    department = Distribution(*found[:2]).of(catalogue, item, sent_to)
    if not found[2]:
        return Standing(reaches=True, decides=department is None)
    ((role, told),) = found[2].items()
    codes = json.loads(told)
    return Standing(_may_have(role, codes, department), department is None or department in codes)


def may_have(person: Operator, department: str | None) -> bool:
    """Tell whether a case that this department has is within reach of a decider."""
    return _may_have(person.role, person.department_codes, department)


def _may_have(role: str, codes: Collection[str], department: str | None) -> bool:
    return role != "clerk" or not codes or department in codes


def set_up(session: Session, catalogue: Catalogue, by: str) -> int:
    """Make departments and windows from a release; return how many, 0 when there are some already.

    The busiest authorities become departments; the others are left to the general window. Windows
    go to departments by how many items they serve. The caller commits.
    """
    if session.scalar(select(func.count()).select_from(Department)):
        return 0
    counted = Counter(item.department for item in catalogue.items.values())
    busiest = counted.most_common(DEPARTMENTS)
    shares = _shares([count for _, count in busiest], WINDOWS - GENERAL_WINDOWS)
    number = 1
    for _ in range(GENERAL_WINDOWS):
        session.add(DepartmentWindow(number=number, department=None))
        number += 1
    for (name, _), share in zip(busiest, shares, strict=True):
        code = _code(catalogue, name)
        session.add(Department(code=code, name_zh=name.zh, name_en=name.en))
        session.add(DepartmentAuthority(authority=name.zh, department=code))
        for _ in range(share):
            session.add(DepartmentWindow(number=number, department=code))
            number += 1
    audit.record(session, "department.set_up", catalogue.release[:16], by, {"count": len(busiest)})
    return len(busiest)


def _shares(weights: list[int], total: int) -> list[int]:
    """Return how `total` is shared out by weight, at least one each (largest remainders)."""
    rest, whole = total - len(weights), sum(weights)
    exact = [rest * weight / whole for weight in weights]
    shares = [1 + int(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: int(exact[at]) - exact[at])
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


def _code(catalogue: Catalogue, authority: Text) -> str:
    prefixes = Counter(
        code.partition("-")[0]
        for code, item in catalogue.items.items()
        if item.department == authority
    )
    return prefixes.most_common(1)[0][0]
