"""The hall's certificate as a terminal judges it: its issuer and name count, its dates do not."""

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from sync.transport import HttpTransport, LineDown

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
YEAR = timedelta(days=365)
Hall = Callable[[datetime, str], str]


def certificate(folder: Path, begins: datetime, name: str) -> Path:
    """Write a key and a self-signed certificate, valid for a year, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(own, own, key.public_key(), 1, begins, begins + YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "hall.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


class Hello(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Starts a hall with such a certificate, which is trusted, and returns its address."""
    servers = []

    def start(begins: datetime, name: str) -> str:
        file = certificate(tmp_path, begins, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server = HTTPServer(("127.0.0.1", 0), Hello)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"https://localhost:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("off", [-2 * YEAR, -YEAR / 2, 2 * YEAR])
def test_a_clock_that_is_wrong_by_years_still_delivers(hall: Hall, off: timedelta) -> None:
    address = hall(datetime.now(UTC) + off, "localhost")
    assert HttpTransport(address, "t", KEY).post("/envelopes", b"x") == b"ok"


def test_a_certificate_of_another_name_is_no_line(hall: Hall) -> None:
    address = hall(datetime.now(UTC), "elsewhere")
    with pytest.raises(LineDown):
        HttpTransport(address, "t", KEY).post("/envelopes", b"x")


def test_a_certificate_that_nobody_vouches_for_is_no_line(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = hall(datetime.now(UTC), "localhost")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(LineDown):
        HttpTransport(address, "t", KEY).post("/envelopes", b"x")
