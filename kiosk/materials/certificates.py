"""Electronic certificates (电子证照): asking the service that holds them, instead of for paper.

The service is an adapter behind `Source`. The only one that ships is a **stand-in**: a file of made
up certificates of the people in the items' samples. It proves the way through the pages and is no
certificate service; a real one is another class here and another word in `KIOSK_CERTIFICATES`.
What a certificate says is shown and goes into the case, sealed; it is never logged. Neighbours:
`certificate_calls` counts, `kiosk.cases` keeps what came of a call with its case.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from forms.definition import Requirement, Text

Result = Literal["found", "not_found", "unavailable"]

STAND_IN = Path(__file__).with_name("sample_certificates.json")

#: Certificate types that are asked for, by our own word for each.
TYPES: Mapping[str, Text] = {
    "id_card": Text("居民身份证", "Resident identity card"),
    "household_register": Text("居民户口簿", "Household register"),
    "social_security_card": Text("社会保障卡", "Social security card"),
    "medical_insurance_card": Text("医保电子凭证", "Medical insurance e-voucher"),
    "residence_permit": Text("居住证", "Residence permit"),
    "disability_certificate": Text("残疾人证", "Disability certificate"),
    "marriage_certificate": Text("结婚证", "Marriage certificate"),
    "discharge_certificate": Text("退役证件", "Discharge certificate"),
    "business_licence": Text("营业执照", "Business licence"),
}
_GUARDIAN = "guardian"
_APPLICANT = "applicant"
#: Requirement → certificate type and the section that names its holder. Where the holder is not one
#: of these two, a paper has to be photographed: nobody is asked for the certificate of a stranger.
_ASKED: Mapping[str, tuple[str, str]] = {
    "id_card": ("id_card", _APPLICANT),
    "id_cards": ("id_card", _APPLICANT),
    "applicant_id_card": ("id_card", _APPLICANT),
    "identity_document": ("id_card", _APPLICANT),
    "identity": ("id_card", _APPLICANT),
    "card": ("id_card", _APPLICANT),
    "credential": ("medical_insurance_card", _APPLICANT),
    "guardian_id_card": ("id_card", _GUARDIAN),
    "household_register": ("household_register", _APPLICANT),
    "register_or_permit": ("household_register", _APPLICANT),
    "social_card": ("social_security_card", _APPLICANT),
    "social_card_account": ("social_security_card", _APPLICANT),
    "card_account": ("social_security_card", _APPLICANT),
    "residence_permit": ("residence_permit", _APPLICANT),
    "disability_certificate": ("disability_certificate", _APPLICANT),
    "marriage_certificate": ("marriage_certificate", _APPLICANT),
    "discharge_certificate": ("discharge_certificate", _APPLICANT),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which certificate of whom stands for a requirement; not to be logged."""

    type: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)

    @property
    def label(self) -> Text:
        """The type in words."""
        return TYPES[self.type]

    def mark(self, call: str) -> str:
        """Return what tells the holder from any other within one call, 32 hex digits.

        A name that is changed afterwards makes the certificate somebody else's.
        """
        told = f"{call}\n{self.name}\n{self.id_number}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the service says of a valid certificate. ``reference`` is the service's own number."""

    type: str
    reference: str = field(repr=False)
    issuer: Text
    valid_until: date | None


class NotHeld(Exception):
    """The service has no valid certificate of this type for this person."""


class Away(Exception):
    """The service cannot be reached, or answers what cannot be read."""


class Source(Protocol):
    """A service that holds electronic certificates."""

    def fetch(self, wanted: Wanted, purpose: str) -> Certificate:
        """Return the person's certificate; NotHeld, or Away. ``purpose`` is an item's code."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """The embedded store of made-up certificates. It reaches nobody and is for trying only."""

    file: Path = STAND_IN

    def fetch(self, wanted: Wanted, purpose: str) -> Certificate:
        """Return a sample certificate; Away when the store is not there, as a service may be."""
        try:
            # Not kept in memory: who tries the product can wait for two milliseconds.
            people = json.loads(self.file.read_bytes())
        except (OSError, ValueError) as error:
            raise Away from error
        held = people.get(wanted.id_number, {})
        entry = held.get("certificates", {}).get(wanted.type)
        if entry is None or held["name"] != wanted.name:
            raise NotHeld
        issuer = Text(entry["issuer_zh"], entry["issuer_en"])
        until = date.fromisoformat(entry["until"]) if entry["until"] else None
        return Certificate(wanted.type, entry["reference"], issuer, until)


_SOURCES: Mapping[str, Source] = {"samples": StandIn()}


def source(setting: str) -> Source | None:
    """Return the service of a setting, or None where certificates are not asked for (`off`)."""
    return _SOURCES.get(setting)


def wanted_for(requirement: Requirement, answers: Mapping[str, Any]) -> Wanted | None:
    """Return the certificate that stands for a requirement, or None where only paper does."""
    if requirement.source != "certificate":
        return None
    # In the one form of a bundle, a second paper of a name bears its item's code in front.
    kind, section = _ASKED.get(requirement.id.rpartition("__")[2], (None, ""))
    person = answers.get(section)
    if kind is None or not isinstance(person, Mapping):
        return None
    name, number = person.get("name"), person.get("id_number")
    if not isinstance(name, str) or not isinstance(number, str):
        return None
    return Wanted(kind, name, number)
