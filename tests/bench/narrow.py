"""A line that is as narrow as one likes and counts what passes: a TCP proxy in threads of its own.

Bytes are let through in slices, so that whoever sends notices the narrowness as on a real line
once the buffers, which are kept small, are full. Knows no product.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: About what lies in a modem; the kernel's own buffers would hold seconds of a narrow line.
_SLICE_BYTES, _BUFFER_BYTES = 1024, 4096


@dataclass
class NarrowLine:
    """A listening port before another one; `up` and `down` count bytes, one direction each."""

    target: int
    #: Bits a second for each direction; 0 for as many as pass.
    bits: int = 0
    up: int = 0
    down: int = 0
    port: int = 0
    _free_at: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, way in ((near, far, "up"), (far, near, "down")):
                threading.Thread(target=self._carry, args=(source, sink, way), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            while data := source.recv(_SLICE_BYTES if self.bits else 262144):
                self._pass(len(data), way)
                sink.sendall(data)
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _pass(self, count: int, way: str) -> None:
        """Count, and wait until the line has had time for so many bytes."""
        with self._lock:
            setattr(self, way, getattr(self, way) + count)
            if not self.bits:
                return
            now = time.monotonic()
            free = max(now, self._free_at.get(way, 0.0)) + count * 8 / self.bits
            self._free_at[way] = free
        time.sleep(max(0.0, free - now))


@contextmanager
def narrow_line(target: int, bits: int = 0) -> Iterator[NarrowLine]:
    """Yield a line to the port `target` of this machine with `bits` a second each way."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if bits:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    line = NarrowLine(target, bits, port=listener.getsockname()[1])
    threading.Thread(target=line.serve, args=(listener,), daemon=True).start()
    try:
        yield line
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
