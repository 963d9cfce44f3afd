"""One key per case, wrapped by the machine's master key, in a table of their own.

Destroying a row here makes the case's bodies unreadable wherever they lie, but
for a backup that still has the row, while the digests go on proving the chain. The master key
itself is never seen here: a ``Wrapper`` is handed in.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync import bulk
from sync.tables import Base, Executor, table_of

log = structlog.get_logger(__name__)


class Wrapper(Protocol):
    """What wraps and unwraps keys for a context (``kiosk.crypto.Keyring``)."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return ``key`` encrypted for ``context``."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped for ``context``."""


class SubjectKey(Base):
    """The wrapped key of one case."""

    __tablename__ = "subject_key"

    subject: Mapped[str] = mapped_column(String(36), primary_key=True)
    wrapped: Mapped[bytes]


_TABLE = table_of(SubjectKey)
_INSERT = _TABLE.insert()


def store(session: Session, wrapper: Wrapper, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """Keep the keys that are not yet here; one that is here stays as it is (idempotent).

    Return the keys of these cases as they are kept now, as ``fetch`` would.
    """
    if not keys:
        return {}
    if len(keys) == 1 and _is_stored(session, wrapper, *keys.items()):
        # One new case, as nearly always but for a backlog.
        return dict(keys)
    query = select(_TABLE).where(bulk.among(session, _TABLE.c.subject, keys.keys()))
    known = {row.subject: row.wrapped for row in session.execute(query)}
    fresh = {subject: key for subject, key in keys.items() if subject not in known}
    rows = [
        {"subject": subject, "wrapped": wrapper.wrap(key, subject.encode())}
        for subject, key in fresh.items()
    ]
    bulk.insert(session, _TABLE, rows)
    return fresh | _unwrapped(wrapper, known)


def _is_stored(session: Session, wrapper: Wrapper, new: tuple[str, bytes]) -> bool:
    """Keep a key that is not here yet; False when one is."""
    subject, key = new
    row = {"subject": subject, "wrapped": wrapper.wrap(key, subject.encode())}
    return bulk.insert_missing(session, _TABLE.c.subject, [row]) == 1


def add(session: Executor, wrapper: Wrapper, subject: str, key: bytes) -> None:
    """Keep the key of a case that is new here; IntegrityError when it is not."""
    session.execute(_INSERT, {"subject": subject, "wrapped": wrapper.wrap(key, subject.encode())})


def fetch(session: Executor, wrapper: Wrapper, subjects: Iterable[str]) -> dict[str, bytes]:
    """Return the keys of those of ``subjects`` that still have one.

    One that does not unwrap (a damaged row, another master key) is logged and left out like one
    that was destroyed: it must not stop the other cases.
    """
    query = select(_TABLE).where(bulk.among(session, _TABLE.c.subject, list(subjects)))
    return _unwrapped(wrapper, {row.subject: row.wrapped for row in session.execute(query)})


def _unwrapped(wrapper: Wrapper, wrapped: Mapping[str, bytes]) -> dict[str, bytes]:
    found = {}
    for subject, sealed in wrapped.items():
        try:
            found[subject] = wrapper.unwrap(sealed, subject.encode())
        except ValueError:
            log.error("case_key_does_not_open", subject=subject)
    return found
