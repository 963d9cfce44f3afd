"""A second terminal, written from `docs/sync-protocol.md` and the RFCs that it names, and from nothing else.

It shows that the document is enough for somebody who writes a terminal in another language. So it
imports neither `sync` nor `kiosk`, and shares no line with them. Numbers in comments are sections of
the document. What carries a request is handed in: `ask(method, path, body, headers)` returns
status, headers and body.
"""

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785
import uuid_utils
import zstandard
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Answer = tuple[int, Mapping[str, str], bytes]
Ask = Callable[[str, str, bytes, dict[str, str]], Answer]

ROOT = "/sync/v1"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
MAGIC = b"JSB1"
INFO = b"jishiban frame 1"
MAX_UNPACKED = 33_554_432
FRAME_TYPE = "application/vnd.jishiban.frame"


class Refused(Exception):
    """The hall answered with a problem (RFC 9457)."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.code = json.loads(body)["code"] if body else ""
        super().__init__(f"{status} {self.code}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def seal_body(key: bytes, subject: str, kind: str, content: object) -> bytes:
    """Section 2, bodies: JSON, zstd, AES-256-GCM, tied to the case and the kind."""
    packed = zstandard.compress(json.dumps(content).encode(), 3)
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, packed, f"{subject}:{kind}".encode())


def open_body(key: bytes, subject: str, kind: str, body: bytes) -> Any:
    packed = AESGCM(key).decrypt(body[:12], body[12:], f"{subject}:{kind}".encode())
    return json.loads(zstandard.decompress(packed))


def frame(signing: Ed25519PrivateKey, reader: X25519PublicKey, header: dict, content: object):
    """Section 3: the bytes that travel."""
    packed = zstandard.compress(json.dumps(content).encode(), 1)
    payload = SUITE.encrypt(packed, reader, INFO)
    top = rfc8785.dumps({"v": 1, "payload_sha256": sha256(payload), **header})
    length = len(top).to_bytes(4, "big")
    return MAGIC + length + top + signing.sign(MAGIC + top) + payload


def open_frame(data: bytes, kind: str, sender: str, reader: str, signer: Ed25519PublicKey, opening: X25519PrivateKey) -> Any:
    """Section 3: check in the order of the document, then open."""
    if data[:4] != MAGIC:
        raise ValueError("no frame of this hall")
    end = 8 + int.from_bytes(data[4:8], "big")
    header, payload = json.loads(data[8:end]), data[end + 64 :]
    expected = {"v": 1, "payload_sha256": sha256(payload), "kind": kind, "from": sender, "to": reader}
    if {name: header[name] for name in expected} != expected:
        raise ValueError("a frame for another or by another")
    signer.verify(data[end : end + 64], MAGIC + data[8:end])
    packed = SUITE.decrypt(payload, opening, INFO)
    return json.loads(zstandard.ZstdDecompressor().decompress(packed, MAX_UNPACKED))


@dataclass
class Client:
    """A terminal's keys, its journal, and what it knows of its hall."""

    ask: Ask
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    opening: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    journal: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    acknowledged: int = 0
    applied: int = 0

    @property
    def public(self) -> str:
        """Section 1: the public identity."""
        own = self.signing.public_key(), self.opening.public_key()
        return "".join(key.public_bytes_raw().hex() for key in own)

    @property
    def fingerprint(self) -> str:
        digits = sha256(bytes.fromhex(self.public))[:16]
        return " ".join(digits[at : at + 4] for at in range(0, 16, 4))

    def enrol(self, code: str) -> dict[str, Any]:
        """Section 1, enrolment: the only request without a signature."""
        body = json.dumps({"code": code, "public": self.public}).encode()
        status, _, answer = self.ask(
            "POST", f"{ROOT}/enrolments", body, {"Content-Type": "application/json"}
        )
        if status != 201:
            raise Refused(status, answer)
        known: dict[str, Any] = json.loads(answer)
        self.id, self.hall_id = known["terminal_id"], known["hall_id"]
        public = bytes.fromhex(known["hall_public"])
        self.hall_signer = Ed25519PublicKey.from_public_bytes(public[:32])
        self.hall_reader = X25519PublicKey.from_public_bytes(public[32:])
        return known

    def record(self, kind: str, subject: str, content: object, blobs: tuple[str, ...] = ()):
        """Section 2: append an entry to the chain."""
        key = self.keys.setdefault(subject, os.urandom(32))
        body = seal_body(key, subject, kind, content)
        entry = {
            "epoch": 1,
            "seq": len(self.journal) + 1,
            "entry_id": str(uuid_utils.uuid7()),
            "subject": subject,
            "subject_seq": 1 + sum(one["subject"] == subject for one in self.journal),
            "kind": kind,
            "version": 1,
            "recorded_at": time.time_ns() // 1000,
            "uptime_ms": time.monotonic_ns() // 1_000_000,
            "blobs": list(blobs),
            "body_sha256": sha256(body),
        }
        before = bytes.fromhex(self.journal[-1]["digest"]) if self.journal else bytes(32)
        entry["digest"] = sha256(before + rfc8785.dumps(entry))
        self.journal.append({**entry, "body": base64_of(body), "prev_digest": before.hex()})
        return self.journal[-1]

    def envelope(self, entries: list[dict[str, Any]], **changes: object) -> bytes:
        """Section 3: the entries with the keys of their cases."""
        header = {"kind": "envelope", "epoch": 1, "first": entries[0]["seq"], **changes}
        header |= {"last": entries[-1]["seq"], "head": entries[-1]["digest"]}
        keys = {one["subject"]: self.keys[one["subject"]].hex() for one in entries}
        return self.framed(header, {"entries": entries, "keys": keys})

    def framed(self, header: dict[str, Any], content: object) -> bytes:
        header = {"from": self.id, "to": self.hall_id, **header}
        return frame(self.signing, self.hall_reader, header, content)

    def push(self, envelope: bytes | None = None) -> dict[str, Any]:
        """Section 5: send what is pending, or these bytes, and go where the hall's cursor is."""
        sent = envelope or self.envelope(self.journal[self.acknowledged :])
        told = self.exchange("/envelopes", sent, "acknowledgement")
        self.acknowledged = told["cursor"]["seq"]
        return told

    def pull(self) -> dict[str, Any]:
        """Section 6: report and fetch."""
        status = {"pending": len(self.journal) - self.acknowledged, "oldest_at": None, "blobs": 0}
        status |= {"error": None, "version": "conformance", "disk_free": 1}
        status |= {"clock": time.time_ns() // 1000}
        sent = self.framed({"kind": "pull", "after": self.applied}, status)
        return self.exchange("/feed", sent, "feed")

    def exchange(self, path: str, sent: bytes, kind: str) -> Any:
        _, _, answer = self.signed("POST", path, sent, {"Content-Type": FRAME_TYPE})
        parties = (kind, self.hall_id, self.id, self.hall_signer, self.opening)
        return open_frame(answer, *parties)

    def signed(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Section 4: RFC 9421 over method, path and digest of the content."""
        digest = f"sha-256=:{base64_of(hashlib.sha256(body).digest())}:"
        covered = f'("@method" "@path" "content-digest");keyid="{self.id}"'
        lines = [f'"@method": {method}', f'"@path": {ROOT}{path}', f'"content-digest": {digest}']
        lines.append(f'"@signature-params": {covered}')
        signature = base64_of(self.signing.sign("\n".join(lines).encode()))
        headers |= {"Content-Digest": digest, "Signature-Input": f"sig={covered}"}
        headers["Signature"] = f"sig=:{signature}:"
        status, more, answer = self.ask(method, f"{ROOT}{path}", body, headers)
        if status >= 300:
            raise Refused(status, answer)
        return status, more, answer

    def offset(self, digest: str) -> int:
        """Section 7: how much of a file the hall has."""
        _, headers, _ = self.signed("HEAD", f"/blobs/{digest}", b"", {"Tus-Resumable": "1.0.0"})
        return int(headers["Upload-Offset"])

    def send_piece(self, digest: str, offset: int, piece: bytes, total: int) -> int:
        """Section 7: one piece of a file; the offset after it."""
        headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        headers |= {"Upload-Offset": str(offset), "Upload-Length": str(total)}
        _, told, _ = self.signed("PATCH", f"/blobs/{digest}", piece, headers)
        return int(told["Upload-Offset"])

    def send_blob(self, data: bytes, piece: int = 262_144) -> None:
        """Section 7: a file from where it was cut off; at least one piece, be it empty."""
        digest, at = sha256(data), self.offset(sha256(data))
        while True:
            at = self.send_piece(digest, at, data[at : at + piece], len(data))
            if at >= len(data):
                return
