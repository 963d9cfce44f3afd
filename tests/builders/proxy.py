"""A line between terminal and hall that can be spoilt: an HTTP proxy of our own, with toxics.

One thread for each connection, one request after the other, whole frames in memory: what comes
may be delayed, throttled, cut, doubled, held back, altered, answered by somebody else. Knows HTTP
and the addresses of the exchange, and nothing of what is in a frame.
"""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: Bytes that go at once on a throttled line.
_BIT = 512
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "server", "date"}


@dataclass
class Exchange:
    """One request on its way and what is to become of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the hall, or somebody in its place, says."""

    status: int
    headers: dict[str, str]
    body: bytes


class Cut(Exception):
    """The connection is to end without a further byte."""


#: Gets the exchange and a way to ask the hall; returns the answer, or raises Cut.
Toxic = Callable[[Exchange, Callable[[Exchange], Answer]], Answer]


@dataclass
class Proxy:
    """A running proxy: `toxic` spoils what is exchanged, speed and latency the bytes."""

    address: str
    hall: str
    toxic: Toxic | None = None
    #: Bits a second in either direction; None: as fast as may be.
    bits: int | None = None
    #: Seconds before a request goes on, and before its answer does.
    latency: float = 0.0
    #: Nobody answers at all.
    is_down: bool = False
    #: Method and path of everything that reached the hall, in order.
    passed: list[tuple[str, str]] = field(default_factory=list)
    #: What the toxics did.
    spoilt: int = 0

    def ask_hall(self, exchange: Exchange) -> Answer:
        """Carry a request to the hall as it is; Cut when the hall is away."""
        place = urlsplit(self.hall)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request(exchange.method, exchange.path, exchange.body, exchange.headers)
            answer = connection.getresponse()
            found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise Cut from error
        finally:
            connection.close()
        self.passed.append((exchange.method, exchange.path))
        return found

    def carried(self, exchange: Exchange) -> Answer:
        if self.is_down:
            raise Cut
        self.travel(len(exchange.body))
        toxic = self.toxic
        answer = toxic(exchange, self.ask_hall) if toxic else self.ask_hall(exchange)
        self.travel(len(answer.body))
        return answer

    def travel(self, size: int) -> None:
        """Take as long as so many bytes need on this line."""
        end = time.monotonic() + self.latency + (size * 8 / self.bits if self.bits else 0.0)
        while time.monotonic() < end:
            if self.is_down:
                raise Cut
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))

    def soon(self, toxic: Toxic, times: int = 1, path: str = "") -> None:
        """Let `toxic` spoil the next `times` requests to a path that holds `path`."""
        lock = threading.Lock()
        left = times

        def limited(exchange: Exchange, ask: Callable[[Exchange], Answer]) -> Answer:
            nonlocal left
            with lock:
                spoils = left > 0 and path in exchange.path
                left -= spoils
            if not spoils:
                return ask(exchange)
            self.spoilt += 1
            return toxic(exchange, ask)

        self.toxic, self.spoilt = limited, 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections end in every way here."""


class _Carrier(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def carry(self) -> None:
        self.connection.settimeout(60)
        length = int(self.headers.get("Content-Length") or 0)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        exchange = Exchange(self.command, self.path, kept, self.rfile.read(length))
        try:
            answer = self.server.proxy.carried(exchange)
        except Cut:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_HEAD = do_PATCH = carry


@contextmanager
def proxying(hall: str) -> Iterator[Proxy]:
    """Run a proxy before the hall's address until the block ends."""
    server = _Server(("127.0.0.1", 0), _Carrier)
    server.proxy = Proxy(f"http://127.0.0.1:{server.server_port}", hall)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.proxy
    finally:
        server.proxy.is_down = True
        server.shutdown()
        thread.join()
        server.server_close()


# ---- toxics ----


def lost(_exchange: Exchange, _ask: Callable[[Exchange], Answer]) -> Answer:
    """The request never arrives."""
    raise Cut


def unheard(exchange: Exchange, ask: Callable[[Exchange], Answer]) -> Answer:
    """The request arrives, and its answer is lost."""
    ask(exchange)
    raise Cut


def doubled(exchange: Exchange, ask: Callable[[Exchange], Answer]) -> Answer:
    """The request arrives twice, and the second answer is heard."""
    ask(exchange)
    return ask(exchange)


def altered(exchange: Exchange, ask: Callable[[Exchange], Answer]) -> Answer:
    """A byte of the request is another one."""
    body = bytearray(exchange.body)
    body[len(body) // 2] ^= 0x01
    return ask(Exchange(exchange.method, exchange.path, exchange.headers, bytes(body)))


def answer_altered(exchange: Exchange, ask: Callable[[Exchange], Answer]) -> Answer:
    """A byte of the answer is another one."""
    answer = ask(exchange)
    body = bytearray(answer.body or b"?")
    body[len(body) // 2] ^= 0x01
    return Answer(answer.status, answer.headers, bytes(body))


def saying(status: int, body: bytes = b"", **headers: str) -> Toxic:
    """Somebody else answers in the hall's place."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _exchange, _ask: Answer(status, named, body)
