"""What a record of help shows the staff beside its story: an application sent ahead, its pictures.

Reads only. Neighbours: `helpdesk` draws it, `check` lays answers out.
"""

from dataclasses import dataclass

from flask import abort

from forms.definition import Text
from forms.schema import required_requirements
from kiosk.app_services import services
from kiosk.cases.drafts import Draft
from kiosk.cases.help import services as table
from kiosk.cases.help.reading import Record
from kiosk.cases.help.wanted import HOUSEHOLD
from kiosk.cases.submission import is_brought
from kiosk.db import reading
from kiosk.materials import capture
from kiosk.materials.model import Material
from kiosk.terminal import check
from kiosk.terminal.check import Group


@dataclass(frozen=True, slots=True)
class Sent:
    """Answers by section, and for each document its name, how it is supplied, and pictures."""

    groups: list[Group]
    supplies: list[tuple[Text, str, tuple[str, ...]]]


def sent_ahead(record: Record) -> Sent | None:
    """Return what was sent to be looked through; None for another kind or without its form."""
    said = record.details
    if record.row.kind != table.PRE_CHECK or said is None:
        return None
    try:
        item = services().releases.of(said["release"]).item(record.row.item)
    except LookupError:
        return None
    draft = Draft("", item.code, said["release"], said["answers"], said["attachments"])
    given = draft.attachments
    supplies = [
        (
            need.name,
            str(given.get(need.id, {}).get("mode", "")),
            tuple(given.get(need.id, {}).get("materials", ())),
        )
        for need in required_requirements(item, draft.answers)
        if is_brought(need)
    ]
    return Sent(check.groups(item, draft), supplies)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household: place in the visit, name, item, and whether a form was begun."""

    number: int
    name: str
    item: str
    is_begun: bool


def members_of(record: Record) -> list[Member]:
    """Return for whom a home visit is; none for another kind."""
    said = record.details
    if record.row.kind != table.VISIT or said is None:
        return []
    begun = {str(started.get("member")) for started in record.started}
    return [
        Member(number, said[f"name_{number}"], said[f"item_{number}"], str(number) in begun)
        for number in range(1, HOUSEHOLD + 1)
        if said.get(f"name_{number}")
    ]


def picture_of(record: Record, material_id: str) -> bytes:
    """Return a picture that belongs to the record, decrypted, or end the request with 404."""
    parts = services()
    if material_id not in record.files:
        abort(404)
    with reading() as database:
        material = database.get(Material, material_id)
    return capture.contents(material, parts.keyring, parts.blobs) if material else abort(404)
