"""What a backup says of itself, signed by the machine that made it. No personal data.

The signature is Ed25519 over the line ``jishiban backup 1``, a line feed and the RFC 8785 form of
all fields but ``signature``. Neighbours: ``vault`` keeps it beside the parts, ``restoring``
believes nothing that it does not prove.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature

from kiosk.backup.sealing import Part
from sync.identity import Identity, PublicIdentity

FORMAT = 1
FILE = "manifest.json"
_CONTEXT = b"jishiban backup 1\n"


class BadBackup(OSError):
    """A backup is not what it says, or not for this program; the text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a backup tells; ``made_at`` in microseconds since 1970, sizes in bytes."""

    role: str
    #: Id of terminal or hall (None before enrolment), number of a terminal, public keys.
    machine: str | None
    number: str | None
    public: str
    made_at: int
    program: str
    #: The newest migration of the database, and which kind of database that was.
    schema: str
    database: str
    #: Database, other files, list of blobs.
    parts: dict[str, Part]
    blobs: int
    blob_bytes: int
    #: Files that were damaged or not there, although something names them.
    missing: tuple[str, ...]
    #: Terminal: the end of its journal. Hall: by terminal, how far it has journal and feed.
    head: tuple[int, int] | None
    watermarks: dict[str, tuple[int, int, int]]

    @property
    def bytes(self) -> int:
        """The size of the backup with all its files."""
        return sum(part.bytes for part in self.parts.values()) + self.blob_bytes


def write(manifest: Manifest, identity: Identity, folder: Path) -> None:
    """Write the signed manifest into ``folder``; the caller flushes."""
    fields = json.loads(json.dumps({"format": FORMAT, **asdict(manifest)}))
    signature = identity.signing.sign(_CONTEXT + rfc8785.dumps(fields)).hex()
    text = json.dumps({**fields, "signature": signature}, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text + "\n")


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup; BadBackup when it is malformed, altered or too new."""
    try:
        told: dict[str, Any] = json.loads((folder / FILE).read_bytes())
        if told["format"] != FORMAT:
            raise BadBackup(
                f"{folder.name} has format {told['format']}, this program reads {FORMAT}"
            )
        signature = bytes.fromhex(told.pop("signature"))
        signing = PublicIdentity.from_hex(told["public"]).signing
        signing.verify(signature, _CONTEXT + rfc8785.dumps(told))
        return _manifest(told)
    except FileNotFoundError as error:
        raise BadBackup(f"{folder} is no backup: it has no {FILE}") from error
    except InvalidSignature as error:
        raise BadBackup(
            f"{folder.name}: the manifest was altered, its signature is wrong"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadBackup(f"{folder.name}: the manifest is malformed") from error


def _manifest(told: dict[str, Any]) -> Manifest:
    values = {name: value for name, value in told.items() if name != "format"}
    values["parts"] = {name: Part(**part) for name, part in told["parts"].items()}
    values["missing"] = tuple(told["missing"])
    values["head"] = told["head"] and (int(told["head"][0]), int(told["head"][1]))
    values["watermarks"] = {
        terminal: (int(epoch), int(seq), int(feed))
        for terminal, (epoch, seq, feed) in told["watermarks"].items()
    }
    return Manifest(**values)
