"""The verbs of accounts: create, change, disable, sign in. Each is one commit.

At the hall every change is published to the terminals of the account's
stations in the same commit. Neighbours: ``replica`` takes it over there.
"""

import json
from datetime import datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import alone, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, TooMany, Unauthenticated
from kiosk.operators.model import ROLES, FailedSignIn, Operator
from kiosk.operators.passwords import MIN_LENGTH, hash_password, is_correct
from sync import feed
from sync.ledger import Terminal

#: GB/T 22239 asks for a lock-out: five wrong passwords in fifteen minutes.
MAX_FAILURES = 5
#: Colleagues share an address behind a proxy, so that one's mistakes must not lock all out.
MAX_FAILURES_OF_ADDRESS = 30
WINDOW = timedelta(minutes=15)


def create(
    username: str, display_name: str, role: str, password: str, stations: tuple[str, ...] = ()
) -> Operator:
    """Open an account at the hall; Invalid names a wrong field, Conflict a name in use."""
    _check(username, role, password)
    operator = Operator(
        id=clock.new_id(),
        username=username,
        display_name=display_name,
        role=role,
        password_hash=hash_password(password),
        stations=json.dumps(stations),
        active=True,
        version=1,
    )
    try:
        with writing() as session:
            session.add(operator)
            session.flush()
            publish(session, operator)
    except IntegrityError as error:
        # Asking first would not do: two may ask at once.
        raise Conflict(
            "username_taken", Text("用户名已被使用。", "This user name is in use.")
        ) from error
    return operator


def set_up(
    username: str, display_name: str, role: str, password: str, stations: tuple[str, ...] = ()
) -> Operator:
    """Open the account, or give the one with this name a new password. Invalid as ``create``."""
    with writing() as session:
        operator = session.scalars(
            select(Operator).where(Operator.username == username)
        ).one_or_none()
        if operator is not None:
            _check(username, role, password)
            operator.password_hash = hash_password(password)
            operator.version += 1
            publish(session, operator)
            return operator
    return create(username, display_name, role, password, stations)


def disable(operator_id: str) -> Operator:
    """Close an account: its sessions end with their next request. Idempotent; NotFound."""
    with writing() as session:
        operator = session.get(Operator, operator_id)
        if operator is None:
            raise NotFound("operator_unknown", Text("没有这个账号。", "There is no such account."))
        if operator.active:
            operator.active = False
            operator.version += 1
            publish(session, operator)
        return operator


def sign_in(username: str, password: str, address: str) -> Operator:
    """Return the operator whose password this is.

    Raises Unauthenticated alike for an unknown name, a wrong password and a
    disabled account, and TooMany after five failures in 15 minutes for the
    account, or thirty from the address. A guess counts as a failure until it has
    proved right, so that guesses sent all at once are counted too.
    """
    username = username.strip()[:40]
    guess, operator = _guess(username, address[:45])
    # Slow on purpose, so that nobody must wait for it: no lock is held.
    correct = is_correct(operator.password_hash if operator else None, password)
    if operator is None or not correct or not operator.active:
        raise Unauthenticated(
            "sign_in_failed", Text("用户名或密码不对。", "User name or password is wrong.")
        )
    with writing() as session:
        session.execute(delete(FailedSignIn).where(FailedSignIn.id == guess))
    return operator


def forget_failures() -> None:
    """Wipe guesses that have no more effect, for nobody may sign in for long. Idempotent."""
    with writing() as session:
        session.execute(delete(FailedSignIn).where(_without_effect(clock.now())))


def _without_effect(now: datetime) -> ColumnElement[bool]:
    # Those of the future too: a clock that ran ahead must not lock people out until then.
    return or_(FailedSignIn.at < now - WINDOW, FailedSignIn.at > now)


def _guess(username: str, address: str) -> tuple[str, Operator | None]:
    """Count a guess; return its id and whose account it is at. Raises TooMany, not counted."""
    guess = clock.new_id()
    with writing() as session:
        alone(session, "sign in")
        now = clock.now()
        session.execute(delete(FailedSignIn).where(_without_effect(now)))
        locked = any(
            (session.scalar(select(func.count()).where(by)) or 0) >= most
            for by, most in (
                (FailedSignIn.username == username, MAX_FAILURES),
                (FailedSignIn.address == address, MAX_FAILURES_OF_ADDRESS),
            )
        )
        if not locked:
            session.add(FailedSignIn(id=guess, username=username, address=address, at=now))
        operator = session.scalars(
            select(Operator).where(Operator.username == username)
        ).one_or_none()
    if locked:
        raise TooMany(
            "locked_out",
            Text("尝试次数过多，请 15 分钟后再试。", "Too many tries; please wait 15 minutes."),
        )
    return guess, operator


def publish(session: Session, operator: Operator) -> None:
    """Tell the terminals of the operator's stations; the caller commits."""
    if operator.role != "staff":
        return
    terminals = session.scalars(
        select(Terminal.terminal_id).where(Terminal.station_code.in_(operator.station_codes))
    ).all()
    feed.publish_to_all(session, terminals, "operator.set", as_body(operator), _microseconds())


def publish_staff_of(session: Session, terminal: Terminal) -> None:
    """Tell a newly enrolled terminal of all staff of its station; the caller commits."""
    for operator in session.scalars(select(Operator).where(Operator.role == "staff")):
        if terminal.station_code in operator.station_codes:
            feed.publish(
                session,
                terminal.terminal_id,
                "operator.set",
                None,
                as_body(operator),
                _microseconds(),
            )


def as_body(operator: Operator) -> bytes:
    """Return the feed body of an account: everything a terminal needs to let its owner in."""
    return orjson.dumps(
        {
            "id": operator.id,
            "username": operator.username,
            "display_name": operator.display_name,
            "role": operator.role,
            "password_hash": operator.password_hash,
            "stations": operator.station_codes,
            "active": operator.active,
            "version": operator.version,
        }
    )


def _microseconds() -> int:
    return int(clock.now().timestamp() * 1_000_000)


def _check(username: str, role: str, password: str) -> None:
    problems = []
    if not username.isascii() or not username.replace("-", "").replace(".", "").isalnum():
        problems.append(
            FieldProblem(
                "username",
                "malformed",
                Text("只能用字母、数字、点和短横。", "Letters, digits, dots and hyphens only."),
            )
        )
    if role not in ROLES:
        problems.append(FieldProblem("role", "unknown", Text("没有这个角色。", "No such role.")))
    if len(password) < MIN_LENGTH:
        problems.append(
            FieldProblem(
                "password",
                "too_short",
                Text(f"至少 {MIN_LENGTH} 个字符。", f"At least {MIN_LENGTH} characters."),
            )
        )
    if problems:
        raise Invalid(
            "account_invalid",
            Text("账号信息有误。", "The account's details are wrong."),
            tuple(problems),
        )
