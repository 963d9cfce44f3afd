"""The frozen wire types of the exchange, their canonical bytes and the digest chain.

An *entry* is one fact of a terminal's journal. A *frame* is what travels, in
both directions and on any carrier: a plain header, a signature over it, and a
payload that only the addressee can open. Nothing here knows a database.

Frame bytes: ``JSB1``, the header's length (4 bytes, big-endian), the header
(JSON, RFC 8785), the Ed25519 signature (64 bytes, RFC 8032) over magic and header,
the payload (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM; inside it zstd,
inside that JSON in version 1 and MessagePack in version 2). The header names the payload's
SHA-256, so that the signature covers both. Neighbours: ``packed`` has the payloads of version 2,
``columns`` how entries lie in them.
"""

import base64
import hashlib
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import rfc8785
import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sync import bounded, packed

#: The version that every reader knows; ``sync.versions`` says which one is written.
VERSION = 1
#: The version whose payloads are packed.
PACKED = 2
MAGIC = b"JSB1"
#: The chain's digest before the first entry of a terminal.
GENESIS = bytes(32)
#: A frame larger than this is refused before anything is unpacked.
MAX_FRAME_BYTES = 8 * 1024 * 1024
#: The header names two machines and a run; all else is in the payload.
MAX_HEADER_BYTES = 64 * 1024
#: A payload larger than this when unpacked is refused (zstd bombs). What fills a frame is bodies,
#: which are ciphertext and take no more than this in base64.
MAX_PAYLOAD_BYTES = 12 * 1024 * 1024
#: RFC 8785 has no larger whole numbers (they are those of JavaScript).
MAX_NUMBER = 2**53 - 1
#: The last epoch: a terminal that says it is further is wrong, and must not use them up.
MAX_EPOCH = 2**31 - 1

T = TypeVar("T")

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
#: What a payload is sealed for, by the version of its frame.
_INFO = {VERSION: b"jishiban frame 1", PACKED: b"jishiban frame 2"}
_SIGNATURE_BYTES = 64
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Level 1: bodies inside are ciphertext, so more effort finds nothing more.
_LEVEL = 1


class BadFrame(ValueError):
    """A frame that is malformed, altered, or not for this reader."""


class OtherVersion(BadFrame):
    """A frame of a version that this program does not read; ``version`` is the frame's."""

    def __init__(self, version: int) -> None:
        """``version`` is what the header says."""
        read = ", ".join(map(str, _INFO))
        super().__init__(f"the frame is of version {version}, and {read} is read here")
        self.version = version


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact of a terminal, as it lies in the journal and in the ledger.

    ``recorded_at`` is the terminal's wall clock in microseconds since 1970 and
    ``uptime_ms`` its monotonic clock: the first may be wrong, the second cannot
    run backwards. ``body`` is ciphertext and may be gone (``b""``) once its
    key is destroyed; ``body_sha256`` stays, so that the chain still proves.
    """

    epoch: int
    seq: int
    entry_id: str
    subject: str
    subject_seq: int
    kind: str
    version: int
    recorded_at: int
    uptime_ms: int
    blobs: tuple[str, ...]
    body: bytes
    body_sha256: str
    prev_digest: bytes
    digest: bytes


def chain_digest(prev_digest: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return SHA-256(prev_digest ‖ RFC 8785 bytes of ``fields``), 32 bytes."""
    # For ASCII names, strings and integers below 2^53 sorted JSON is RFC 8785's, and this is
    # ten times as fast as the general library, which a test holds it against.
    canonical = orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(prev_digest + canonical).digest()


def canonical_fields(entry: Entry) -> dict[str, Any]:
    """Return the fields that the entry's digest covers: all but body, prev_digest and digest."""
    return {
        "epoch": entry.epoch,
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "subject": entry.subject,
        "subject_seq": entry.subject_seq,
        "kind": entry.kind,
        "version": entry.version,
        "recorded_at": entry.recorded_at,
        "uptime_ms": entry.uptime_ms,
        "blobs": list(entry.blobs),
        "body_sha256": entry.body_sha256,
    }


def is_genuine(entry: Entry) -> bool:
    """Tell whether digest and body belong together (an emptied body is genuine)."""
    if entry.body and hashlib.sha256(entry.body).hexdigest() != entry.body_sha256:
        return False
    return chain_digest(entry.prev_digest, canonical_fields(entry)) == entry.digest


@dataclass(frozen=True, slots=True)
class Chain:
    """What a walk along a chain found: where it ended, and the first fault in words."""

    place: tuple[int, int]
    digest: bytes
    fault: str | None


def walk(entries: Iterable[Entry], start: tuple[int, int] = (0, 0), prev: bytes = GENESIS) -> Chain:
    """Follow ``entries`` from ``start`` and say where the chain stops proving, if anywhere.

    Within an epoch the sequence has no gaps; a new epoch begins at 1 and links
    to the last entry of the one before.
    """
    epoch, seq = start
    for entry in entries:
        follows = (
            entry.seq == seq + 1 if entry.epoch == epoch else entry.epoch > epoch and entry.seq == 1
        )
        if not follows:
            return Chain(
                (epoch, seq), prev, f"entry {entry.epoch}/{entry.seq} does not follow {epoch}/{seq}"
            )
        if entry.prev_digest != prev or not is_genuine(entry):
            return Chain(
                (epoch, seq), prev, f"the digest of entry {entry.epoch}/{entry.seq} does not prove"
            )
        prev, epoch, seq = entry.digest, entry.epoch, entry.seq
    return Chain((epoch, seq), prev, None)


def entry_to_wire(entry: Entry) -> dict[str, Any]:
    """Return the entry as JSON values (bytes as base64)."""
    wire = canonical_fields(entry)
    wire["body"] = base64.b64encode(entry.body).decode()
    wire["prev_digest"] = entry.prev_digest.hex()
    wire["digest"] = entry.digest.hex()
    return wire


def entry_from_wire(wire: Mapping[str, Any]) -> Entry:
    """Return the entry; BadFrame when a field is missing, of the wrong type, or out of range."""
    try:
        entry = Entry(
            epoch=of_type(int, wire["epoch"]),
            seq=of_type(int, wire["seq"]),
            entry_id=of_type(str, wire["entry_id"]),
            subject=of_type(str, wire["subject"]),
            subject_seq=of_type(int, wire["subject_seq"]),
            kind=of_type(str, wire["kind"]),
            version=of_type(int, wire["version"]),
            recorded_at=of_type(int, wire["recorded_at"]),
            uptime_ms=of_type(int, wire["uptime_ms"]),
            blobs=tuple(of_type(str, sha) for sha in of_type(list, wire["blobs"])),
            body=base64.b64decode(of_type(str, wire["body"]), validate=True),
            body_sha256=of_type(str, wire["body_sha256"]),
            prev_digest=digest_from_hex(wire["prev_digest"]),
            digest=digest_from_hex(wire["digest"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("an entry is malformed") from error
    check_bounds(entry)
    return entry


def of_type(kind: type[T], value: Any) -> T:
    """Return ``value``, which must be of this very type: True is no number; TypeError."""
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} is wanted")
    return value


def digest_from_hex(told: Any) -> bytes:
    """Return the 32 bytes that 64 lower-case hex digits tell; TypeError, ValueError."""
    if _DIGEST.fullmatch(of_type(str, told)) is None:
        raise ValueError("a digest is 64 lower-case hex digits")
    return bytes.fromhex(told)


def check_bounds(entry: Entry) -> None:
    """Raise BadFrame for what no database would keep: a number or a text beyond its field."""
    numbers = (entry.epoch, entry.seq, entry.subject_seq, entry.version)
    clocks = (abs(entry.recorded_at), abs(entry.uptime_ms))
    if min(numbers) < 1 or max(*numbers, *clocks) > MAX_NUMBER or entry.epoch > MAX_EPOCH:
        raise BadFrame("a number of an entry is out of range")
    texts = (
        (entry.kind, 40),
        (entry.entry_id, 36),
        (entry.subject, 36),
        *((sha, 64) for sha in (entry.body_sha256, *entry.blobs)),
    )
    if any(len(text) > most or "\0" in text for text, most in texts):
        raise BadFrame("a text of an entry does not fit its field")


@dataclass(frozen=True, slots=True)
class Frame:
    """A header as it was received or will be sent, with the still sealed payload."""

    header: Mapping[str, Any]
    header_bytes: bytes
    signature: bytes
    sealed: bytes

    @property
    def version(self) -> int:
        """The version that it is written in; the answer is written in the same."""
        return int(self.header["v"])

    def open(self, signer: Ed25519PublicKey, reader: X25519PrivateKey) -> Any:
        """Return the payload's value; BadFrame when signer or reader is another."""
        try:
            signer.verify(self.signature, MAGIC + self.header_bytes)
            data = _SUITE.decrypt(self.sealed, reader, info=_INFO[self.version])
            if self.version == VERSION:
                return bounded.loads(_unpacked(data, MAX_PAYLOAD_BYTES))
            return packed.loads(_unpacked(data, packed.MAX_PACKED_BYTES))
        except InvalidSignature as error:
            raise BadFrame("the signature is not the sender's") from error
        except (InvalidTag, ValueError, zstandard.ZstdError) as error:
            raise BadFrame("the payload cannot be opened") from error


def _unpacked(data: bytes, most: int) -> bytes:
    # The decompressor believes the size that a frame tells of itself and then ignores the limit.
    size = zstandard.frame_content_size(data)
    if size > most:
        raise BadFrame("the payload is too large")
    # One zstd frame and nothing behind it, which nobody would read.
    unpacker = zstandard.ZstdDecompressor()
    content = unpacker.decompress(data, most, allow_extra_data=False)
    if size < 0:
        # It does not look behind a frame that tells no size, and no limit holds where it does.
        again = unpacker.decompressobj()
        again.decompress(data)
        if again.unused_data:
            raise BadFrame("something follows the payload")
    return content


def pack(
    header: Mapping[str, Any],
    payload: Any,
    signer: Ed25519PrivateKey,
    reader: X25519PublicKey,
    version: int = VERSION,
) -> bytes:
    """Return the bytes of a frame for ``reader``; each call seals with a fresh key."""
    # A compressor must not be shared between threads, so each call makes its own.
    written = orjson.dumps(payload) if version == VERSION else packed.dumps(payload)
    sealed = _SUITE.encrypt(zstandard.compress(written, _LEVEL), reader, info=_INFO[version])
    full = {**header, "v": version, "payload_sha256": hashlib.sha256(sealed).hexdigest()}
    header_bytes = rfc8785.dumps(full)
    signature = signer.sign(MAGIC + header_bytes)
    return b"".join((MAGIC, struct.pack(">I", len(header_bytes)), header_bytes, signature, sealed))


def unpack(data: bytes) -> Frame:
    """Return the frame in ``data`` with nothing opened yet.

    OtherVersion when its header names another; BadFrame when it is no frame, too large, or when
    the payload is not the one that the header names.
    """
    if len(data) > MAX_FRAME_BYTES or data[:4] != MAGIC or len(data) < 8:
        raise BadFrame("not a frame of this protocol")
    (length,) = struct.unpack(">I", data[4:8])
    if length > MAX_HEADER_BYTES:
        raise BadFrame("the header is too large")
    header_bytes = data[8 : 8 + length]
    start = 8 + length + _SIGNATURE_BYTES
    signature, sealed = data[8 + length : start], data[start:]
    try:
        header = orjson.loads(header_bytes)
    except orjson.JSONDecodeError as error:
        raise BadFrame("the header is not JSON") from error
    version = header.get("v") if isinstance(header, dict) else None
    if type(version) is not int:
        raise BadFrame("the header names no version")
    if version not in _INFO:
        # Not looked at any further: what else must be true of it, only its version says.
        raise OtherVersion(version)
    if header.get("payload_sha256") != hashlib.sha256(sealed).hexdigest():
        raise BadFrame("the payload is not the one the header names")
    return Frame(header, header_bytes, signature, sealed)
