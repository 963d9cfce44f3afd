"""A terminal whose disk has lost a picture that the hall waits for; it reports as its worker does."""

from sqlalchemy import select

from kiosk.carriers.report import status
from sync.expecting import ExpectedBlob
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import Pair

DAMAGED = b"q" * 400_000


class Telling(Pair):
    """A pair whose terminal reports as its worker does."""

    def _status(self, session):
        return status(session, self.terminal.parts)


def a_picture(pair: Pair) -> str:
    """A case was handed in whose picture the hall waits for; return the picture's name."""
    builder = a_submission(pair.terminal, "RS-001")
    picture = a_picture_at(pair.terminal)
    before = _expected(pair)
    a_case_at(pair.terminal, builder.with_material(next(iter(builder.attachments)), picture))
    pair.push()
    return min(_expected(pair) - before)


def a_damaged_picture(pair: Pair) -> str:
    """The same, and the terminal's disk has lost it."""
    sha = a_picture(pair)
    pair.terminal.parts.blobs.path(sha).write_bytes(DAMAGED)
    return sha


def _expected(pair: Pair) -> set[str]:
    with pair.hall.reading() as session:
        return set(session.scalars(select(ExpectedBlob.sha256)))
