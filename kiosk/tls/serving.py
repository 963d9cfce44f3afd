"""Serving with TLS beside plain HTTP, with a certificate that may come or change at any time.

Gunicorn knows TLS for all its addresses or none. `Secured` is its configuration as a connection to
the one address with TLS sees it. Neighbours: `kiosk.cli.even_worker` gives it to connections,
`files` has the certificate.
"""

import ssl
from typing import Any

from kiosk.tls.files import TlsFiles


class Secured:
    """The configuration ``cfg`` with TLS; everything else is asked of ``cfg``."""

    is_ssl = True

    def __init__(self, cfg: Any, files: TlsFiles) -> None:
        """Read no certificate yet: there may be none."""
        self._cfg, self._files = cfg, files
        self._context: ssl.SSLContext | None = None
        self._stamp: tuple[int, int] | None = None

    def __getattr__(self, name: str) -> Any:
        """Return any other setting."""
        return getattr(self._cfg, name)

    def ssl_context(self, _cfg: Any, _default: Any) -> ssl.SSLContext:
        """Return the context for a new connection, made anew when the certificate has changed.

        Raises ssl.SSLEOFError, at which gunicorn closes the connection, before there is one.
        """
        try:
            found = self._files.certificate.stat()
        except FileNotFoundError as error:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "there is no certificate yet") from error
        stamp = found.st_mtime_ns, found.st_ino
        if self._context is None or stamp != self._stamp:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(self._files.certificate)
            self._context, self._stamp = context, stamp
        return self._context
