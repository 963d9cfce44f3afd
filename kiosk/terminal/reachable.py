"""The address at which a phone in the station's network finds this terminal.

Knows no pages. Neighbours: `kiosk.config` has the setting; `handoff`, `slips`
and `taking` put the address into codes.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import request

from kiosk.app_services import services

_WILDCARDS = ("0.0.0.0", "[::]", "")  # noqa: S104 — compared with, not listened on
#: For documentation (RFC 5737); no packet is sent to it, it only has the system choose a way out.
_SOMEWHERE = ("192.0.2.1", 9)


def base() -> str:
    """Return `http://host:port` for phones: as set, else as found out.

    A terminal that listens on all its addresses takes that of the network it would use. Otherwise
    it is the one by which the present page was asked for.
    """
    config = services().config
    if config.public_url:
        return config.public_url.rstrip("/")
    host, _, port = config.listen.rpartition(":")
    own = _own_address() if host in _WILDCARDS else None
    return f"http://{own}:{port}" if own else request.host_url.rstrip("/")


def for_phones() -> str | None:
    """Return that address, or None when no phone could reach it; one that was set is believed."""
    address = base()
    return None if is_only_here(address) and not services().config.public_url else address


def is_only_here(address: str) -> bool:
    """Tell whether an address leads to this machine alone, so that no phone can reach it."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(_SOMEWHERE)
            return str(way.getsockname()[0])
        except OSError:
            return None
