"""The process that prints one slip, `python -m kiosk.printing.slip_child`: the user of escpos.

Reads one JSON object on standard input (`printer`, `slip`), prints, and answers with one word on
standard output, one of `printer.OUTCOMES`. It asks the printer for paper and readiness before and
after, where the printer answers (ESC/POS, DLE EOT). Neighbour: `printer` starts it.
"""

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kiosk.printing.raster import NoFont, drawn

#: Seconds for a connection, a write, and an answer of the printer.
SECONDS = 3
#: Rows of the picture in one command: what printers with little memory take.
ROWS = 240
PROFILE = Path(__file__).with_name("printer_profile.json")

#: ESC/POS real-time status: the command, and what its bits mean in Epson's reference.
READY, COVER, PAPER = (b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04")
_OFFLINE, _COVER_OPEN, _NEAR_END, _NO_PAPER = 0x08, 0x04, 0x0C, 0x60


def main() -> None:
    """Print what standard input says; the answer is one word."""
    asked = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    # escpos prints warnings of its own, and leaves a folder behind in the temporary one.
    sys.stdout = sys.stderr
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = folder
        os.environ["ESCPOS_CAPABILITIES_FILE"] = str(PROFILE)
        word = _printed(asked["printer"], asked["slip"])
    answer.write(word)
    answer.close()


def _printed(address: str, slip: Mapping[str, Any]) -> str:
    try:
        picture = drawn(slip)
    except NoFont:
        return "no_font"
    # Not before: escpos reads its settings when it is loaded.
    escpos = importlib.import_module("escpos.printer")
    failure = importlib.import_module("escpos.exceptions").Error
    try:
        printer = _printer(escpos, address)
        printer.open()
    except (failure, OSError, ValueError):
        # Without libusb there is no USB backend, which is a ValueError.
        return "unreachable"
    # A device file takes bytes and answers nothing.
    ask = _silence if address.startswith("file:") else partial(_status, printer)
    try:
        # One that does not answer once is not asked again: each silence takes its seconds.
        ask = _silence if ask(PAPER) is None else ask
        stopped = _obstacle(ask)
        if stopped:
            return stopped
        printer.hw("INIT")
        printer.image(picture, impl="bitImageRaster", fragment_height=ROWS)
        printer.cut()
        paper = ask(PAPER)
    except (failure, OSError):
        return "failed"
    finally:
        with suppress(failure, OSError):
            printer.close()
    if paper is not None and paper & _NO_PAPER == _NO_PAPER:
        return "paper_out"
    return "paper_low" if paper is not None and paper & _NEAR_END == _NEAR_END else "printed"


def _obstacle(ask: Callable[[bytes], int | None]) -> str | None:
    """Return why the printer cannot print now; None when it can or does not tell."""
    paper = ask(PAPER)
    if paper is None:
        return None
    if paper & _NO_PAPER == _NO_PAPER:
        return "paper_out"
    ready, cover = ask(READY), ask(COVER)
    if cover is not None and cover & _COVER_OPEN:
        return "cover_open"
    return "offline" if ready is not None and ready & _OFFLINE else None


def _status(printer: Any, command: bytes) -> int | None:
    """Return the byte that the printer answers with, or None when it does not answer."""
    with suppress(OSError):
        answer = bytes(printer.query_status(command))
        return answer[-1] if answer else None
    return None


def _silence(command: bytes) -> int | None:
    return None


def _printer(escpos: Any, address: str) -> Any:
    parts = urlsplit(address)
    if parts.scheme == "file":
        return escpos.File(parts.path)
    if parts.scheme == "tcp":
        return escpos.Network(parts.hostname or "", parts.port or 9100, timeout=SECONDS)
    vendor, product = address.removeprefix("usb://").partition("?")[0].split(":")
    ends = {name: int(values[0], 16) for name, values in parse_qs(parts.query).items()}
    return escpos.Usb(
        int(vendor, 16),
        int(product, 16),
        timeout=SECONDS * 1000,
        in_ep=ends.get("in", 0x82),
        out_ep=ends.get("out", 0x01),
    )


if __name__ == "__main__":
    main()
