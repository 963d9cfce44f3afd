"""Departments as they are shown and changed: windows as people write them, who serves whom.

Neighbours: `departments` is the page, `kiosk.operators.departments` has tables and the first state.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.definition import Text
from forms.release import Catalogue
from kiosk.app_services import Services
from kiosk.cases import passing_on
from kiosk.db import alone, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.operators import audit
from kiosk.operators.departments import (
    CHANGE,
    Department,
    DepartmentAuthority,
    DepartmentWindow,
    authorities,
    distribution,
)
from kiosk.operators.model import Operator

MAX_WINDOW = 999
_CODE = re.compile(r"[A-Z]{2,8}")
_RUN = re.compile(r"(\d{1,3})(?:\s*[-–—~至]\s*(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed about a department; windows as ``5-12, 14``."""

    code: str = ""
    name_zh: str = ""
    name_en: str = ""
    windows: str = ""
    authorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One department, or the general window (without code), with what it has and serves."""

    code: str
    name: Text
    windows: str
    window_count: int
    authorities: tuple[Text, ...]
    items: int
    #: How many of the items it has by exception.
    excepted: int
    clerks: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All departments, the busiest first, and the general window last; is anything set up?"""

    rows: tuple[Row, ...]
    windows: int
    is_set_up: bool


def overview(session: Session, catalogue: Catalogue) -> Overview:
    """Return who serves what now."""
    names, told = authorities(catalogue), distribution(session)
    items = Counter(told.of(catalogue, code, None) for code in catalogue.items)
    excepted = Counter(by for code, by in told.items.items() if code in catalogue.items)
    windows: dict[str | None, list[int]] = {}
    for window in session.scalars(select(DepartmentWindow).order_by(DepartmentWindow.number)):
        windows.setdefault(window.department, []).append(window.number)
    clerks = _clerks(session)
    known = {each.code: each.name for each in session.scalars(select(Department))}

    def row(code: str | None, name: Text) -> Row:
        numbers = windows.get(code, [])
        return Row(
            code=code or "",
            name=name,
            windows=as_text(numbers),
            window_count=len(numbers),
            authorities=tuple(names[zh] for zh in names if told.authorities.get(zh) == code),
            items=items[code],
            excepted=excepted[code or ""],
            clerks=clerks[code or ""],
        )

    rows = sorted((row(*each) for each in known.items()), key=lambda each: (-each.items, each.code))
    general = row(None, Text("综合窗口", "General window"))
    total = sum(len(each) for each in windows.values())
    return Overview((*rows, general), total, bool(known))


def entered_of(session: Session, code: str) -> Entered:
    """Return a department as it would be typed; an empty one for ``new``; NotFound."""
    if code == "new":
        return Entered()
    found = session.get(Department, code)
    if found is None:
        raise NotFound("department_unknown", Text("没有这个部门。", "There is no such department."))
    numbers = session.scalars(
        select(DepartmentWindow.number)
        .where(DepartmentWindow.department == code)
        .order_by(DepartmentWindow.number)
    ).all()
    own = tuple(sorted(distribution(session).authorities_of([code])))
    return Entered(code, found.name_zh, found.name_en, as_text(numbers), own)


def change(services: Services, entered: Entered, by: str, *, is_new: bool) -> None:
    """Make or change a department. Invalid names the field; Conflict, NotFound.

    Windows and authorities that are taken leave whoever had them; those that are given up are of
    the general window. Open cases that go to another department are put back.
    """
    numbers = _checked(services, entered)
    with writing() as session:
        # Two admins at once would each give the same window to another department.
        alone(session, CHANGE)
        row = session.get(Department, entered.code)
        if is_new and row is not None:
            message = Text("这个部门代码已被使用。", "This code is in use.")
            raise Conflict("code_taken", message, (FieldProblem("code", "taken", message),))
        if not is_new and row is None:
            raise NotFound(
                "department_unknown", Text("没有这个部门。", "There is no such department.")
            )
        session.merge(
            Department(code=entered.code, name_zh=entered.name_zh, name_en=entered.name_en)
        )
        own = DepartmentWindow.department == entered.code
        session.execute(update(DepartmentWindow).where(own).values(department=None))
        for number in numbers:
            session.merge(DepartmentWindow(number=number, department=entered.code))
        for each in session.scalars(select(DepartmentAuthority)).all():
            if each.department == entered.code and each.authority not in entered.authorities:
                session.delete(each)
        for name in entered.authorities:
            session.merge(DepartmentAuthority(authority=name, department=entered.code))
        detail = {"windows": as_text(numbers), "authorities": ", ".join(entered.authorities)}
        audit.record(session, "department.changed", entered.code, by, detail)
    passing_on.free_beyond(services, entered.code, by)


def as_text(numbers: Iterable[int]) -> str:
    """Return window numbers as people write them: runs with a dash, commas between."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def as_numbers(text: str) -> frozenset[int] | None:
    """Return the windows that were typed, 1 to ``MAX_WINDOW``; None when it cannot be read."""
    found: set[int] = set()
    for part in filter(None, (each.strip() for each in re.split(r"[,，、;；]", text))):
        run = _RUN.fullmatch(part)
        if run is None:
            return None
        first, last = int(run[1]), int(run[2] or run[1])
        if not 1 <= first <= last:
            return None
        found.update(range(first, last + 1))
    return frozenset(found)


def _checked(services: Services, entered: Entered) -> frozenset[int]:
    problems = []
    if not _CODE.fullmatch(entered.code):
        message = Text("部门代码：2 到 8 个大写字母。", "The code: 2 to 8 capital letters.")
        problems.append(FieldProblem("code", "malformed", message))
    for path, value, most in (("name_zh", entered.name_zh, 60), ("name_en", entered.name_en, 80)):
        if not value or len(value) > most:
            message = Text(f"名称：1 到 {most} 字。", f"The name: 1 to {most} characters.")
            problems.append(FieldProblem(path, "length", message))
    numbers = as_numbers(entered.windows)
    if numbers is None:
        message = Text("窗口：写成 5-12, 14 的样子。", "The windows: write them like 5-12, 14.")
        problems.append(FieldProblem("windows", "malformed", message))
    if not set(entered.authorities) <= set(authorities(services.catalogue)):
        message = Text("目录里没有这个主管部门。", "The catalogue names no such authority.")
        problems.append(FieldProblem("authorities", "unknown", message))
    if problems:
        raise Invalid("department_invalid", problems[0].message, tuple(problems))
    return numbers or frozenset()


def _clerks(session: Session) -> Counter[str]:
    """Return how many clerks each department has; those of none under ""."""
    query = select(Operator.departments).where(Operator.role == "clerk", Operator.active)
    counted: Counter[str] = Counter()
    for told in session.scalars(query):
        counted.update(json.loads(told) or [""])
    return counted
