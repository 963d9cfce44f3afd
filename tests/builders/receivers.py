"""Real servers that receive notices in this process: HTTP for webhooks, SMTP for mail.

What came is kept as it came. Neighbour: `kiosk.hall.alerting.sending` is what they hear.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.cli.platform import free_port
from tests.builders.machines import Machine


@dataclass
class Hook:
    """A receiver of webhooks; `answers` are the statuses it gives one after the other, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    #: How long it thinks before it answers (seconds).
    thinks: float = 0.0
    #: Headers and body of every request.
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.came]


def let_tell_itself(hall: Machine) -> None:
    """Let webhooks of a hall go to this machine, where the receivers of tests are."""
    parts = hall.parts
    config = replace(parts.config, webhooks_local=True)
    hall.app.extensions["kiosk"] = replace(parts, config=config)


@contextmanager
def a_trickle(begin: bytes, lasts: float = 3.0) -> Iterator[int]:
    """Answer whoever connects with `begin` and then byte by byte, for so long; yield the port."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def trickle() -> None:
        ends = time.monotonic() + lasts
        with contextlib.suppress(OSError), server.accept()[0] as line:
            line.sendall(begin)
            while time.monotonic() < ends and not stop.wait(0.05):
                line.sendall(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@contextmanager
def a_hook() -> Iterator[Hook]:
    """Receive webhooks on a port of this machine until the block ends."""
    hook = Hook()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.came.append(({name.lower(): each for name, each in self.headers.items()}, body))
            time.sleep(hook.thinks)
            self.send_response(hook.answers.pop(0) if hook.answers else 204)
            self.send_header("Location", f"{hook.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    hook.url = f"http://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_certificate(file: Path) -> Path:
    """Write a certificate for 127.0.0.1 that signs itself, with its key, and return the file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@dataclass
class PostOffice:
    """A mail server; `refuses` is its word for every receiver while it is set."""

    port: int = 0
    refuses: str = ""
    user: str = "alerts"
    password: str = "a password for the post office"
    letters: list[EmailMessage] = field(default_factory=list)
    #: Whether the line was encrypted, and who had signed in, with each letter.
    came: list[tuple[bool, str]] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)
        self.came.append((session.ssl is not None, str(session.auth_data or "")))
        return "250 OK"

    def knows(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        right = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=given == right, auth_data=self.user, handled=False)


@contextmanager
def a_post_office(tls: Any = None) -> Iterator[PostOffice]:
    """Receive mail until the block ends; with `tls`, an SSL context, by STARTTLS and login only."""
    office = PostOffice()
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=tls,
        require_starttls=tls is not None,
        auth_required=tls is not None,
        authenticator=office.knows,
    )
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()
