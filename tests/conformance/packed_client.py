"""The same terminal with frames of version 2 and bodies packed with a dictionary.

Written from `docs/sync-protocol.md` alone, as `client` is; numbers in comments are its sections.
Dictionaries are handed in, as somebody has them who copied the published files.
"""

import base64
import hashlib
import json
import math
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import msgpack
import rfc8785
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.conformance.client import MAX_BODY, Client, sha256, unpacked

NOTHING = "0" * 64
#: Section 9.
MAX_CONTAINERS = 100_000
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TEXTS = re.compile(rf'"(?:([0-9a-f]{{64}})|({UUID}))"'.encode())
MARKS = re.compile(rb"\xff(.{32})|\xfe(.{16})|\xfd(.)", re.DOTALL)
#: The fields of an entry that its digest does not cover by themselves.
BESIDE = ("body", "prev_digest", "digest")


def place_of(told: dict[str, Any]) -> tuple[int, int]:
    return told["epoch"], told["seq"]


def digest_of(entry: dict[str, Any]) -> str:
    """Section 2: the digest that follows from the fields and the digest before."""
    fields = {name: value for name, value in entry.items() if name not in BESIDE}
    return sha256(bytes.fromhex(entry["prev_digest"]) + rfc8785.dumps(fields))


def squeezed(text: bytes, blobs: list[str]) -> bytes:
    """Section 2: JSON with digests and ids as bytes."""

    def mark(found: re.Match[bytes]) -> bytes:
        if found[2]:
            return b"\xfe" + uuid.UUID(found[2].decode()).bytes
        digest = found[1].decode()
        at = blobs[:256].index(digest) if digest in blobs[:256] else None
        return b"\xff" + bytes.fromhex(digest) if at is None else b"\xfd" + bytes([at])

    return TEXTS.sub(mark, text)


def widened(data: bytes, blobs: list[str]) -> bytes:
    """Section 2: the texts back, from the first byte on."""

    def text(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return f'"{found[1].hex()}"'.encode()
        if found[2]:
            return f'"{uuid.UUID(bytes=found[2])}"'.encode()
        return f'"{blobs[found[3][0]]}"'.encode()

    return MARKS.sub(text, data)


def plain(payload: bytes) -> Any:
    """Section 3: one MessagePack value; ValueError for what a reader MUST refuse."""
    count = 0

    def counted(value: Any) -> Any:
        nonlocal count
        count += 1
        inner = value.values() if isinstance(value, dict) else value
        odd = (isinstance(v, msgpack.ExtType | msgpack.Timestamp) for v in inner)
        endless = (isinstance(v, float) and not math.isfinite(v) for v in inner)
        if count > MAX_CONTAINERS or any(odd) or any(endless):
            raise ValueError("the payload has what no payload has")
        return value

    def named(pairs: list[tuple[Any, Any]]) -> Any:
        if len(dict(pairs)) != len(pairs) or not all(isinstance(name, str) for name, _ in pairs):
            raise ValueError("a name comes twice or is no text")
        return counted(dict(pairs))

    return msgpack.unpackb(payload, object_pairs_hook=named, list_hook=counted)


def steps(numbers: list[int]) -> list[int]:
    """Section 3: the first, then how much each is more than the one before."""
    return [after - before for before, after in pairwise([0, *numbers])]


def ids(texts: list[str]) -> bytes | list[str]:
    """Section 3: the first bytes of all UUIDs, then all second bytes, and so on."""
    if not all(re.fullmatch(UUID, text) for text in texts):
        return texts
    raw = [uuid.UUID(text).bytes for text in texts]
    return b"".join(bytes(each[place] for each in raw) for place in range(16))


def columns(run: list[dict[str, Any]]) -> list[Any]:
    """Section 3: the entries of an envelope."""
    kinds = list(dict.fromkeys((each["kind"], each["version"]) for each in run))
    blobs = [sha for each in run for sha in each["blobs"]]
    is_plain = all(re.fullmatch("[0-9a-f]{64}", sha) for sha in blobs)
    clocks = [(each["recorded_at"], each["uptime_ms"]) for each in run]
    return [
        steps([each["epoch"] for each in run]),
        steps([each["seq"] for each in run]),
        ids([each["entry_id"] for each in run]),
        ids([each["subject"] for each in run]),
        [each["subject_seq"] for each in run],
        [list(kind) for kind in kinds],
        [kinds.index((each["kind"], each["version"])) for each in run],
        steps([clock for clock, _ in clocks]),
        steps([uptime - clock // 1000 for clock, uptime in clocks]),
        [len(each["blobs"]) for each in run],
        b"".join(map(bytes.fromhex, blobs)) if is_plain else blobs,
        [base64.b64decode(each["body"]) for each in run],
        bytes.fromhex(run[0]["prev_digest"] if run else NOTHING),
        list(differing(run)),
    ]


def differing(run: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """Section 3: what does not follow from the rest, by the entry's place."""
    before = run[0]["prev_digest"] if run else NOTHING
    for place, each in enumerate(run):
        body, prev, digest = each["body_sha256"], each["prev_digest"], each["digest"]
        said = (
            None if body == sha256(base64.b64decode(each["body"])) else body,
            None if prev == before else bytes.fromhex(prev),
            None if digest == digest_of(each) else bytes.fromhex(digest),
        )
        if said != (None, None, None):
            yield [place, *said]
        before = digest


@dataclass
class PackedClient(Client):
    """A terminal that writes version 2, in whatever epoch its life is."""

    version: ClassVar[int] = 2
    #: The bytes of the dictionaries that it has by their SHA-256, and the hashes that the hall has.
    dictionaries: dict[str, bytes] = field(default_factory=dict)
    at_hall: list[str] = field(default_factory=list)
    epoch: int = 1
    contact: str | None = None

    def hear(self, told: dict[str, Any]) -> dict[str, Any]:
        """Section 2: which dictionaries the hall has; one that does not tell has none."""
        self.at_hall = told.get("dictionaries", [])
        return told

    def enrol(self, code: str) -> dict[str, Any]:
        return self.hear(super().enrol(code))

    def body_of(self, content: object, blobs: list[str]) -> bytes:
        """Section 2: packed with the dictionary of the highest number that both sides have."""
        shared = [self.dictionaries[each] for each in self.at_hall if each in self.dictionaries]
        if not shared:
            return super().body_of(content, blobs)
        made = max(map(zstandard.ZstdCompressionDict, shared), key=lambda each: each.dict_id())
        packer = zstandard.ZstdCompressor(level=3, dict_data=made)
        return packer.compress(squeezed(json.dumps(content).encode(), blobs))

    def content_of(self, entry: dict[str, Any]) -> Any:
        """Section 2: the body of an entry of one's own, in whichever way it is packed."""
        body, subject = base64.b64decode(entry["body"]), entry["subject"]
        context = f"{subject}:{entry['kind']}".encode()
        packed = AESGCM(self.keys[subject]).decrypt(body[:12], body[12:], context)
        number = zstandard.get_frame_parameters(packed).dict_id
        if not number:
            return json.loads(unpacked(packed, MAX_BODY))
        made = map(zstandard.ZstdCompressionDict, self.dictionaries.values())
        known = {each.dict_id(): each for each in made}
        data = zstandard.ZstdDecompressor(dict_data=known[number]).decompress(packed, MAX_BODY)
        return json.loads(widened(data, entry["blobs"]))

    def written(self, content: object) -> bytes:
        return msgpack.packb(content)

    def read(self, payload: bytes) -> Any:
        return plain(payload)

    def record(self, kind: str, subject: str, content: object, **changes: Any) -> dict[str, Any]:
        """Section 2: `seq` begins at 1 in each epoch."""
        last = self.journal[-1] if self.journal else {"epoch": 0}
        seq = last["seq"] + 1 if last["epoch"] == self.epoch else 1
        return super().record(kind, subject, content, epoch=self.epoch, seq=seq, **changes)

    def pending(self) -> list[dict[str, Any]]:
        """Section 5: entries of one epoch."""
        run = super().pending()
        return [each for each in run if each["epoch"] == run[0]["epoch"]]

    def envelope(self, entries: list[dict[str, Any]], **changes: object) -> bytes:
        """Section 3: columns, and the keys of the cases in the order in which they come."""
        newest = self.journal[-1]["digest"] if self.journal else NOTHING
        first = entries[0] if entries else {"epoch": self.epoch, "seq": 0}
        last = entries[-1] if entries else {"seq": 0, "digest": newest}
        header = {"kind": "envelope", "epoch": first["epoch"], "first": first["seq"]}
        header |= {"last": last["seq"], "head": last["digest"]}
        header |= {"program": "conformance", "versions": [1, 2]}
        subjects = list(dict.fromkeys(each["subject"] for each in entries))
        content = {
            "entries": columns(entries),
            "keys": b"".join(self.keys[each] for each in subjects if each in self.keys),
            "keyless": [at for at, each in enumerate(subjects) if each not in self.keys],
        }
        return self.frame({**header, **changes}, content)

    def push(self, envelope: bytes | None = None) -> dict[str, Any]:
        """Section 5: as in version 1, and the place is one of any epoch."""
        sent = self.envelope(self.pending()) if envelope is None else envelope
        told = self.hear(self.unframed(self.post("/envelopes", sent), "acknowledgement"))
        named = self.named(told["verdicts"])
        self.verdicts |= {each["digest"]: each["verdict"] for each in named}
        cursor, heads = place_of(told["cursor"]), {(0, 0): NOTHING}
        heads |= {place_of(each): each["digest"] for each in self.journal}
        if heads.get(cursor) != told["head"]:
            raise RuntimeError("the hall has more than this journal, or another one")
        at_hall = sum(place_of(each) <= cursor for each in self.journal)
        received = {each["digest"] for each in named}
        reached = [at for at, each in enumerate(self.journal, 1) if each["digest"] in received]
        self.acknowledged = min(at_hall, max([self.acknowledged, *reached]))
        return {**told, "verdicts": named, "told": told["verdicts"]}

    def named(self, verdicts: Any) -> list[dict[str, Any]]:
        """Section 3: a verdict for each entry; none when the run is not this journal's."""
        if isinstance(verdicts, list):
            return verdicts
        epoch, first, count = verdicts["run"]
        places = [(epoch, first + step) for step in range(count)]
        run = [each for each in self.journal if place_of(each) in places]
        digests = b"".join(bytes.fromhex(each["digest"]) for each in run)
        if hashlib.sha256(digests).digest() != verdicts["sha256"]:
            return []
        others = {place: (verdict, reason) for place, verdict, reason in verdicts["others"]}
        return [
            dict(zip(("verdict", "reason"), others.get(at, ("applied", None)), strict=True))
            | {"seq": each["seq"], "digest": each["digest"]}
            for at, each in enumerate(run)
        ]

    def status(self) -> dict[str, Any]:
        """Section 6: with the token of the last answer, and how far the hall is believed to be."""
        place = self.journal[self.acknowledged - 1] if self.acknowledged else None
        known = list(place_of(place)) if place else [0, 0]
        return super().status() | {"contact": self.contact, "acknowledged": known}

    def pull(self, **changes: object) -> dict[str, Any]:
        told = self.hear(super().pull(**changes))
        self.contact = told["contact"]
        return told
