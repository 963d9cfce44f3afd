"""A carrier that is shown as codes: its file, the texts of its codes, their pictures.

Neighbours: `sync.qr_run` cuts, `kiosk.receipts.qr` draws; the pages of both roles show.
"""

from pathlib import Path

from kiosk.receipts import qr
from sync.qr_run import MAX_RUN_BYTES, texts_of


def fits(carrier: Path) -> bool:
    """Tell whether the carrier is there and small enough to be shown as codes."""
    return carrier.exists() and carrier.stat().st_size <= MAX_RUN_BYTES


def count(carrier: Path) -> int:
    """Return how many codes it takes, 0 when it cannot be shown so."""
    return len(texts_of(carrier.read_bytes())) if fits(carrier) else 0


def picture(carrier: Path, number: int) -> str | None:
    """Return one code as SVG, None when there is no such code; numbers begin with 1."""
    texts = texts_of(carrier.read_bytes()) if fits(carrier) else []
    return qr.svg(texts[number - 1]) if 1 <= number <= len(texts) else None
