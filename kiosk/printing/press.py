"""Makes a PDF of HTML in a child process that lives for the papers of one order and no longer.

Fonts and layout take more memory than everything else of a terminal together, so no web process
ever carries them: the child starts in about a second and gives everything back when it ends.
Neighbours: `child` is the program, `kiosk.materials.wire` the frames between the two.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import structlog

from forms.definition import Text
from kiosk.errors import DomainError, TooLarge, Unavailable
from kiosk.materials import wire

log = structlog.get_logger(__name__)

#: Seconds until a child is ready: it has to read libraries from a slow disk.
START_SECONDS = 30.0
#: Seconds for one paper of few pages, and for a large one that nobody waits for at a page: 110
#: posters in one file took 16 s where this was written.
PAPER_SECONDS, BATCH_SECONDS = 30.0, 300.0
#: Seconds that somebody waits for the paper of somebody else, and how many may wait.
TURN_SECONDS = 10.0
MOST_IN_LINE = 2

_MOST_BYTES = 64 * 1024 * 1024
_END_SECONDS = 1.0
_ROOT = Path(__file__).parents[2]
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG", "FONTCONFIG_PATH", "FONTCONFIG_FILE")

_REFUSALS: dict[str, tuple[type[DomainError], Text]] = {
    "printing_not_here": (
        Unavailable,
        Text(
            "这台机器上没有安装打印所需的软件，无法生成打印文件；其他功能不受影响。",
            "What printing needs is not installed on this machine, so that no paper can be made "
            "here. Everything else works as usual.",
        ),
    ),
    "printing_fonts_missing": (
        Unavailable,
        Text(
            "这台机器上没有安装中文字体，无法生成打印文件；其他功能不受影响。",
            "No Chinese font is installed on this machine, so that no paper can be made here. "
            "Everything else works as usual.",
        ),
    ),
    "printing_busy": (
        Unavailable,
        Text(
            "正在为别人生成打印文件，请稍后再试。",
            "Another paper is being made. Please try again in a moment.",
        ),
    ),
    "printing_failed": (
        Unavailable,
        Text(
            "打印文件没有做成，请稍后再试。",
            "The paper could not be made. Please try again shortly.",
        ),
    ),
    "paper_too_large": (
        TooLarge,
        Text("内容太多，无法打印。", "This is too much to be printed."),
    ),
}


def refusal(code: str) -> DomainError:
    """Return the error to raise for this code; KeyError for an unknown one."""
    kind, message = _REFUSALS[code]
    return kind(code, message)


class Press:
    """One child for any number of papers; a context manager, for one thread."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Start nothing yet; `environment` is set in the child beside what it needs."""
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def __enter__(self) -> "Press":
        """Start the child; Unavailable when this machine lacks what printing needs."""
        ours, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        with theirs:
            self._channel = ours
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kiosk.printing.child"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=kept | {"PYTHONPATH": str(_ROOT)} | self._environment,
            )
        try:
            self._answer(ours, START_SECONDS)
        except DomainError:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child, by force if it does not end by itself."""
        self._end()

    def pdf(self, html: str, seconds: float = PAPER_SECONDS) -> bytes:
        """Return the paper; Unavailable when it was not made within `seconds`, TooLarge.

        After a refusal the child is gone and this press makes nothing more.
        """
        if self._channel is None:
            raise refusal("printing_failed")
        self._channel.settimeout(seconds)
        with suppress(OSError):
            wire.send(self._channel, wire.REBUILD, html.encode())
        return self._answer(self._channel, seconds)

    def _answer(self, channel: socket.socket, seconds: float) -> bytes:
        channel.settimeout(seconds)
        try:
            verdict, body = wire.receive(channel, _MOST_BYTES)
        except (OSError, EOFError, ValueError) as error:
            ended = self._end()
            # What the child itself would say of it could hold what somebody typed.
            log.error("paper_not_made", reason=type(error).__name__, exit_status=ended)
            raise refusal("printing_failed") from error
        if verdict == wire.REFUSAL:
            code = body.decode("ascii")
            log.warning("paper_refused", reason=code)
            raise refusal(code)
        return body

    def _end(self) -> int | None:
        channel, process = self._channel, self._process
        self._channel = self._process = None
        if channel is not None:
            channel.close()
        if process is None:
            return None
        try:
            return process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


_line = threading.BoundedSemaphore(1 + MOST_IN_LINE)
_turn = threading.Lock()


def printed(html: str) -> bytes:
    """Return one paper as PDF. One at a time in this process; who waits too long gets Unavailable.

    Few may wait, so that the threads of the web process stay free for everything else.
    """
    if not _line.acquire(blocking=False):
        raise refusal("printing_busy")
    try:
        if not _turn.acquire(timeout=TURN_SECONDS):
            raise refusal("printing_busy")
        try:
            with Press() as press:
                return press.pdf(html)
        finally:
            _turn.release()
    finally:
        _line.release()
