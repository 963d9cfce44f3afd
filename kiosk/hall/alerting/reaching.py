"""Reaches a receiver of notices: where it is, whether it may be told, and for how long at most.

A receiver may answer one byte at a time, or be a name for this machine or for the service that
hands out the machine's own rights. The first costs a connection, the second is refused, at every
attempt anew, for names change. Neighbour: `sending` says what is told.
"""

import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType

#: Where clouds tell a machine about itself, keys included, beside the link-local addresses:
#: Alibaba Cloud and Tencent Cloud, Azure, and Amazon by IPv6.
_METADATA = frozenset(
    ip_address(each) for each in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")
)


class NotAllowed(OSError):
    """The receiver is this machine, or an address that nobody may be told at."""


class Limit:
    """A time (seconds) after which a connection is cut, whatever comes by it and however slowly.

    The look-up of a name is not in it: the system gives that up by itself.
    """

    def __init__(self, seconds: float) -> None:
        """Begin when the block is entered."""
        self._seconds, self._ends = seconds, 0.0
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        #: Whether the time is over, so that what went wrong went wrong by that.
        self.is_over = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "Limit":
        self._ends = time.monotonic() + self._seconds
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def connect(self, hosts: Sequence[str], port: int) -> socket.socket:
        """Return a connection to the first that is there, cut in time; OSError when none is."""
        sock = self._first(hosts, port)
        with self._lock:
            # Of its own: TLS takes the socket apart, and the line stays the same.
            self._handle = sock.dup()
        if self.is_over:
            self._cut()
        return sock

    def _first(self, hosts: Sequence[str], port: int) -> socket.socket:
        for host in hosts[:-1]:
            try:
                return socket.create_connection((host, port), timeout=self._left())
            except OSError:
                # The next may be there: a receiver has several addresses for this.
                continue
        return socket.create_connection((hosts[-1], port), timeout=self._left())

    def _left(self) -> float:
        return max(0.001, self._ends - time.monotonic())

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            if self._handle is None:
                return
            try:
                self._handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The other side was first.
                return


def addresses_of(host: str, port: int, *, may_be_local: bool) -> Sequence[str]:
    """Return the addresses that a name has now; NotAllowed, OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not may_be_local and any(map(is_refused, addresses)):
        raise NotAllowed
    return addresses


def is_refused(text: str) -> bool:
    """Tell whether an address is this machine's own, link-local, or a cloud's for its machines.

    What is no address is not refused here: a name is looked up when something is sent.
    """
    if text.casefold().rstrip(".") == "localhost":
        return True
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in _METADATA
    )
