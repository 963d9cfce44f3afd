"""The tables of the tablets. Secrets as hashes only; the tablet's key sealed with the master key.

Neighbours: ``pairing`` makes rows, ``presence`` asks them, ``register`` lists and revokes.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from sync.tables import Base


class Device(Base):
    """One tablet; from its naming until it is paired it has a code, and no secret."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    #: SHA-256 of the code that pairs it, once, until ``code_expires_at``.
    code_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    code_expires_at: Mapped[datetime | None]
    #: SHA-256 of 256 random bits, so that no slow hash is called for.
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    paired_at: Mapped[datetime | None]
    #: The operator who gave the name.
    paired_by: Mapped[str] = mapped_column(String(36))
    last_seen_at: Mapped[datetime | None]
    #: What the tablet said it had not delivered, and since when by its own clock.
    backlog: Mapped[int] = mapped_column(default=0)
    backlog_oldest_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: The operator here; ``hall`` when the order came from there.
    revoked_by: Mapped[str | None] = mapped_column(String(36))
    #: The key the tablet encrypts its queue with, kept here so that nothing queued is ever lost.
    sealed_key: Mapped[bytes]
    #: The pairing before, on the same tablet: what was sealed then is opened still.
    previous_id: Mapped[str | None] = mapped_column(String(36))


class DevicePicture(Base):
    """Which material a picture became that a tablet brought, by the SHA-256 of what it sent."""

    __tablename__ = "device_picture"

    device_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    material_id: Mapped[str] = mapped_column(String(36), index=True)


class SealedParcel(Base):
    """What a revoked tablet brought: ciphertext among the blobs, until somebody takes it in."""

    __tablename__ = "sealed_parcel"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    device_id: Mapped[str] = mapped_column(String(36), index=True)
    #: Of the ciphertext, which is the blob's name.
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    bytes: Mapped[int]
    arrived_at: Mapped[datetime]
    taken_in_at: Mapped[datetime | None]
    taken_in_by: Mapped[str | None] = mapped_column(String(36))
    #: Why it could not be taken in when it was last tried: the code of the refusal.
    refusal: Mapped[str | None] = mapped_column(String(40))
