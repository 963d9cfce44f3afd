"""Carries one message to one address: a webhook, signed, or a mail through an SMTP server.

A webhook is signed as the Standard Webhooks specification says, so that receivers find libraries
for it; the id of a notice is the same with every attempt, and a receiver can tell a doubled one.
Knows no table. Raises NotSent alone, whose text is for admins and quotes no server.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import orjson

from kiosk import clock
from kiosk.hall.alerting import reaching, wording
from kiosk.hall.alerting.reaching import Limit, NotAllowed

#: A server that has not answered within this time (seconds), however fast it sends, is tried again
#: later.
TIMEOUT_SECONDS = 10.0
#: Why a notice was not taken, for admins.
_TOO_SLOW, _REFUSED = "no answer in time", "the address is this machine's or link-local"
#: Begins a secret that is the Base64 of a key, as the specification has it.
_ENCODED = "whsec_"


class NotSent(Exception):
    """The message was not taken; the text says why in a few words."""


def send(
    kind: str,
    settings: Mapping[str, Any],
    secret: str,
    notice_id: str,
    message: Mapping[str, Any],
    *,
    may_be_local: bool,
) -> None:
    """Send ``message`` through a channel of ``kind``; NotSent when nobody took it."""
    if kind == "webhook":
        webhook(settings, secret, notice_id, message, may_be_local=may_be_local)
    else:
        mail(settings, secret, notice_id, message)


def webhook(
    settings: Mapping[str, Any],
    secret: str,
    notice_id: str,
    message: Mapping[str, Any],
    *,
    may_be_local: bool = False,
) -> None:
    """Post the message as JSON; NotSent for all but an answer 2xx. Redirects are not followed.

    It goes to an address that was looked at, and not to what its name stands for a moment later.
    """
    content = orjson.dumps(message)
    stamp = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Jishiban",
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, notice_id, stamp, content),
    }
    with Limit(TIMEOUT_SECONDS) as limit:
        try:
            status = _posted(settings["url"], content, headers, limit, may_be_local=may_be_local)
        except NotAllowed as error:
            raise NotSent(_REFUSED) from error
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(_reason(error, limit)) from error
    if limit.is_over:
        # What was cut off looks like an answer that has ended.
        raise NotSent(_TOO_SLOW)
    if not 200 <= status < 300:
        raise NotSent(f"HTTP {status}")


def _posted(
    url: str, content: bytes, headers: Mapping[str, str], limit: Limit, *, may_be_local: bool
) -> int:
    """Return the status of the answer; what it says further is not read, for it may be endless."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    addresses = reaching.addresses_of(host, port, may_be_local=may_be_local)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with limit.connect(addresses, port) as plain:
        line = http.client.HTTPConnection(host, port)
        line.sock = plain
        if parts.scheme == "https":
            line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        with line.sock:
            line.request("POST", target, content, {**headers, "Host": parts.netloc})
            return line.getresponse().status


def _reason(error: Exception, limit: Limit) -> str:
    return _TOO_SLOW if limit.is_over or isinstance(error, TimeoutError) else type(error).__name__


def signature(secret: str, notice_id: str, stamp: str, content: bytes) -> str:
    """Return the signature header: HMAC-SHA-256 over id, time and body (Standard Webhooks 1.0)."""
    signed = b".".join((notice_id.encode(), stamp.encode(), content))
    digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for; ValueError when its Base64 is none."""
    if not secret.startswith(_ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except binascii.Error as error:
        raise ValueError("what follows whsec_ is not Base64") from error


def mail(
    settings: Mapping[str, Any], secret: str, notice_id: str, message: Mapping[str, Any]
) -> None:
    """Hand the message to an SMTP server; NotSent unless it took it for every receiver."""
    letter = EmailMessage()
    letter["Subject"], text = wording.mail(message)
    letter["From"], letter["To"] = settings["sender"], ", ".join(settings["to"])
    letter["Date"] = clock.now()
    letter["Message-ID"] = f"<{notice_id}@{settings['sender'].rpartition('@')[2]}>"
    # So that no absence note comes back (RFC 3834).
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    with Limit(TIMEOUT_SECONDS) as limit:
        try:
            with _connected(settings, limit) as server:
                if settings["user"]:
                    server.login(settings["user"], secret)
                if server.send_message(letter):
                    raise NotSent("not every receiver was taken")
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{type(error).__name__} {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(_reason(error, limit)) from error


class _Smtp(smtplib.SMTP):
    """A mail server whose line is cut in time."""

    limit: Limit

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        return self.limit.connect([host], port)


class _SmtpOverTls(smtplib.SMTP_SSL, _Smtp):
    """The same, encrypted from the first byte: SMTP_SSL wraps what the next class connects."""


def _connected(settings: Mapping[str, Any], limit: Limit) -> smtplib.SMTP:
    host, port, security = settings["host"], settings["port"], settings["security"]
    # It connects, and hears the greeting, while it is made.
    if security == "tls":
        over_tls: type[smtplib.SMTP_SSL] = type("Smtp", (_SmtpOverTls,), {"limit": limit})
        return over_tls(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    plain: type[smtplib.SMTP] = type("Smtp", (_Smtp,), {"limit": limit})
    server = plain(host, port, timeout=TIMEOUT_SECONDS)
    if security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server
