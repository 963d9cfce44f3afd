"""A second terminal, written from `docs/sync-protocol.md` and the RFCs that it names alone.

It shows that the document is enough for somebody who writes a terminal in another language, so it
shares no line with the packages of this project. Numbers in comments are sections of the document.
What carries a request is handed in: `ask(method, path, body, headers)` gives status, headers, body.
It writes frames of version 1, as far as a terminal needs; `packed_client` goes on from here.
"""

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import rfc8785
import uuid_utils
import zstandard
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Answer = tuple[int, Mapping[str, str], bytes]
Ask = Callable[[str, str, bytes, dict[str, str]], Answer]
ROOT, MAGIC = "/sync/v1", b"JSB1"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
# Section 9.
MAX_FRAME, MAX_PAYLOAD, MAX_BODY = 8_388_608, 12_582_912, 4_194_304
MAX_ENTRIES, MAX_BODIES, PIECE = 500, 1_048_576, 262_144


class Refused(Exception):
    """The hall answered with a problem (RFC 9457); the answer to HEAD has no body."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.code = status, json.loads(body)["code"] if body else ""
        super().__init__(f"{status} {self.code}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unpacked(packed: bytes, most: int) -> bytes:
    if zstandard.frame_content_size(packed) > most:
        raise ValueError("larger than the limit when unpacked")
    return zstandard.decompress(packed, most)


@dataclass
class Client:
    """A terminal's keys, its journal, and what it knows of its hall."""

    version: ClassVar[int] = 1
    ask: Ask
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    opening: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    journal: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: int = 0

    @property
    def public(self) -> str:
        own = self.signing.public_key(), self.opening.public_key()
        return "".join(key.public_bytes_raw().hex() for key in own)

    def enrol(self, code: str) -> dict[str, Any]:
        """Section 1: the only request without a signature."""
        body = json.dumps({"code": code, "public": self.public}).encode()
        kind = {"Content-Type": "application/json"}
        status, _, answer = self.ask("POST", f"{ROOT}/enrolments", body, kind)
        if status != 201:
            raise Refused(status, answer)
        known: dict[str, Any] = json.loads(answer)
        self.id, self.hall_id = known["terminal_id"], known["hall_id"]
        public = bytes.fromhex(known["hall_public"])
        self.hall_signer = Ed25519PublicKey.from_public_bytes(public[:32])
        self.hall_reader = X25519PublicKey.from_public_bytes(public[32:])
        return known

    def record(self, kind: str, subject: str, content: object, **changes: Any) -> dict[str, Any]:
        """Section 2: seal a body and append the entry to the chain."""
        key, nonce = self.keys.setdefault(subject, os.urandom(32)), os.urandom(12)
        packed = self.body_of(content, changes.get("blobs", []))
        body = nonce + AESGCM(key).encrypt(nonce, packed, f"{subject}:{kind}".encode())
        entry = {"epoch": 1, "seq": len(self.journal) + 1, "entry_id": str(uuid_utils.uuid7())}
        entry |= {"subject": subject, "kind": kind, "version": 1, "blobs": []}
        entry |= {"subject_seq": 1 + sum(one["subject"] == subject for one in self.journal)}
        entry |= {"recorded_at": time.time_ns() // 1000, "body_sha256": sha256(body)}
        entry |= {"uptime_ms": time.monotonic_ns() // 1_000_000, **changes}
        before = self.journal[-1]["digest"] if self.journal else "0" * 64
        entry["digest"] = sha256(bytes.fromhex(before) + rfc8785.dumps(entry))
        self.journal.append({**entry, "body": base64_of(body), "prev_digest": before})
        return self.journal[-1]

    def body_of(self, content: object, _blobs: list[str]) -> bytes:
        """Section 2: a body as it is before it is sealed."""
        return zstandard.compress(json.dumps(content).encode(), 3)

    def written(self, content: object) -> bytes:
        """Section 3: what a payload holds, and below how it is read."""
        return json.dumps(content).encode()

    def read(self, payload: bytes) -> Any:
        return json.loads(payload)

    @property
    def info(self) -> bytes:
        return b"jishiban frame %d" % self.version

    def pending(self) -> list[dict[str, Any]]:
        """Section 5: the next run after the acknowledged place, within the limits."""
        run, size = self.journal[self.acknowledged :][:MAX_ENTRIES], 0
        for place, entry in enumerate(run):
            size += len(base64.b64decode(entry["body"]))
            if size > MAX_BODIES and place:
                return run[:place]
        return run

    def frame(self, header: dict[str, Any], content: object) -> bytes:
        """Section 3: the bytes that travel."""
        packed = zstandard.compress(self.written(content), 1)
        sealed = SUITE.encrypt(packed, self.hall_reader, self.info)
        header = {"v": self.version, "payload_sha256": sha256(sealed), "from": self.id, **header}
        top = rfc8785.dumps({"to": self.hall_id, **header})
        length = len(top).to_bytes(4, "big")
        return MAGIC + length + top + self.signing.sign(MAGIC + top) + sealed

    def unframed(self, data: bytes, kind: str) -> Any:
        """Section 3: check in the order of the document, then open."""
        if len(data) > MAX_FRAME or data[:4] != MAGIC:
            raise ValueError("the answer is not the hall's")
        end = 8 + int.from_bytes(data[4:8], "big")
        header, sealed = json.loads(data[8:end]), data[end + 64 :]
        expected = {"v": self.version, "payload_sha256": sha256(sealed), "kind": kind}
        expected |= {"from": self.hall_id, "to": self.id}
        if {name: header.get(name) for name in expected} != expected:
            raise ValueError("the frame is altered, or by or for another")
        self.hall_signer.verify(data[end : end + 64], MAGIC + data[8:end])
        packed = SUITE.decrypt(sealed, self.opening, self.info)
        return self.read(unpacked(packed, MAX_PAYLOAD))

    def envelope(self, entries: list[dict[str, Any]], **changes: object) -> bytes:
        """Section 3: the entries with the keys of their cases; `changes` are to the header."""
        first, last = entries[0], entries[-1]
        header = {"kind": "envelope", "epoch": 1, "first": first["seq"], "last": last["seq"]}
        keys = {one["subject"]: self.keys[one["subject"]].hex() for one in entries}
        content = {"entries": entries, "keys": keys}
        return self.frame({**header, "head": last["digest"], **changes}, content)

    def push(self, envelope: bytes | None = None) -> dict[str, Any]:
        """Section 5: send what is pending, or these bytes, and go where the hall's cursor is."""
        sent = envelope or self.envelope(self.pending())
        told: dict[str, Any] = self.unframed(self.post("/envelopes", sent), "acknowledgement")
        if told["cursor"]["seq"] > len(self.journal):
            raise RuntimeError("the hall has more than this journal, which must be an old copy")
        named = [each["seq"] for each in told["verdicts"]]
        self.acknowledged = min(told["cursor"]["seq"], max([self.acknowledged, *named]))
        self.verdicts |= {each["digest"]: each["verdict"] for each in told["verdicts"]}
        return told

    def pull(self, **changes: object) -> dict[str, Any]:
        """Section 6: report, and take the items that are next; `changes` are to the header."""
        sent = self.frame({"kind": "pull", "after": len(self.inbox), **changes}, self.status())
        told: dict[str, Any] = self.unframed(self.post("/feed", sent), "feed")
        for item in told["items"]:
            if item["seq"] == len(self.inbox) + 1:
                self.inbox.append(item)
        return told

    def status(self) -> dict[str, Any]:
        """Section 6: what a report MUST have."""
        waiting = self.journal[self.acknowledged :]
        status = {"pending": len(waiting), "blobs": 0, "error": None, "version": "conformance"}
        status |= {"oldest_at": waiting[0]["recorded_at"] if waiting else None, "disk_free": 1}
        return status | {"clock": time.time_ns() // 1000}

    def opened(self, item: dict[str, Any]) -> Any:
        """Section 6: what the hall says of a case, sealed as the case's own bodies are."""
        subject, body = item["subject"], base64.b64decode(item["body"])
        context = f"{subject}:{item['kind']}".encode()
        packed = AESGCM(self.keys[subject]).decrypt(body[:12], body[12:], context)
        return json.loads(unpacked(packed, MAX_BODY))

    def send_blob(self, data: bytes) -> None:
        """Section 7: a file from where it was cut off; at least one piece, be it empty."""
        path, tus = f"/blobs/{sha256(data)}", {"Tus-Resumable": "1.0.0"}
        at = int(self.signed("HEAD", path, b"", tus)[1]["Upload-Offset"])
        tus |= {"Upload-Length": str(len(data)), "Content-Type": "application/offset+octet-stream"}
        while True:
            told = {**tus, "Upload-Offset": str(at)}
            _, answer, _ = self.signed("PATCH", path, data[at : at + PIECE], told)
            if (at := int(answer["Upload-Offset"])) >= len(data):
                return

    def post(self, path: str, frame: bytes) -> bytes:
        return self.signed("POST", path, frame, {"Content-Type": "application/vnd.jishiban.frame"})[
            2
        ]

    def signed(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Section 4: RFC 9421 over method, path and digest of the content."""
        digest = f"sha-256=:{base64_of(hashlib.sha256(body).digest())}:"
        covered = f'("@method" "@path" "content-digest");keyid="{self.id}"'
        place = ROOT + path.partition("?")[0]
        lines = [f'"@method": {method}', f'"@path": {place}', f'"content-digest": {digest}']
        signed = "\n".join([*lines, f'"@signature-params": {covered}']).encode()
        headers = {**headers, "Content-Digest": digest, "Signature-Input": f"sig={covered}"}
        headers["Signature"] = f"sig=:{base64_of(self.signing.sign(signed))}:"
        status, more, answer = self.ask(method, f"{ROOT}{path}", body, headers)
        if status >= 300:
            raise Refused(status, answer)
        return status, more, answer
