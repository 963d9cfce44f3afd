"""The verbs of accounts: create, change, disable, sign in. Each is one commit.

At the hall every change is published to the terminals of the account's
stations in the same commit. Neighbours: ``replica`` takes it over there.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import alone, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, TooMany, Unauthenticated
from kiosk.operators import audit
from kiosk.operators.departments import CHANGE
from kiosk.operators.model import ROLES, FailedSignIn, Operator
from kiosk.operators.passwords import MIN_LENGTH, hash_password, is_correct
from sync import feed
from sync.ledger import Terminal

#: GB/T 22239 asks for a lock-out: five wrong passwords in fifteen minutes.
MAX_FAILURES = 5
#: Colleagues share an address behind a proxy, so that one's mistakes must not lock all out.
MAX_FAILURES_OF_ADDRESS = 30
WINDOW = timedelta(minutes=15)


#: What belongs to an act and lies beyond accounts, in the act's own transaction.
Alongside = Callable[[Session], None]


def _nothing(_: Session) -> None:
    pass


def create(
    username: str,
    display_name: str,
    role: str,
    password: str,
    stations: tuple[str, ...] = (),
    departments: tuple[str, ...] = (),
    by: str = audit.COMMAND,
) -> Operator:
    """Open an account at the hall; Invalid names a wrong field, Conflict a name in use.

    ``by`` is the id of who does it.
    """
    _check(username, role, password)
    operator = Operator(
        id=clock.new_id(),
        username=username,
        display_name=display_name,
        role=role,
        password_hash=hash_password(password),
        stations=json.dumps(stations),
        departments=json.dumps(departments),
        active=True,
        version=1,
    )
    try:
        with writing() as session:
            session.add(operator)
            session.flush()
            publish(session, operator)
            audit.record_at_hall(session, "account.opened", operator.id, by, _rights(operator))
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
            audit.record_at_hall(session, "account.password_set", operator.id, audit.COMMAND)
            return operator
    return create(username, display_name, role, password, stations)


def disable(operator_id: str, by: str = audit.COMMAND, alongside: Alongside = _nothing) -> Operator:
    """Close an account: its sessions end with their next request. Idempotent; NotFound.

    ``alongside`` is done in the same commit when it was open: what it held is put back.
    """
    with writing() as session:
        alone(session, CHANGE)
        operator = _account(session, operator_id)
        if operator.active:
            operator.active = False
            operator.version += 1
            publish(session, operator)
            alongside(session)
            audit.record_at_hall(session, "account.closed", operator.id, by)
        return operator


def change(
    operator_id: str,
    role: str,
    stations: tuple[str, ...],
    departments: tuple[str, ...],
    by: str = audit.COMMAND,
    alongside: Alongside = _nothing,
) -> Operator:
    """Give an account another role, stations and departments, and end its sessions.

    The stations that it leaves are told too. Invalid for an unknown role, NotFound, Conflict when
    the account is closed. Nothing happens when nothing is different; else ``alongside`` is done in
    the same commit.
    """
    _check("unchanged", role, "x" * MIN_LENGTH)
    with writing() as session:
        # A case that this account takes just now is to be put back too, or not to be taken.
        alone(session, CHANGE)
        operator = _account(session, operator_id, active=True)
        before, left = _rights(operator), operator.station_codes
        was_staff = operator.role == "staff"
        operator.role, operator.stations = role, json.dumps(stations)
        operator.departments = json.dumps(departments)
        if _rights(operator) == before:
            return operator
        operator.version += 1
        publish(session, operator, also=left if was_staff else [])
        after = {f"new_{name}": value for name, value in _rights(operator).items()}
        alongside(session)
        audit.record_at_hall(session, "account.changed", operator.id, by, {**before, **after})
        return operator


def set_password(operator_id: str, password: str, by: str = audit.COMMAND) -> Operator:
    """Give an account another password and end its sessions. Invalid, NotFound, Conflict."""
    with writing() as session:
        operator = _account(session, operator_id, active=True)
        _check(operator.username, operator.role, password)
        operator.password_hash = hash_password(password)
        operator.version += 1
        publish(session, operator)
        audit.record_at_hall(session, "account.password_set", operator.id, by)
        return operator


def end_sessions(operator_id: str, by: str = audit.COMMAND) -> Operator:
    """End all sessions of an account with their next request. NotFound, Conflict."""
    with writing() as session:
        operator = _account(session, operator_id, active=True)
        operator.version += 1
        publish(session, operator)
        audit.record_at_hall(session, "account.sessions_ended", operator.id, by)
        return operator


def _account(session: Session, operator_id: str, *, active: bool = False) -> Operator:
    operator = session.get(Operator, operator_id, with_for_update=True)
    if operator is None:
        raise NotFound("operator_unknown", Text("没有这个账号。", "There is no such account."))
    if active and not operator.active:
        raise Conflict("account_closed", Text("这个账号已停用。", "This account is closed."))
    return operator


def _rights(operator: Operator) -> dict[str, str | int]:
    return {
        "role": operator.role,
        "stations": ",".join(operator.station_codes),
        "departments": ",".join(operator.department_codes),
    }


def sign_in(username: str, password: str, address: str) -> Operator:
    """Return the operator whose password this is.

    Raises Unauthenticated alike for an unknown name, a wrong password and a
    disabled account, and TooMany after five failures in 15 minutes for the
    account, or thirty from the address. A guess counts as a failure until it has
    proved right, so that guesses sent all at once are counted too.
    """
    return _proved("sign_in", username.strip()[:40], password, address[:45])


def confirm(operator: Operator, password: str, address: str) -> None:
    """Check the password of somebody who is signed in, before a dangerous act. Raises as sign_in.

    Guesses count together with those at the sign-in page.
    """
    _proved("step_up", operator.username, password, address[:45])


def _proved(what: str, username: str, password: str, address: str) -> Operator:
    guess, operator = _guess(what, username, address)
    # Slow on purpose, so that nobody must wait for it: no lock is held.
    correct = is_correct(operator.password_hash if operator else None, password)
    if operator is None or not correct or not operator.active:
        # What was typed as a name is not kept: it may be a password.
        who = operator.id if operator else audit.NOBODY
        audit.note(f"{what}.failed", who, audit.NOBODY, {"from": address})
        raise Unauthenticated(
            "sign_in_failed", Text("用户名或密码不对。", "User name or password is wrong.")
        )
    with writing() as session:
        session.execute(delete(FailedSignIn).where(FailedSignIn.id == guess))
        if what == "sign_in":
            session.get_one(Operator, operator.id).last_sign_in = clock.now()
        audit.record_at_hall(session, f"{what}.passed", operator.id, operator.id, {"from": address})
    return operator


def forget_failures() -> None:
    """Wipe guesses that have no more effect, for nobody may sign in for long. Idempotent."""
    with writing() as session:
        session.execute(delete(FailedSignIn).where(_without_effect(clock.now())))


def _without_effect(now: datetime) -> ColumnElement[bool]:
    # Those of the future too: a clock that ran ahead must not lock people out until then.
    return or_(FailedSignIn.at < now - WINDOW, FailedSignIn.at > now)


def _guess(what: str, username: str, address: str) -> tuple[str, Operator | None]:
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
            _note_lock(session, what, operator.id if operator else audit.NOBODY, address)
    if locked:
        raise TooMany(
            "locked_out",
            Text("尝试次数过多，请 15 分钟后再试。", "Too many tries; please wait 15 minutes."),
        )
    return guess, operator


def _note_lock(session: Session, what: str, who: str, address: str) -> None:
    """Record that an account or address is locked out, once for each time: guessing goes on."""
    known = select(func.count()).where(
        audit.AuditRecord.act == f"{what}.locked",
        audit.AuditRecord.target == who,
        audit.AuditRecord.at > clock.now() - WINDOW,
    )
    if not session.scalar(known):
        audit.record_at_hall(session, f"{what}.locked", who, audit.NOBODY, {"from": address})


def publish(session: Session, operator: Operator, also: Sequence[str] = ()) -> None:
    """Tell the terminals of the operator's stations, and of those it left; the caller commits."""
    codes = [*(operator.station_codes if operator.role == "staff" else ()), *also]
    if not codes:
        return
    terminals = session.scalars(
        select(Terminal.terminal_id).where(Terminal.station_code.in_(codes))
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
