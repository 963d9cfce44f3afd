"""Pictures that tablets bring: the same bytes from the same tablet are one material.

A tablet that was not heard brings its picture again, and must not have two of it. Neighbours:
`capture` takes a picture in, `kiosk.uploads` has carried the bytes, `kiosk.cases.tablets` needs a
copy where one picture belongs to two cases.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.devices.model import DevicePicture
from kiosk.materials import capture
from kiosk.materials.capture import Picture
from kiosk.materials.model import Material


def known(device_id: str, sha256: str) -> str | None:
    """Return the material that a tablet's bytes became, or None while there is none (any more)."""
    with reading() as session:
        return _known(session, device_id, sha256)


def digests(ids: Iterable[str]) -> Mapping[str, str]:
    """Return the SHA-256 of what a tablet sent, by the material it became, where it is known."""
    query = select(DevicePicture).where(DevicePicture.material_id.in_(set(ids)))
    with reading() as session:
        return {row.material_id: row.sha256 for row in session.scalars(query)}


def take(services: Services, device_id: str, sha256: str, data: bytes) -> str:
    """Make a material of bytes that a tablet brought, unless there is one; return its id.

    Idempotent by tablet and SHA-256. Raises what `capture.develop` and `capture.keep` raise.
    """
    earlier = known(device_id, sha256)
    if earlier is not None:
        return earlier
    picture = capture.develop(data)
    with writing() as session:
        earlier = _known(session, device_id, sha256)
        if earlier is not None:
            return earlier
        material = capture.keep(session, services.keyring, services.blobs, picture)
        session.merge(DevicePicture(device_id=device_id, sha256=sha256, material_id=material.id))
    return material.id


def copies(services: Services, device_id: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Copy those of a tablet's pictures that another case has already; return new ids by old.

    A picture of a household's register belongs to each member's case, and the tablet brings it
    once. What cannot be read any more is left out.
    """
    wanted = (
        select(Material)
        .join(DevicePicture, DevicePicture.material_id == Material.id)
        .where(DevicePicture.device_id == device_id, Material.id.in_(set(ids)))
        .where(Material.case_id.is_not(None))
    )
    with reading() as session:
        taken = session.scalars(wanted).all()
    made: dict[str, str] = {}
    for material in taken:
        try:
            jpeg = capture.contents(material, services.keyring, services.blobs)
        except (FileNotFoundError, ValueError):
            continue
        picture = Picture(jpeg, material.width, material.height)
        with writing() as session:
            copy = capture.keep(session, services.keyring, services.blobs, picture)
        made[material.id] = copy.id
    return made


def wipe_old(session: Session, before: datetime) -> None:
    """Forget which material a picture became, of those that are older and in no case."""
    old = select(Material.id).where(Material.case_id.is_(None), Material.created_at < before)
    session.execute(delete(DevicePicture).where(DevicePicture.material_id.in_(old)))


def _known(session: Session, device_id: str, sha256: str) -> str | None:
    row = session.get(DevicePicture, (device_id, sha256))
    if row is None or session.get(Material, row.material_id) is None:
        return None
    return row.material_id
