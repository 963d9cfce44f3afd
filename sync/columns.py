"""The entries and keys of an envelope of version 2: columns instead of one map for each entry.

What entries of a run have in common then packs to nothing, and what the reader computes anyway is
not said: a body's digest, and the digests of the chain but for the one before the first. Whatever
differs from what would be computed is said for its entry, so that a run is read exactly as it was
written, a damaged one too, and every check sees what it sees in version 1. Neighbours: ``packed``
has the bytes, ``envelope`` the entries, ``ingest`` reads, ``push`` writes.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, islice, pairwise
from typing import Any

from sync.envelope import (
    GENESIS,
    BadFrame,
    Entry,
    canonical_fields,
    chain_digest,
    check_bounds,
    of_type,
)

#: More entries are no envelope.
MAX_ENTRIES = 500
_KEY_BYTES = 32
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COLUMNS = 14
#: Body_sha256, prev_digest and digest of an entry that follows from what is said.
_NOTHING = (None, None, None)


def written(run: Sequence[Entry], keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the payload of an envelope; ``keys`` are 32 bytes for each subject that has one."""
    subjects = list(dict.fromkeys(entry.subject for entry in run))
    known = [keys.get(subject, b"") for subject in subjects]
    return {
        "entries": _columns(run),
        "keys": b"".join(key for key in known if len(key) == _KEY_BYTES),
        "keyless": [place for place, key in enumerate(known) if len(key) != _KEY_BYTES],
    }


def _columns(run: Sequence[Entry]) -> list[Any]:
    kinds = list(dict.fromkeys((entry.kind, entry.version) for entry in run))
    places = {kind: place for place, kind in enumerate(kinds)}
    return [
        _steps([entry.epoch for entry in run]),
        _steps([entry.seq for entry in run]),
        _ids([entry.entry_id for entry in run]),
        _ids([entry.subject for entry in run]),
        [entry.subject_seq for entry in run],
        [list(kind) for kind in kinds],
        [places[entry.kind, entry.version] for entry in run],
        _steps([entry.recorded_at for entry in run]),
        _steps([entry.uptime_ms - entry.recorded_at // 1000 for entry in run]),
        [len(entry.blobs) for entry in run],
        _digests([sha for entry in run for sha in entry.blobs]),
        [entry.body for entry in run],
        run[0].prev_digest if run else GENESIS,
        _differing(run),
    ]


def _differing(run: Sequence[Entry]) -> list[list[Any]]:
    """Return place, body_sha256, prev_digest and digest of entries that do not follow from others.

    Of the three each is None where it is what the reader computes.
    """
    found = []
    before = run[0].prev_digest if run else GENESIS
    for place, entry in enumerate(run):
        digest = chain_digest(entry.prev_digest, canonical_fields(entry))
        said = (
            None if entry.body_sha256 == _sha256(entry.body) else entry.body_sha256,
            None if entry.prev_digest == before else entry.prev_digest,
            None if entry.digest == digest else entry.digest,
        )
        if said != _NOTHING:
            found.append([place, *said])
        before = entry.digest
    return found


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _steps(numbers: list[int]) -> list[int]:
    """Return the first number, then how much each is more than the one before."""
    return [after - before for before, after in pairwise([0, *numbers])]


def _ids(texts: list[str]) -> bytes | list[str]:
    """Return UUIDs as the first bytes of all, then their second bytes, and so on; else as texts."""
    if not all(_UUID.fullmatch(text) for text in texts):
        return texts
    raw = bytes.fromhex("".join(texts).replace("-", ""))
    return b"".join(raw[place::16] for place in range(16))


def _digests(texts: list[str]) -> bytes | list[str]:
    if not all(_SHA256.fullmatch(text) for text in texts):
        return texts
    return bytes.fromhex("".join(texts))


def read(payload: Any, head: Any) -> tuple[tuple[Entry, ...], dict[str, bytes]]:
    """Return the entries and keys in a payload; BadFrame when it is malformed.

    ``head`` is that of the header: the last digest as the writer has it, in hex. What was not said
    must have been computed alike on both sides, or the next envelope would look like a fork.
    """
    try:
        entries = _entries(payload["entries"])
        if entries and head != entries[-1].digest.hex():
            raise BadFrame("the digests that follow are not those of the sender")
        subjects = list(dict.fromkeys(entry.subject for entry in entries))
        keyless = set(_whole(payload["keyless"]))
        holders = [each for place, each in enumerate(subjects) if place not in keyless]
        return entries, dict(zip(holders, _parts(payload["keys"], _KEY_BYTES), strict=True))
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, BadFrame):
            raise
        raise BadFrame("the columns of an envelope are malformed") from error


def _entries(columns: Any) -> tuple[Entry, ...]:
    if type(columns) is not list or len(columns) < _COLUMNS:
        raise BadFrame("an envelope lacks a column")
    *facts, prev, told = columns[:_COLUMNS]
    said = {each[0]: each[1:] for each in of_type(list, told)}
    entries: list[Entry] = []
    for place, (fields, body) in enumerate(_facts(*facts)):
        entries.append(_entry(fields, body, of_type(bytes, prev), said.pop(place, _NOTHING)))
        prev = entries[-1].digest
    of_type(bytes, prev)
    if said:
        raise BadFrame("an envelope says more than its entries")
    return tuple(entries)


def _facts(*columns: Any) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield what is said of each entry, as the chain covers it, and its body."""
    epochs, seqs, ids, subjects, places, kinds, of_kind, clocks, lags, counts, shas, bodies = (
        columns
    )
    if type(seqs) is not list or len(seqs) > MAX_ENTRIES:
        raise BadFrame("more entries than an envelope has")
    known = [(of_type(str, name), of_type(int, version)) for name, version in of_type(list, kinds)]
    names = iter(_texts(shas, 32, bytes.hex))
    rows = zip(
        *(_sums(epochs), _sums(seqs), _texts(ids, 16, _uuid, planes=True)),
        *(_texts(subjects, 16, _uuid, planes=True), _whole(places), _whole(of_kind)),
        *(_sums(clocks), _sums(lags), _whole(counts), of_type(list, bodies)),
        strict=True,
    )
    for epoch, seq, entry_id, subject, number, kind, clock, lag, count, body in rows:
        blobs = list(islice(names, count))
        if len(blobs) != count or kind < 0:
            raise BadFrame("a column of an envelope is too short")
        fields = {
            **{"epoch": epoch, "seq": seq, "entry_id": entry_id, "subject": subject},
            **{"subject_seq": number, "kind": known[kind][0], "version": known[kind][1]},
            **{"recorded_at": clock, "uptime_ms": lag + clock // 1000, "blobs": blobs},
        }
        yield fields, of_type(bytes, body)
    if next(names, None) is not None:
        raise BadFrame("an envelope names more files than its entries")


def _entry(fields: dict[str, Any], body: bytes, prev: bytes, said: Sequence[Any]) -> Entry:
    """Return the entry with its digests: those that are said, and those that follow."""
    body_sha256, prev_digest, digest = said
    fields["body_sha256"] = _sha256(body) if body_sha256 is None else of_type(str, body_sha256)
    prev = prev if prev_digest is None else of_type(bytes, prev_digest)
    # The names are those that the chain covers, but for the type of the files.
    digest = chain_digest(prev, fields) if digest is None else of_type(bytes, digest)
    fields["blobs"] = tuple(fields["blobs"])
    entry = Entry(**fields, body=body, prev_digest=prev, digest=digest)
    check_bounds(entry)
    return entry


def _whole(numbers: Any) -> list[int]:
    if type(numbers) is not list or not set(map(type, numbers)) <= {int}:
        raise BadFrame("a column of an envelope has other numbers")
    return numbers


def _sums(steps: Any) -> list[int]:
    return list(accumulate(_whole(steps)))


def _texts(
    column: Any, size: int, text: Callable[[bytes], str], *, planes: bool = False
) -> list[str]:
    """Return the texts of a column of bytes, or of one that had to be written as texts."""
    if type(column) is list:
        return [of_type(str, each) for each in column]
    parts = _parts(column, size)
    if planes:
        count = len(parts)
        columns = [column[place * count : (place + 1) * count] for place in range(size)]
        parts = [bytes(each) for each in zip(*columns, strict=True)]
    return [text(part) for part in parts]


def _parts(data: Any, size: int) -> list[bytes]:
    if len(of_type(bytes, data)) % size:
        raise BadFrame("a column of an envelope is cut off")
    return [data[start : start + size] for start in range(0, len(data), size)]


def _uuid(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
