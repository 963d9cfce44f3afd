"""What is typed about an account, and what is wrong with it beyond the verbs' own rules.

Knows no page. Neighbours: `accounts` opens accounts, `account` changes one.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from forms.definition import Text
from kiosk.db import reading
from kiosk.errors import FieldProblem, Invalid
from kiosk.hall.stations import stations
from kiosk.operators.departments import Department

MAX_USERNAME = 40
MAX_NAME = 80
#: Letters and digits that are told apart on a screen and on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed into the form, without the password."""

    username: str = ""
    display_name: str = ""
    role: str = "clerk"
    stations: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


def read(form: MultiDict[str, str]) -> Entered:
    """Return what a form says; only staff have stations, only clerks departments."""
    role = form.get("role", "")
    return Entered(
        username=form.get("username", "").strip(),
        display_name=form.get("display_name", "").strip(),
        role=role,
        stations=tuple(form.getlist("stations")) if role == "staff" else (),
        departments=tuple(form.getlist("departments")) if role == "clerk" else (),
    )


def check(entered: Entered) -> None:
    """Raise Invalid for wrong names, stations or departments of a new account."""
    _refuse((*_names(entered), *_reach(entered)))


def check_reach(entered: Entered) -> None:
    """Raise Invalid for wrong stations or departments."""
    _refuse(tuple(_reach(entered)))


def a_password() -> str:
    """Return a new password that can be read to somebody."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))


def known_departments() -> Mapping[str, Text]:
    """Return the departments of the hall by code."""
    with reading() as session:
        found = session.scalars(select(Department).order_by(Department.code)).all()
    return {each.code: each.name for each in found}


def _refuse(problems: tuple[FieldProblem, ...]) -> None:
    if problems:
        raise Invalid("account_invalid", problems[0].message, problems)


def _names(entered: Entered) -> Iterator[FieldProblem]:
    if not entered.display_name or len(entered.display_name) > MAX_NAME:
        message = Text(
            f"请填写姓名，最多 {MAX_NAME} 字。",
            f"Please give a name of at most {MAX_NAME} characters.",
        )
        yield FieldProblem("display_name", "length", message)
    if not entered.username or len(entered.username) > MAX_USERNAME:
        message = Text(
            f"请填写账号，最多 {MAX_USERNAME} 个字符。",
            f"Please give an account name of at most {MAX_USERNAME} characters.",
        )
        yield FieldProblem("username", "length", message)


def _reach(entered: Entered) -> Iterator[FieldProblem]:
    if entered.role == "staff" and not entered.stations:
        message = Text("请至少选一个服务站。", "Please choose at least one station.")
        yield FieldProblem("stations", "missing", message)
    if not set(entered.stations) <= set(stations()):
        message = Text("没有这个村（社区）。", "There is no such station.")
        yield FieldProblem("stations", "unknown", message)
    if not set(entered.departments) <= set(known_departments()):
        message = Text("没有这个部门。", "There is no such department.")
        yield FieldProblem("departments", "unknown", message)
