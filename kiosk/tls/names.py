"""The names and addresses by which a terminal is reached in its own network, and none beyond.

The authority signs for such names alone, and its own certificate says so: whoever trusts it trusts
it for nothing on the internet. Neighbours: `asking` puts the names into a request, the hall's
`authority` checks them.
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from kiosk.config import Config

#: What RFC 6762, RFC 8375 and ICANN keep for networks of one's own.
DOMAINS = ("local", "internal", "home.arpa", "localhost")
#: RFC 1918, RFC 3927, RFC 1122; RFC 4193, RFC 4291.
NETWORKS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
MOST = 20

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: For documentation (RFC 5737); no packet is sent to it, it only has the system choose a way out.
_SOMEWHERE = ("192.0.2.1", 9)


def own(config: Config) -> tuple[str, ...]:
    """Return all names and addresses of this machine that a certificate may have, sorted."""
    host = socket.gethostname().partition(".")[0].lower()
    listening = config.listen.rpartition(":")[0].strip("[]")
    public = urlsplit(config.public_url).hostname or ""
    wanted = {"localhost", "127.0.0.1", f"{host}.local", listening, public, own_address() or ""}
    return tuple(sorted(name for name in wanted if is_local(name)))


def own_address() -> str | None:
    """Return the address of this machine in the network it would use, None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(_SOMEWHERE)
            return str(way.getsockname()[0])
        except OSError:
            return None


def is_local(name: str) -> bool:
    """Tell whether a name or address can only be one of a network of one's own."""
    address = as_address(name)
    if address is not None:
        return any(address in network for network in NETWORKS)
    labels = name.split(".")
    is_name = len(name) <= 253 and all(map(_LABEL.fullmatch, labels))
    return is_name and any(f".{name}".endswith(f".{domain}") for domain in DOMAINS)


def as_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an IP address that is written as text, None for a name."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
