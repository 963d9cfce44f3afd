"""Taking a picture in: rebuilt in the picture child, encrypted with its own key, stored as a blob.

Two steps, since reading a picture takes up to seconds and a transaction of the terminal holds off
all other writers: `develop` outside the transaction, `keep` inside. Knows no cases and no
requests. Neighbours: `isolation`, `model`, `sync.blobs`, `kiosk.crypto`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.crypto import Keyring
from kiosk.errors import Invalid, Unavailable
from kiosk.materials import corners, faults, isolation, wire
from kiosk.materials.model import Material
from sync.blobs import BlobStore

log = structlog.get_logger(__name__)

SECONDS = 5.0
"""Time for one picture."""
MEDIA_TYPE = "image/jpeg"
CORNERS_WRONG = Text(
    "这四个角围不成一张纸，请重新拖动。",
    "These four corners do not enclose a paper. Please move them again.",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG that was built here from pixels alone; its size in pixels, and its `faults`."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    faults: tuple[str, ...] = ()


def develop(data: bytes) -> Picture:
    """Rebuild a JPEG, PNG or WebP as an upright JPEG of at most 2400 pixels and 400 kB.

    EXIF, GPS, comments and anything behind the picture's end are gone (OWASP ASVS 5.0, 14.2.8).
    Stores nothing; idempotent. Raises TooLarge, Unsupported, Invalid and Unavailable.
    """
    return _picture(isolation.shared().ask(wire.REBUILD, data, SECONDS))


def edit(jpeg: bytes, turns: int, kept: Sequence[int] = wire.WHOLE) -> Picture:
    """Return a kept picture turned by quarters to the right, then cut along four corners.

    `kept` are the corners, as in `wire.TURNS`; what is between them becomes a rectangle. Stores
    nothing. Raises Invalid for what are no corners of a paper, and what `develop` raises.
    """
    if not corners.are_corners(kept):
        raise Invalid("corners_wrong", CORNERS_WRONG)
    order = wire.TURNS.pack(turns % 4, *kept)
    return _picture(isolation.shared().ask(wire.EDIT, jpeg, SECONDS, order))


def _picture(answer: bytes) -> Picture:
    width, height, bits = wire.PICTURE.unpack_from(answer)
    return Picture(answer[wire.PICTURE.size :], width, height, faults.from_bits(bits))


def keep(session: Session, keyring: Keyring, blobs: BlobStore, picture: Picture) -> Material:
    """Encrypt the picture with a key of its own, store it and add its row to the session.

    The blob is on disk before the row can be committed; a blob whose row is rolled back stays as
    ciphertext without a key. Not idempotent: every call makes another material. Raises Unavailable
    when the disk does not take it.
    """
    identifier, key = clock.new_id(), crypto.new_key()
    context = _context(identifier)
    material = Material(
        id=identifier,
        sha256=_stored(blobs, crypto.encrypt(key, picture.jpeg, context)),
        wrapped_key=keyring.wrap(key, context),
        media_type=MEDIA_TYPE,
        bytes=len(picture.jpeg),
        width=picture.width,
        height=picture.height,
        created_at=clock.now(),
    )
    session.add(material)
    return material


def discard(session: Session, blobs: BlobStore, ids: Iterable[str]) -> None:
    """Delete these pictures, row and blob, but none that a case has. Absent is not an error."""
    own = select(Material).where(Material.id.in_(set(ids)), Material.case_id.is_(None))
    for material in session.scalars(own).all():
        blobs.remove(material.sha256)
        session.delete(material)


def _stored(blobs: BlobStore, data: bytes) -> str:
    try:
        return blobs.put(data)
    except OSError as error:
        log.error("picture_not_stored", error=error.strerror)
        message = Text(
            "图片现在存不下来。请稍后再试，或找工作人员。",
            "The picture cannot be stored now. Please try again or ask the staff.",
        )
        raise Unavailable("picture_not_stored", message) from error


def contents(material: Material, keyring: Keyring, blobs: BlobStore) -> bytes:
    """Return the material's JPEG.

    Raises FileNotFoundError when its blob is not here and ValueError when blob, key and row do
    not belong together.
    """
    context = _context(material.id)
    key = keyring.unwrap(material.wrapped_key, context)
    return crypto.decrypt(key, blobs.read(material.sha256), context)


def _context(identifier: str) -> bytes:
    return b"material:" + identifier.encode("ascii")
