"""Carrying from a terminal and back, wired: what the command and the staff's pages call.

Neighbours: `sync.outbox` and `sync.brought_back` do the work, `kiosk.terminal.carrier` and
`kiosk.cli.carrying` call.
"""

from collections.abc import Iterator
from functools import partial

from kiosk import clock
from kiosk.app_services import Services
from kiosk.carriers.report import status
from kiosk.cases.feedback import Feedback
from kiosk.cases.rebuilding import Rebuild
from kiosk.db import AppTransactions
from sync import brought_back, outbox
from sync.brought_back import News
from sync.carrier import Readable, written
from sync.outbox import Load
from sync.push import Line
from sync.transport import LineDown


class NoLine:
    """The transport of a carrier: there is none."""

    def post(self, path: str, frame: bytes) -> bytes:
        """Nothing goes this way; LineDown."""
        raise LineDown("a carrier has no line")

    def blob_offset(self, sha256: str) -> int:
        """Nothing goes this way; LineDown."""
        raise LineDown("a carrier has no line")

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        """Nothing goes this way; LineDown."""
        raise LineDown("a carrier has no line")


def loaded(
    transactions: AppTransactions, parts: Services, limit: int, tally: Load, *, files: bool = True
) -> Iterator[bytes]:
    """Return the bytes of a carrier for the hall, at most ``limit``; see `sync.outbox.load`."""
    shelf = parts.releases if files else None
    report = partial(status, parts=parts)
    line = _line(transactions, parts)
    return written(outbox.load(line, report, parts.blobs, shelf, limit, tally))


def take_answer(transactions: AppTransactions, parts: Services, stream: Readable) -> News:
    """Take the hall's answer in; see `sync.brought_back.take_answer`."""
    line = _line(transactions, parts)
    return brought_back.take_answer(line, stream, Feedback(parts.keyring), parts.releases)


def _line(transactions: AppTransactions, parts: Services) -> Line:
    rebuild = Rebuild(parts.keyring)
    return Line(transactions, NoLine(), parts.identity, parts.keyring, clock.now, rebuild=rebuild)
