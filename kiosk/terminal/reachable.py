"""The address at which a phone in the station's network finds this terminal.

Knows no pages. Neighbours: `kiosk.config` has the setting; `handoff`, `slips`
and `taking` put the address into codes.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import request

from kiosk.app_services import services
from kiosk.tls.names import own_address

_WILDCARDS = ("0.0.0.0", "[::]", "")  # noqa: S104 — compared with, not listened on


def base() -> str:
    """Return `http://host:port` for phones: as set, else as found out.

    A terminal that listens on all its addresses takes that of the network it would use. Otherwise
    it is the one by which the present page was asked for.
    """
    config = services().config
    if config.public_url:
        return config.public_url.rstrip("/")
    host, _, port = config.listen.rpartition(":")
    own = own_address() if host in _WILDCARDS else None
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
