"""Submissions for tests, made from the passing samples of the shipped catalogue, and cases of them.

`a_submission()` is complete but for its pictures; `on(machine)` puts those there first.
"""

import copy
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from forms.definition import ServiceItem
from forms.schema import required_requirements
from kiosk.cases import service
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Attachment, Signature, Submission, is_brought
from kiosk.materials.capture import Picture, keep
from tests.builders.machines import Machine

#: Two documents are asked for and nothing depends on the day; decided on the spot.
SHORT_ITEM = "RS-001"
#: The same, with a promised time of 20 working days.
PROMISED_ITEM = "MZ-001"


@dataclass(frozen=True)
class SubmissionBuilder:
    """What will be handed in; every method returns another builder."""

    item: ServiceItem
    release: str
    answers: dict[str, Any]
    attachments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    consent: bool = True

    def answering(self, path: str, value: object) -> "SubmissionBuilder":
        answers = copy.deepcopy(self.answers)
        *sections, last = path.split(".")
        place = answers
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
        return replace(self, answers=answers)

    def with_material(self, requirement: str, *materials: str) -> "SubmissionBuilder":
        return replace(self, attachments={**self.attachments, requirement: materials})

    def without_consent(self) -> "SubmissionBuilder":
        return replace(self, consent=False)

    def with_pictures_at(self, terminal: Machine) -> "SubmissionBuilder":
        """Give every document that is asked for a picture that lies at `terminal`."""
        built = self
        for requirement in required_requirements(self.item, self.answers):
            if is_brought(requirement) and requirement.id not in self.attachments:
                built = built.with_material(requirement.id, a_picture_at(terminal))
        return built

    def submission(self) -> Submission:
        return Submission(
            item=self.item.code,
            release=self.release,
            answers=self.answers,
            attachments=tuple(
                Attachment(requirement, "file", materials)
                for requirement, materials in sorted(self.attachments.items())
            ),
            signature=Signature("confirmed"),
            consent=self.consent,
            commitment=False,
            channel="api",
        )

    def body(self) -> dict[str, Any]:
        """The body of `POST /api/v1/cases`."""
        return {
            "item": self.item.code,
            "answers": copy.deepcopy(self.answers),
            "attachments": [
                {"requirement": requirement, "materials": list(materials)}
                for requirement, materials in sorted(self.attachments.items())
            ],
            "signature": {"method": "confirmed"},
            "consent": self.consent,
        }


def a_submission(terminal: Machine, code: str = SHORT_ITEM) -> SubmissionBuilder:
    """An application for the item, filled with its first passing sample, all pictures taken."""
    item = terminal.parts.catalogue.item(code)
    sample = next(sample for sample in item.samples if not sample.expect)
    builder = SubmissionBuilder(
        item, terminal.parts.catalogue.release, copy.deepcopy(dict(sample.answers))
    )
    return builder.with_pictures_at(terminal)


def a_picture_at(terminal: Machine, jpeg: bytes | None = None) -> str:
    """Keep a picture at the terminal and return its material's id."""
    parts = terminal.parts
    picture = Picture(jpeg or b"\xff\xd8" + uuid.uuid4().bytes * 40 + b"\xff\xd9", 480, 320)
    with terminal.writing() as session:
        return keep(session, parts.keyring, parts.blobs, picture).id


def a_case_at(terminal: Machine, builder: SubmissionBuilder | None = None) -> Receipt:
    """Submit and return the receipt."""
    builder = builder or a_submission(terminal)
    return terminal.within(service.submit, terminal.parts, builder.submission(), str(uuid.uuid4()))
