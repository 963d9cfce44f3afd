"""How a terminal becomes known to the hall: invited, enrolled by a one-time code, approved.

The code opens one enrolment within ten minutes and is kept only as a hash. The
terminal's keys are made on the terminal; an admin compares the fingerprint and
approves before anything is taken from it.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from forms.definition import Text
from kiosk import clock
from kiosk.db import alone, reading, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, Unauthenticated
from kiosk.hall.releasing import tell_current
from kiosk.operators import audit
from kiosk.operators.service import publish_staff_of
from sync.envelope import GENESIS
from sync.identity import PublicIdentity
from sync.ledger import Terminal
from sync.lives import Life
from sync.tables import Base

log = structlog.get_logger(__name__)

VALID = timedelta(minutes=10)
FIRST_NUMBER = 100001


class Invitation(Base):
    """A one-time code for one station; ``code_sha256`` only."""

    __tablename__ = "invitation"

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    station_code: Mapped[str] = mapped_column(String(12))
    station_name: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: The terminal whose broken machine the new one takes the place of.
    replaces: Mapped[str | None] = mapped_column(String(36))


def invite(
    station_code: str, station_name: str, by: str = audit.COMMAND, replaces: str | None = None
) -> str:
    """Return a new one-time code (16 characters) for a terminal at this station.

    With the id of a terminal it ``replaces``, it is for another machine in that one's place.
    """
    code = base64.b32encode(secrets.token_bytes(10)).decode()
    with writing() as session:
        session.add(
            Invitation(
                code_sha256=_hash(code),
                station_code=station_code,
                station_name=station_name,
                expires_at=clock.now() + VALID,
                used_at=None,
                replaces=replaces,
            )
        )
        told = {"terminal": _number_of(session, replaces)} if replaces else {}
        audit.record(session, "terminal.invited", station_code, by, told)
    return code


def open_invitations(session: Session) -> Sequence[Invitation]:
    """Return the invitations that still open an enrolment, the one that ends first first."""
    query = select(Invitation).where(
        Invitation.used_at.is_(None), Invitation.expires_at > clock.now()
    )
    return session.scalars(query.order_by(Invitation.expires_at)).all()


def enrol(code: str, public: str) -> Terminal:
    """Register the terminal with these keys, waiting for approval; uses the code up.

    Unauthenticated alike for an unknown, used or expired code; Invalid for malformed keys, and for
    such that nothing can be sealed for; Conflict when the keys are enrolled already.
    """
    public = _checked(public)
    with writing() as session:
        # Two at once would be given the same number, and the same keys be enrolled twice.
        alone(session, "enrol")
        now = clock.now()
        invitation = session.get(Invitation, _hash(code.strip().upper()), with_for_update=True)
        if invitation is not None and _was_answered(session, invitation, public):
            # The answer was lost: the machine that has these keys asks with the same code again.
            return session.scalars(_with_keys(public)).all()[0]
        if invitation is None or invitation.used_at is not None or invitation.expires_at < now:
            log.warning("enrolment_refused")
            raise Unauthenticated(
                "code_invalid",
                Text("接入码无效、已用或过期。", "The code is unknown, used or expired."),
            )
        if session.scalars(_with_keys(public)).first() is not None:
            raise Conflict(
                "already_enrolled", Text("这台终端已经接入。", "This terminal is enrolled already.")
            )
        invitation.used_at = now
        if invitation.replaces:
            return _in_the_place_of(session, invitation.replaces, public, now)
        return _a_new_one(session, invitation, public, now)


def _was_answered(session: Session, invitation: Invitation, public: str) -> bool:
    """Tell whether this code gave these keys their terminal, which nobody has let in yet."""
    terminal = session.scalars(_with_keys(public)).first()
    return (
        invitation.used_at is not None
        and terminal is not None
        and terminal.standing == "pending"
        and terminal.enrolled_at == invitation.used_at
    )


def _a_new_one(session: Session, invitation: Invitation, public: str, now: datetime) -> Terminal:
    terminal = Terminal(
        terminal_id=clock.new_id(),
        number=_next_number(session),
        station_code=invitation.station_code,
        station_name=invitation.station_name,
        public=public,
        standing="pending",
        enrolled_at=now,
        cursor_epoch=0,
        cursor_seq=0,
        cursor_digest=GENESIS,
        feed_head=0,
    )
    session.add(terminal)
    told = {"station": terminal.station_code, "fingerprint": fingerprint_of(terminal)}
    audit.record(session, "terminal.enrolled", terminal.number, audit.TERMINAL, told)
    return terminal


def _in_the_place_of(session: Session, terminal_id: str, public: str, now: datetime) -> Terminal:
    """Give a terminal the keys of its new machine: those of the old one are worth nothing now.

    What the hall knows of the old machine alone is forgotten; ledger, feed and epochs stay, so that
    the new one gets back what was there and goes on in the next epoch.
    """
    terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
    terminal.public, terminal.standing, terminal.enrolled_at = public, "pending", now
    terminal.contact = terminal.contact_offered = terminal.contact_before = None
    terminal.forked_at = terminal.twins_at = terminal.cloned_at = None
    terminal.reported_pending, terminal.reported_blobs = 0, 0
    terminal.reported_oldest_at = terminal.reported_error = terminal.reported_devices = None
    terminal.reported_waiting = terminal.reported_well_at = None
    terminal.release = None
    # Of the old machine: a run of its life that nobody let go on, and other codes for its place.
    session.execute(delete(Life).where(Life.terminal_id == terminal_id, Life.epoch.is_(None)))
    session.execute(
        update(Invitation)
        .where(Invitation.replaces == terminal_id, Invitation.used_at.is_(None))
        .values(used_at=now)
    )
    told = {"fingerprint": fingerprint_of(terminal)}
    audit.record(session, "terminal.replaced", terminal.number, audit.TERMINAL, told)
    return terminal


def is_replacement(terminal: Terminal) -> bool:
    """Tell whether a terminal that has just enrolled is one that was there before."""
    return (terminal.cursor_epoch, terminal.feed_head) != (0, 0)


def _number_of(session: Session, terminal_id: str) -> str:
    return session.get_one(Terminal, terminal_id).number


def fingerprint_of(terminal: Terminal) -> str:
    """Return the fingerprint of a terminal's keys, as people compare it."""
    return PublicIdentity.from_hex(terminal.public).fingerprint()


def _checked(public: str) -> str:
    """Return these keys in the one form in which they are kept and compared."""
    try:
        keys = PublicIdentity.from_hex(public)
        keys.check()
    except ValueError as error:
        problem = FieldProblem(
            "public", "malformed", Text("公钥格式不对。", "The keys are malformed.")
        )
        raise Invalid("keys_malformed", problem.message, (problem,)) from error
    return keys.to_hex()


def _with_keys(public: str) -> Select[Terminal]:
    # An earlier release kept the digits as they were sent.
    return select(Terminal).where(func.lower(Terminal.public) == public)


def approve(number: str, by: str = audit.COMMAND, compared: str | None = None) -> Terminal:
    """Let the terminal exchange, and send it its staff and the release. Idempotent.

    ``by`` is the id of the operator who did it, ``compared`` the fingerprint that was looked at.
    NotFound; Conflict when other keys have come since.
    """
    with writing() as session:
        terminal = _by_number(session, number)
        if compared is not None and compared != fingerprint_of(terminal):
            raise Conflict(
                "other_keys",
                Text(
                    "这台终端的密钥已经换了，请重新核对指纹。",
                    "The keys are others now: please compare the fingerprint again.",
                ),
            )
        if terminal.standing != "approved":
            terminal.standing = "approved"
            session.flush()
            publish_staff_of(session, terminal)
            tell_current(session, terminal)
            told = {"fingerprint": fingerprint_of(terminal)}
            audit.record(session, "terminal.approved", number, by, told)
        return terminal


def revoke(number: str, by: str = audit.COMMAND) -> Terminal:
    """Take nothing more from the terminal, from its next request on; NotFound. Idempotent."""
    with writing() as session:
        terminal = _by_number(session, number)
        if terminal.standing != "revoked":
            terminal.standing = "revoked"
            audit.record(session, "terminal.revoked", number, by)
        return terminal


def _by_number(session: Session, number: str) -> Terminal:
    return _the_one(session, _numbered(number).with_for_update())


def _numbered(number: str) -> Select[Terminal]:
    return select(Terminal).where(Terminal.number == number)


def _the_one(session: Session, query: Select[Terminal]) -> Terminal:
    terminal = session.scalars(query).one_or_none()
    if terminal is None:
        raise NotFound("terminal_unknown", Text("没有这台终端。", "There is no such terminal."))
    return terminal


def _next_number(session: Session) -> str:
    numbers = session.scalars(select(Terminal.number)).all()
    return str(max((int(number) + 1 for number in numbers), default=FIRST_NUMBER))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def find(number: str) -> Terminal:
    """Return the terminal with this number as it is now, for who only looks; NotFound."""
    with reading() as session:
        return _the_one(session, _numbered(number))
