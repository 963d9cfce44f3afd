"""The tables of operators and of failed sign-ins. Passwords only as argon2id hashes."""

import json
from datetime import datetime
from typing import Literal

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base

Role = Literal["staff", "clerk", "admin", "auditor"]
ROLES: tuple[Role, ...] = ("staff", "clerk", "admin", "auditor")


class Operator(Base):
    """One account. ``version`` grows with every change and ends older sessions."""

    __tablename__ = "operator"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(8))
    password_hash: Mapped[str] = mapped_column(String(160))
    #: JSON list of station codes where a member of staff works.
    stations: Mapped[str] = mapped_column(Text, default="[]")
    #: JSON list of codes of the departments that a clerk decides for; none: the general window.
    departments: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    #: When a password was last shown for it at this machine.
    last_sign_in: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    # What Flask-Login asks of a signed-in user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Tell whether the account may be used."""
        return self.active

    @property
    def station_codes(self) -> list[str]:
        """The stations where this operator works."""
        return [str(code) for code in json.loads(self.stations)]

    @property
    def department_codes(self) -> list[str]:
        """The departments that this operator decides for."""
        return [str(code) for code in json.loads(self.departments)]

    def is_staff_of(self, station_code: str) -> bool:
        """Tell whether this is a member of staff of that station."""
        return self.role == "staff" and station_code in self.station_codes

    def get_id(self) -> str:
        """Return what the session cookie holds: id and version, never rights."""
        return f"{self.id}:{self.version}"


class FailedSignIn(Base):
    """One guess that has not proved right, for the lock-out; wiped when it has no more effect."""

    __tablename__ = "failed_sign_in"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(40), index=True)
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime]
