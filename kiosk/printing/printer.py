"""Prints a slip at the station's printer, in a child process that ends with it.

Neither fonts nor the printer's library are ever in a web process. Knows no case. Neighbours: `slip`
says what stands on it, `slip_child` is the program.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from forms.definition import Text
from kiosk import clock
from kiosk.printing.slip import Slip

log = structlog.get_logger(__name__)

#: Seconds for one slip, the start of the process on a slow disk included.
SLIP_SECONDS = 30.0
#: Seconds that somebody waits for the slip of somebody else.
TURN_SECONDS = 10.0
_ROOT = Path(__file__).parents[2]
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG")

#: The words of the child, in words for people.
OUTCOMES: Mapping[str, Text] = {
    "printed": Text("凭条已打印，请取走。", "Your slip is printed; please take it."),
    "paper_low": Text(
        "凭条已打印，请取走。打印纸快用完了，请告诉工作人员。",
        "Your slip is printed; please take it. The paper is nearly used up: please tell the staff.",
    ),
    "paper_out": Text("打印机没有纸了。", "The printer is out of paper."),
    "cover_open": Text("打印机的盖子开着。", "The printer's cover is open."),
    "offline": Text("打印机没有就绪。", "The printer is not ready."),
    "unreachable": Text("找不到打印机。", "The printer cannot be reached."),
    "no_font": Text("本机没有中文字体。", "No Chinese font is installed here."),
    "failed": Text("打印没有成功。", "Printing did not work."),
    "busy": Text("正在为别人打印，请稍等再按。", "Another slip is printing; please try again."),
}
GOOD = frozenset({"printed", "paper_low"})

#: The file in the data folder that keeps what became of the last slip, for all web processes.
LAST = "printer.json"

_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the last slip was not printed, and when that was."""

    words: Text
    at: datetime


def trouble(data_dir: Path) -> Trouble | None:
    """Return why the last slip was not printed; None when it was, or none was asked for yet."""
    try:
        told = json.loads((data_dir / LAST).read_bytes())
        outcome, at = str(told["outcome"]), datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        # Told for convenience only: a damaged file is the same as none.
        return None
    return Trouble(OUTCOMES[outcome], at) if outcome in OUTCOMES.keys() - GOOD else None


def note(data_dir: Path, outcome: str) -> None:
    """Keep what became of a slip; a disk that does not take it changes nothing for the resident."""
    if outcome == "busy":
        return
    told = {"outcome": outcome, "at": clock.now().isoformat()}
    with suppress(OSError):
        # Written whole and then renamed: another process may be reading.
        new = data_dir / f"{LAST}.{threading.get_ident()}"
        new.write_text(json.dumps(told))
        new.replace(data_dir / LAST)


def print_slip(address: str, slip: Slip) -> str:
    """Print the slip and return what became of it, a key of `OUTCOMES`; never raises for a printer.

    `address` is the setting KIOSK_PRINTER. One slip at a time in this process.
    """
    if not _turn.acquire(timeout=TURN_SECONDS):
        return "busy"
    try:
        outcome = _run(json.dumps({"printer": address, "slip": slip.wire()}))
    finally:
        _turn.release()
    if outcome not in GOOD:
        log.warning("slip_not_printed", reason=outcome)
    return outcome


def _run(asked: str) -> str:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kiosk.printing.slip_child"],
            input=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SLIP_SECONDS,
            text=True,
            check=True,
            cwd="/",
            env=kept | {"PYTHONPATH": str(_ROOT)},
        )
    except (OSError, subprocess.SubprocessError):
        return "failed"
    return done.stdout if done.stdout in OUTCOMES else "failed"
