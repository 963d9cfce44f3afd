"""What makes a tablet's browser trust this terminal: the authority's certificate, and the address.

The files are in the data folder's `tls/`, where `kiosk.certifying` puts them. Knows no pages.
Neighbours: `pair` and `tablets` show it, `reachable` knows the address by plain HTTP.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from urllib.parse import urlsplit

from kiosk.app_services import services
from kiosk.terminal import reachable

FOLDER = "tls"
AUTHORITY, CERTIFICATE, KEY = "ca.crt", "terminal.crt", "terminal.key"


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate, and its SHA-256 in pairs of hex digits as browsers show it."""

    pem: str
    fingerprint: str


def authority() -> Authority | None:
    """Return the certificate of the town's authority; None before it has come from the hall."""
    try:
        pem = (_folder() / AUTHORITY).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    return Authority(pem, hashlib.sha256(PEM_cert_to_DER_cert(pem)).digest().hex(":").upper())


def address(path: str) -> str | None:
    """Return where this terminal is reached by HTTPS; None when it is not."""
    port = services().config.tls_port
    if not port or not (_folder() / CERTIFICATE).exists():
        return None
    return f"https://{urlsplit(reachable.base()).hostname}:{port}{path}"


def _folder() -> Path:
    return services().config.data_dir / FOLDER
