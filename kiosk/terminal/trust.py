"""What makes a tablet's browser trust this terminal: the authority's certificate, and the address.

Knows no pages. Neighbours: `pair` and `tablets` show it, `kiosk.tls.files` has the files,
`reachable` knows the address by plain HTTP.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from kiosk.app_services import services
from kiosk.terminal import reachable
from kiosk.tls.files import TlsFiles


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate, and its SHA-256 in pairs of hex digits as browsers show it."""

    pem: str
    fingerprint: str

    @property
    def rows(self) -> list[str]:
        """The fingerprint in rows of eight pairs, to be read aloud."""
        pairs = self.fingerprint.split(":")
        return [":".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8)]


def authority() -> Authority | None:
    """Return the certificate of the town's authority; None before it has come from the hall."""
    try:
        return Authority(_files().authority.read_text("ascii"), _files().fingerprint())
    except FileNotFoundError:
        return None


def address(path: str) -> str | None:
    """Return where this terminal is reached by HTTPS; None when it is not."""
    port = services().config.tls_port
    if not port or not _files().certificate.exists():
        return None
    return f"https://{urlsplit(reachable.base()).hostname}:{port}{path}"


def _files() -> TlsFiles:
    return TlsFiles.below(services().config.data_dir)
