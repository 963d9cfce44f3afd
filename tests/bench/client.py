"""A load client that costs next to nothing: ready-made bytes, kept connections, one epoll loop.

What a client burns is missing at the server when both share two cores; this one takes a few
per cent and says how much. Speaks as much HTTP/1.1 as it needs and knows no product.
"""

import select
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_RECEIVE_BYTES = 65536
_SILENCE_SECONDS = 30.0


@dataclass(slots=True)
class Outcome:
    """What a run gave: seconds from first to last byte, milliseconds of each answer, statuses."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    reconnected: int = 0
    refusal: bytes = b""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.milliseconds) / self.seconds


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    """Return the bytes of a request; each line of `headers` ends with CR LF."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode("ascii") + body


class _Connection:
    """One kept connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.pending = b""
        self.sent_at = 0.0
        self._received = bytearray()
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received.clear()

    def send(self, data: bytes) -> None:
        self.pending, self.sent_at = data, time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> tuple[int, bytes, bool] | None:
        """Return status, body and whether the server closes, or None when there is more to come.

        Raises ConnectionError when the server closed before it answered.
        """
        data = self.socket.recv(_RECEIVE_BYTES)
        if not data:
            raise ConnectionResetError
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._received[:end]).lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(self._received) < end + 4 + length:
            return None
        body = bytes(self._received[end + 4 :])
        self._received.clear()
        return int(head[9:12]), body, b"connection: close" in head


def exchange(port: int, requests: Iterable[bytes], connections: int) -> Outcome:
    """Send all `requests` over `connections` kept connections, each its next when one is answered.

    A request whose connection was closed without an answer is sent again. Raises TimeoutError when
    nothing is answered for 30 s.
    """
    outcome, waiting = Outcome(), iter(requests)
    open_ones: dict[int, _Connection] = {}
    with select.epoll() as poll:
        cpu, begun = time.process_time(), time.perf_counter()
        for _ in range(connections):
            _start(_Connection(port), waiting, open_ones, poll)
        while open_ones:
            ready = poll.poll(_SILENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {_SILENCE_SECONDS:.0f} s")
            for number, _event in ready:
                _take(open_ones.pop(number), waiting, open_ones, poll, outcome)
        outcome.seconds = time.perf_counter() - begun
        outcome.cpu_seconds = time.process_time() - cpu
    return outcome


def _take(
    connection: _Connection,
    waiting: Iterator[bytes],
    open_ones: dict[int, _Connection],
    poll: select.epoll,
    outcome: Outcome,
) -> None:
    """Take what has arrived on a connection, and let it send the next request when it may."""
    number = connection.socket.fileno()
    try:
        answer = connection.receive()
    except ConnectionError:
        poll.unregister(number)
        connection.socket.close()
        connection.open()
        outcome.reconnected += 1
        _start(connection, iter([connection.pending]), open_ones, poll)
        return
    if answer is None:
        open_ones[number] = connection
        return
    status, body, closes = answer
    outcome.milliseconds.append((time.perf_counter() - connection.sent_at) * 1000)
    outcome.statuses[status] += 1
    if status >= 300:
        outcome.refusal = body
    if closes:
        poll.unregister(number)
        connection.socket.close()
        connection.open()
        outcome.reconnected += 1
        _start(connection, waiting, open_ones, poll)
    elif (following := next(waiting, None)) is None:
        poll.unregister(number)
        connection.socket.close()
    else:
        open_ones[number] = connection
        connection.send(following)


def _start(
    connection: _Connection,
    waiting: Iterator[bytes],
    open_ones: dict[int, _Connection],
    poll: select.epoll,
) -> None:
    following = next(waiting, None)
    if following is None:
        connection.socket.close()
        return
    poll.register(connection.socket.fileno(), select.EPOLLIN)
    open_ones[connection.socket.fileno()] = connection
    connection.send(following)
