"""The case row: what must be found and counted without a key. Nothing personal.

Answers lie in the journal (terminal) or ledger (hall), encrypted with the key
of the case, once. Neighbours: ``bodies`` opens them, ``queries`` draws both together.
"""

import hashlib
from datetime import date, datetime

from sqlalchemy import Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.app_services import services
from kiosk.cases import deadlines, lifecycle
from sync.tables import Base

#: In words that SQLite too knows a single state by.
_CLOSED = "(state = 'refused' OR state = 'delivered' OR state = 'withdrawn')"


def token_hash(token: str) -> str:
    """Return the SHA-256 by which a case is found from its receipt's token, 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


class Case(Base):
    """One case. ``terminal_id`` says where it was made; states are those of ``lifecycle``."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_state_due_on", "state", "due_on"),
        # Of the desk's closed cases, the newest first, and of counting them up to a bound.
        Index("ix_cases_state_changed_at", "state", "changed_at", "id"),
        Index("ix_cases_terminal_id_submitted_at", "terminal_id", "submitted_at"),
        # Partial here for SQLite alone, in the migrations for PostgreSQL too: said here,
        # SQLAlchemy would load that dialect, more than a megabyte, at every terminal.
        #
        # Only a terminal has keys, so that only there a number is refused and drawn again.
        Index(
            "uq_cases_number_where_made",
            "number",
            unique=True,
            sqlite_where=text("idempotency_key IS NOT NULL"),
        ),
        # Of a station's work, and empty at the hall: counting never reads the rows themselves.
        Index(
            "ix_cases_next_due",
            *("next_due", "state", "holder", "supply_by", "station_code"),
            sqlite_where=text("next_due IS NOT NULL"),
        ),
        # Of the desk's list, and empty at a terminal: open cases, whose clock ends first stands
        # first, with all that they are narrowed by; and what a clerk has or had in hand.
        Index(
            "ix_cases_open",
            *("ends_on", "id", "state", "station_code", "item", "holder", "department"),
            sqlite_where=text("ends_on IS NOT NULL"),
        ),
        Index(
            "ix_cases_holder",
            *("holder", "state", "changed_at", "id"),
            sqlite_where=text("held_at IS NOT NULL"),
        ),
        # Of closed cases, narrowed by one thing, the newest first.
        *(
            Index(name, narrowed_by, "state", "changed_at", "id", sqlite_where=text(which))
            for name, narrowed_by, which in (
                ("ix_cases_closed_station", "station_code", _CLOSED),
                ("ix_cases_closed_item", "item", _CLOSED),
                ("ix_cases_closed_sent", "department", f"department IS NOT NULL AND {_CLOSED}"),
            )
        ),
        # Of the list of bundles: few of all there were have a case that was moved lately.
        Index(
            "ix_cases_member",
            *("state", "changed_at", "bundle_id", "terminal_id"),
            sqlite_where=text("bundle_id IS NOT NULL"),
        ),
        Index(
            "ix_cases_person_item",
            *("person", "item"),
            sqlite_where=text("person IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: 15 digits; unique on its terminal. The hall tells cases apart by id alone, since it must
    #: never refuse an entry for what it says.
    number: Mapped[str] = mapped_column(String(15), index=True)
    #: SHA-256 of the receipt's token, so that a stolen database opens no receipt.
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    item: Mapped[str] = mapped_column(String(16), index=True)
    release: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    terminal_id: Mapped[str] = mapped_column(String(36))
    station_code: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(8))
    submitted_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime]
    #: The promised day, from acceptance; unknown before, and for items done on the spot.
    due_on: Mapped[date | None] = mapped_column(Date)
    #: Who works on it: at the hall the clerk who has taken it, at a terminal the member of staff
    #: who looks after it. Neither side is told of the other's.
    holder: Mapped[str | None] = mapped_column(String(36))
    #: Hall only: since when; and the department it was sent to, where that is not its item's own.
    held_at: Mapped[datetime | None]
    department: Mapped[str | None] = mapped_column(String(40))
    #: Hall only: the clock that runs (`deadlines.Clock`), so that lights can be found and counted.
    #: On both sides, since when it stands still (``pausing``); then the first is the last day of
    #: the pause, the second is empty.
    ends_on: Mapped[date | None] = mapped_column(Date)
    soon_on: Mapped[date | None] = mapped_column(Date)
    legal_on: Mapped[date | None] = mapped_column(Date)
    paused_at: Mapped[datetime | None]
    #: The code of the bundle it was handed in with, and the bundle's first case: that of the
    #: receipt, to which the pictures of all belong.
    bundle: Mapped[str | None] = mapped_column(String(16))
    bundle_id: Mapped[str | None] = mapped_column(String(36), index=True)
    #: Terminal only: what a repeated submission is recognised by.
    idempotency_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    request_sha256: Mapped[str | None] = mapped_column(String(64))
    #: The same for its correction, of which there is one at most.
    correction_key: Mapped[str | None] = mapped_column(String(80))
    correction_sha256: Mapped[str | None] = mapped_column(String(64))
    #: Terminal only: by which further cases of the same applicant are found, 64 hex digits of a
    #: hash keyed with the machine's key (``duplicates``).
    person: Mapped[str | None] = mapped_column(String(64))
    #: Terminal only, drawn from the sealed facts so that work can be found without a key: the first
    #: day by which something promised is due, and the next day that matters; None once closed.
    supply_by: Mapped[date | None] = mapped_column(Date)
    next_due: Mapped[date | None] = mapped_column(Date)
    #: Terminal only: when what it holds was wiped here; the hall has it (``purge``).
    wiped_at: Mapped[datetime | None]

    def reckon(self) -> None:
        """Set ``next_due`` anew; whoever moves a case at a terminal calls this."""
        due_on = self.ends_on if self.stands else self.due_on
        self.next_due = deadlines.next_due(self.state, self.changed_at, due_on, self.supply_by)

    @property
    def stands(self) -> bool:
        """Tell whether its clock stands still; one that was taken back meanwhile has none."""
        return self.state == lifecycle.ACCEPTED and self.paused_at is not None

    @property
    def promised_on(self) -> date | None:
        """The last day that was promised; None while the clock stands, for it will be a later."""
        return None if self.stands else self.due_on

    def wind(self, legal_on: date | None = None, since: datetime | None = None) -> None:
        """Set the clock anew; whoever moves a case at the hall calls this.

        `legal_on` is the last day by law for the decision of a case that is accepted; `since` when
        the clock begins, where that is not when the case came into its state.
        """
        running = deadlines.clock_of(
            self.state,
            since or self.changed_at,
            self.due_on,
            legal_on,
            deadlines.Yellow.of(services().config),
        )
        self.ends_on = running.ends_on if running else None
        self.soon_on = running.soon_on if running else None
        self.legal_on = running.legal_on if running else None
        self.paused_at = None

    def stop_clock(self, at: datetime, until: date) -> None:
        """Let the clock stand still; `legal_on` stays, since it says where the law's end was.

        `until` is the last day of what the applicant was told that it takes.
        """
        self.ends_on, self.soon_on = until, None
        self.paused_at = at

    def let_run(self) -> None:
        """Let no pause be known any more; of a terminal, which keeps no clock but its last day."""
        self.paused_at = self.ends_on = None

    def leave_open(self) -> None:
        """Let no clock run, since how long it may take is not known."""
        self.due_on = self.ends_on = self.soon_on = self.legal_on = None

    def light(self, today: date) -> deadlines.Light | None:
        """Return how the case stands at the hall; while it stands still, anywhere."""
        if self.paused_at is not None:
            is_over = self.ends_on is not None and today > self.ends_on
            return deadlines.STOOD_TOO_LONG if is_over else deadlines.STANDS
        if self.ends_on is None or self.soon_on is None:
            if self.state == lifecycle.ACCEPTED:
                return deadlines.OPEN_END
            return deadlines.light_by(self.state, None, today)
        running = deadlines.Clock(self.ends_on, self.soon_on, self.legal_on)
        return deadlines.light_by(self.state, running, today)


class Assignment(Base):
    """Terminal: who gave a case to whom, and when; the newest is the case's ``holder``."""

    __tablename__ = "assignment"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(36), index=True)
    operator: Mapped[str] = mapped_column(String(36))
    assigned_by: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    #: What was said with it, sealed with the machine's key: it may name people.
    note: Mapped[bytes | None]


class Rating(Base):
    """Hall: one rating (好差评), to be counted. It names no case and no person.

    What was written stays in the sealed entry, which ``entry_id`` names for the redress.
    """

    __tablename__ = "rating"

    terminal_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    station_code: Mapped[str] = mapped_column(String(12), index=True)
    item: Mapped[str] = mapped_column(String(16), index=True)
    #: 5 very satisfied to 1 very dissatisfied.
    grade: Mapped[int]
    #: Codes of what was wrong, a JSON list.
    tags: Mapped[str]


class Draft(Base):
    """An unfinished application; ``body`` is encrypted with the machine's key."""

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    body: Mapped[bytes]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    #: The kiosk it is filled at (16 hex digits); a phone or tablet of one's own has none.
    screen: Mapped[str | None] = mapped_column(String(16))


class Handoff(Base):
    """Where the form of a draft is: offered by a code, or gone to a phone; see ``holding``."""

    __tablename__ = "handoff"

    draft_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: SHA-256 of the code that a phone takes the form with.
    code_hash: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(12))
    #: What the phone that took it is known by, in its own cookie only.
    phone: Mapped[str | None] = mapped_column(String(36))
    #: The path of the page that was open when the form changed sides.
    page: Mapped[str] = mapped_column(String(300))
    offered_at: Mapped[datetime] = mapped_column(index=True)
