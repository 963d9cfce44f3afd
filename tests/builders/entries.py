"""Journal entries and envelopes as a terminal would make them, good ones and bad ones.

A `Scribe` writes a chain without a journal, so that a test can say what no terminal would.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.receipts.number import new_number
from kiosk.receipts.qr import new_token
from sync.envelope import (
    GENESIS,
    Entry,
    canonical_fields,
    chain_digest,
    entry_to_wire,
    pack,
    unpack,
)
from sync.identity import PublicIdentity
from tests.builders.machines import Pair

RELEASE = "0" * 64


def sealed(entry: Entry, body: bytes, **changes: Any) -> Entry:
    """The entry with another body and fields, its digests made to fit."""
    entry = replace(entry, body=body, body_sha256=hashlib.sha256(body).hexdigest(), **changes)
    return replace(entry, digest=chain_digest(entry.prev_digest, canonical_fields(entry)))


@dataclass
class Scribe:
    """Writes entries one after the other: genuine digests, whatever they say."""

    epoch: int = 1
    seq: int = 0
    prev: bytes = GENESIS
    keys: dict[str, bytes] = field(default_factory=dict)
    _numbers: set[str] = field(default_factory=set)
    _subject_seqs: dict[str, int] = field(default_factory=dict)

    def write(self, kind: str, subject: str, body: bytes, **changes: Any) -> Entry:
        self.seq += 1
        self._subject_seqs[subject] = self._subject_seqs.get(subject, 0) + 1
        blank = Entry(
            epoch=self.epoch,
            seq=self.seq,
            entry_id=clock.new_id(),
            subject=subject,
            subject_seq=self._subject_seqs[subject],
            kind=kind,
            version=1,
            recorded_at=int(clock.now().timestamp() * 1_000_000),
            uptime_ms=clock.uptime_ms(),
            blobs=(),
            body=b"",
            body_sha256="",
            prev_digest=self.prev,
            digest=b"",
        )
        entry = sealed(blank, body, **changes)
        self.prev = entry.digest
        return entry

    def submitted(self, number: str | None = None, **changes: Any) -> Entry:
        """A case as a terminal hands it in, without answers."""
        subject = clock.new_id()
        key = self.keys.setdefault(subject, crypto.new_key())
        body = {
            "number": number or self._number(),
            "token": new_token(),
            "item": "RS-001",
            "release": RELEASE,
            "answers": {},
            "attachments": [],
            "channel": "api",
        }
        sealed_body = bodies.seal(key, subject, "case.submitted", body)
        return self.write("case.submitted", subject, sealed_body, **changes)

    def _number(self) -> str:
        """A number that this scribe has not given: a terminal's column is unique too."""
        while (number := new_number("100001")) in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def withdrawn(self, subject: str, **changes: Any) -> Entry:
        body = bodies.seal(self.keys[subject], subject, "case.withdrawn", {})
        return self.write("case.withdrawn", subject, body, **changes)

    def told(self, kind: str, subject: str, body: dict[str, Any]) -> Entry:
        """An entry of any kind about a case of this scribe."""
        return self.write(kind, subject, bodies.seal(self.keys[subject], subject, kind, body))

    def poison(self, subject: str | None = None) -> Entry:
        """A submission whose body nobody can open."""
        subject = subject or clock.new_id()
        self.keys.setdefault(subject, crypto.new_key())
        return self.write("case.submitted", subject, b"poison" * 10)


def envelope(
    pair: Pair, entries: Iterable[Entry], keys: dict[str, bytes] | None = None, **header: Any
) -> bytes:
    """The frame that carries `entries` from the pair's terminal to its hall."""
    run = list(entries)
    peer = pair.peer()
    full = {
        "kind": "envelope",
        "from": peer.terminal_id,
        "to": peer.hall_id,
        "epoch": run[0].epoch,
        "first": run[0].seq,
        "last": run[-1].seq,
        "head": run[-1].digest.hex(),
        **header,
    }
    payload = {
        "entries": [entry_to_wire(entry) for entry in run],
        "keys": {subject: key.hex() for subject, key in (keys or {}).items()},
    }
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    return pack(full, payload, pair.terminal.parts.identity.signing, reader)


def opened(pair: Pair, frame: bytes) -> dict[str, Any]:
    """What the hall's answering frame says to the pair's terminal."""
    from_hall = PublicIdentity.from_hex(pair.peer().hall_public).signing
    return unpack(frame).open(from_hall, pair.terminal.parts.identity.sealing)
