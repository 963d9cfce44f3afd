"""Carries one message to one address: a webhook, signed, or a mail through an SMTP server.

A webhook is signed as the Standard Webhooks specification says, so that receivers find libraries
for it; the id of a notice is the same with every attempt, and a receiver can tell a doubled one.
Knows no table. Raises NotSent alone, whose text is for admins and quotes no server.
"""

import base64
import binascii
import hashlib
import hmac
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any

import orjson
import urllib3

from kiosk import clock
from kiosk.hall.alerting import wording

#: A server that does not answer within this time (seconds) is tried again later.
TIMEOUT_SECONDS = 10.0
#: Begins a secret that is the Base64 of a key, as the specification has it.
_ENCODED = "whsec_"


class NotSent(Exception):
    """The message was not taken; the text says why in a few words."""


def send(
    kind: str, settings: Mapping[str, Any], secret: str, notice_id: str, message: Mapping[str, Any]
) -> None:
    """Send ``message`` through a channel of ``kind``; NotSent when nobody took it."""
    senders: dict[str, Callable[..., None]] = {"webhook": webhook, "mail": mail}
    senders[kind](settings, secret, notice_id, message)


def webhook(
    settings: Mapping[str, Any], secret: str, notice_id: str, message: Mapping[str, Any]
) -> None:
    """Post the message as JSON; NotSent for all but an answer 2xx. Redirects are not followed."""
    content = orjson.dumps(message)
    stamp = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Jishiban",
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, notice_id, stamp, content),
    }
    try:
        with urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS) as http:
            answer = http.request(
                "POST",
                settings["url"],
                body=content,
                headers=headers,
                redirect=False,
                # What it says further is not read: it may be without an end.
                preload_content=False,
            )
            answer.close()
    except urllib3.exceptions.HTTPError as error:
        raise NotSent(type(error).__name__) from error
    if not 200 <= answer.status < 300:
        raise NotSent(f"HTTP {answer.status}")


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
    try:
        with _connected(settings) as server:
            if settings["user"]:
                server.login(settings["user"], secret)
            if server.send_message(letter):
                raise NotSent("not every receiver was taken")
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{type(error).__name__} {error.smtp_code}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(type(error).__name__) from error


def _connected(settings: Mapping[str, Any]) -> smtplib.SMTP:
    host, port, security = settings["host"], settings["port"], settings["security"]
    if security == "tls":
        trust = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trust)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server
