"""Carriers as bytes: loaded at a terminal, taken in at a hall, answered, and brought back."""

import io

from sqlalchemy import select

from kiosk.carriers import station
from kiosk.cases.model import Case
from kiosk.hall import carried
from sync.brought_back import News
from sync.carrier import written
from sync.expecting import ExpectedBlob
from sync.ledger import LedgerEntry
from sync.outbox import NO_LIMIT, Load
from tests.builders.machines import Machine, Pair


def loaded(terminal: Machine, limit: int = NO_LIMIT, *, files: bool = True) -> bytes:
    """What a stick takes from this terminal."""
    return weighed(terminal, limit, files=files)[0]


def weighed(terminal: Machine, limit: int = NO_LIMIT, *, files: bool = True) -> tuple[bytes, Load]:
    """The same, and what was counted."""
    tally = Load()
    with terminal.app.app_context():
        pieces = station.loaded(terminal.transactions, terminal.parts, limit, tally, files=files)
        return b"".join(pieces), tally


def taken(hall: Machine, carrier: bytes, *, small: bool = False) -> tuple[carried.Tally, bytes]:
    """What the hall counted, and its answer."""
    with hall.app.app_context():
        intake = carried.take_in(io.BytesIO(carrier), small=small)
        answer = b"".join(written(intake.answer()))
    return intake.tally, answer


def brought_back(terminal: Machine, answer: bytes) -> News:
    """What changed at the terminal."""
    return terminal.within(
        station.take_answer, terminal.transactions, terminal.parts, io.BytesIO(answer)
    )


def round_trip(pair: Pair) -> News:
    """One stick there and back."""
    return brought_back(pair.terminal, taken(pair.hall, loaded(pair.terminal))[1])


def states(pair: Pair) -> list[str]:
    with pair.terminal.reading() as session:
        return list(session.scalars(select(Case.state).order_by(Case.submitted_at)))


def entries_at_hall(pair: Pair) -> int:
    with pair.hall.reading() as session:
        return len(session.scalars(select(LedgerEntry)).all())


def expected_at_hall(pair: Pair) -> list[str]:
    with pair.hall.reading() as session:
        return list(session.scalars(select(ExpectedBlob.sha256)))


def place(pair: Pair) -> tuple[int, int]:
    return pair.peer().acknowledged
