"""A printer of slips that speaks ESC/POS on a real socket, and what it has printed as a picture.

It knows the commands that a slip needs and no more: a command it does not know is an error of the
test. Asserts nothing else.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from PIL import Image, ImageOps

#: What the bits of the four states are (Epson's reference of DLE EOT); bits 1 and 4 are always 1.
FIXED = 0x12
OFFLINE, COVER_OPEN, NEAR_END, NO_PAPER = 0x08, 0x04, 0x0C, 0x60


@dataclass
class Printed:
    """Reads the bytes for a printer, in whatever pieces they come."""

    rows: list[Image.Image] = field(default_factory=list)
    cuts: int = 0
    asked: list[int] = field(default_factory=list)
    _rest: bytes = b""

    def take(self, data: bytes) -> Iterator[int]:
        """Take bytes in; yield the number of each status that is asked for."""
        self._rest += data
        while (length := self._length()) is not None and len(self._rest) >= length:
            command, self._rest = self._rest[:length], self._rest[length:]
            if command[:2] == b"\x10\x04":
                self.asked.append(command[2])
                yield command[2]
            elif command[:3] == b"\x1dv0":
                self.rows.append(_raster(command))
            elif command[:2] == b"\x1dV":
                self.cuts += 1

    def picture(self) -> Image.Image:
        """All that was printed, one strip below the other."""
        strip = Image.new("L", (self.rows[0].width, sum(row.height for row in self.rows)), 255)
        y = 0
        for row in self.rows:
            strip.paste(row, (0, y))
            y += row.height
        return strip

    def _length(self) -> int | None:
        """How long the first command is; None when too little of it is here to tell."""
        rest = self._rest
        if len(rest) < 2:
            return None
        if rest[:2] == b"\x1dv":
            if len(rest) < 8:
                return None
            across, down = (int.from_bytes(rest[i : i + 2], "little") for i in (4, 6))
            return 8 + across * down
        lengths = {b"\x10\x04": 3, b"\x1b@": 2, b"\x1bd": 3, b"\x1dV": 3}
        return lengths[rest[:2]]


def _raster(command: bytes) -> Image.Image:
    across, down = (int.from_bytes(command[i : i + 2], "little") for i in (4, 6))
    # A set bit is a black dot.
    dots = Image.frombytes("1", (across * 8, down), command[8:])
    return ImageOps.invert(dots.convert("L"))


@dataclass
class SlipPrinter:
    """The printer: its states may be changed at any time; `address` is the setting."""

    port: int = 0
    paper: int = 0
    cover: int = 0
    offline: int = 0
    is_silent: bool = False
    printed: Printed = field(default_factory=Printed)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def answer(self, number: int) -> bytes:
        states = {1: self.offline, 2: self.cover, 4: self.paper}
        return bytes([FIXED | states[number]])


@contextmanager
def a_slip_printer() -> Iterator[SlipPrinter]:
    """A printer with paper that listens on a free port."""
    printer = SlipPrinter()
    with socket.create_server(("127.0.0.1", 0)) as server:
        printer.port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, printer))
        thread.start()
        try:
            yield printer
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, printer: SlipPrinter) -> None:
    with suppress(OSError):
        while True:
            caller, _ = server.accept()
            with caller:
                while data := caller.recv(65536):
                    for number in printer.printed.take(data):
                        if not printer.is_silent:
                            caller.sendall(printer.answer(number))
