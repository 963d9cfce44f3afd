"""The table of captured materials: which blob, which key, what it shows. No pixels.

The blob store holds only ciphertext; destroying a row's wrapped key destroys the picture.
Neighbours: `capture` writes and reads it, `kiosk.cases` ties it to a case.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base, Instant


class Material(Base):
    """One picture a resident supplied (材料). `case_id` is empty until its case is submitted."""

    __tablename__ = "material"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """UUIDv7."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the ciphertext, which is the blob's name; 64 hex digits."""
    wrapped_key: Mapped[bytes]
    media_type: Mapped[str] = mapped_column(String(40))
    bytes: Mapped[int]
    """Size of the plaintext."""
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    # No foreign key: cases lie above materials and know them, not the other way round.
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
