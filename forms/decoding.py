"""From the JSON of a release (or of expanded YAML) to the dataclasses of `definition`.

Trusts its input: `forms.checks` has looked at it before a release was made. Must not know files
or YAML. Neighbours: `release` calls it once per item, on first use.
"""

from collections.abc import Mapping
from datetime import date
from sys import intern
from typing import Any

from forms.definition import (
    Basis,
    Bundle,
    Check,
    Choice,
    Duration,
    ExternalStep,
    Field,
    Member,
    Repeat,
    Requirement,
    Rule,
    Sample,
    Section,
    ServiceItem,
    Text,
)

Document = Mapping[str, Any]
ChoiceLists = Mapping[str, tuple[Choice, ...]]


def decode_item(document: Document, lists: ChoiceLists) -> ServiceItem:
    """Return the item a document describes; `lists` are the choice lists it names.

    Raises KeyError or TypeError for a document that `forms.checks` would refuse.
    """
    return ServiceItem(
        code=document["code"],
        name=_text(document["name"]),
        search_words=tuple(document["search_words"]),
        department=_text(document["department"]),
        category=_text(document["category"]),
        life_event=_text(document["life_event"]),
        audience=document["audience"],
        kind=document["kind"],
        case_type=document["case_type"],
        basis=tuple(Basis(_text(basis), bool(basis["confirmed"])) for basis in document["basis"]),
        statutory=_duration(document.get("statutory")),
        promised=_promised(document),
        fee=_text(document["fee"]),
        conditions=_texts(document["conditions"]),
        procedure=_texts(document["procedure"]),
        result=_text(document["result"]),
        delivery=_text(document["delivery"]),
        places=_text(document["places"]),
        hours=_text(document["hours"]),
        contact=_text(document["contact"]),
        complaints=_text(document["complaints"]),
        visits=document["visits"],
        scope=_text(document["scope"]),
        help_available=document["help_available"],
        commitment=_optional_text(document.get("commitment")),
        deferral=_duration(document.get("deferral")),
        express_delivery=document["express_delivery"],
        requirements=tuple(_requirement(entry) for entry in document["requirements"]),
        sections=tuple(_section(entry, lists) for entry in document["sections"]),
        provenance=_text(document["provenance"]),
        samples=decode_samples(document["samples"]),
        **{key: document.get(key) for key in ("base_code", "implementation_code")},
        commitment_required=_rule(document.get("commitment_required")),
    )


def decode_bundle(document: Document, names: Mapping[str, Text]) -> Bundle:
    """Return the bundle a document describes; `names` are those of the items by code."""
    return Bundle(
        code=document["code"],
        name=_text(document["name"]),
        department=_text(document["department"]),
        search_words=tuple(document["search_words"]),
        asked_once=_text(document["asked_once"]),
        members=tuple(
            Member(
                entry["code"],
                names[entry["code"]],
                entry.get("ticked", True),
                entry.get("as", {}),
            )
            for entry in document["members"]
        ),
        titles={name: _text(entry) for name, entry in document.get("titles", {}).items()},
        steps=tuple(
            ExternalStep(_text(entry["name"]), _text(entry["by"]), _text(entry["how"]))
            for entry in document["steps"]
        ),
        provenance=_text(document["provenance"]),
    )


def decode_samples(documents: list[Document]) -> tuple[Sample, ...]:
    """Return the samples of an item."""
    return tuple(_sample(document) for document in documents)


def decode_choices(entries: list[Document]) -> tuple[Choice, ...]:
    """Return the choices of a list of {code, zh, en}."""
    return tuple(Choice(entry["code"], _text(entry)) for entry in entries)


def decode_text(document: Document) -> Text:
    """Return the text of {zh, en}; other keys are left alone."""
    return _text(document)


def _text(document: Document) -> Text:
    # The same sentences stand in many items: each is kept once.
    return Text(intern(document["zh"]), intern(document["en"]))


def _texts(documents: list[Document]) -> tuple[Text, ...]:
    return tuple(_text(document) for document in documents)


def _optional_text(document: Document | None) -> Text | None:
    return _text(document) if document else None


def _rule(logic: Any) -> Rule | None:
    return None if logic is None else Rule(logic)


def _duration(document: Document | None) -> Duration | None:
    return Duration(document["value"], document["unit"]) if document else None


def _promised(document: Document) -> Duration:
    promised = document["promised"]
    return Duration(promised["value"], promised["unit"])


def _checks(documents: list[Document]) -> tuple[Check, ...]:
    return tuple(
        Check(entry["code"], Rule(entry["rule"]), _text(entry["message"])) for entry in documents
    )


def _field(document: Document, lists: ChoiceLists) -> Field:
    required = document.get("required", True)
    choices = document.get("choices", [])
    return Field(
        id=document["id"],
        label=_text(document["label"]),
        answer=document["answer"],
        required=required if isinstance(required, bool) else Rule(required),
        visible=_rule(document.get("visible")),
        checks=_checks(document.get("checks", [])),
        hint=_optional_text(document.get("hint")),
        privacy=document.get("privacy", "personal"),
        unmasked_at_kiosk=document.get("unmasked_at_kiosk", False),
        choices=lists[choices] if isinstance(choices, str) else decode_choices(choices),
        params=document.get("params", {}),
    )


def _section(document: Document, lists: ChoiceLists) -> Section:
    repeat = document.get("repeat")
    return Section(
        id=document["id"],
        title=_text(document["title"]),
        fields=tuple(_field(entry, lists) for entry in document["fields"]),
        repeat=Repeat(repeat["min"], repeat["max"]) if repeat else None,
        visible=_rule(document.get("visible")),
        shared=document.get("shared"),
        checks=_checks(document.get("checks", [])),
    )


def _requirement(document: Document) -> Requirement:
    return Requirement(
        id=document["id"],
        name=_text(document["name"]),
        source=document["source"],
        form=document["form"],
        count=document.get("count", 1),
        when=_rule(document.get("when")),
        deferrable=document.get("deferrable", False),
        hint=_optional_text(document.get("hint")),
    )


def _sample(document: Document) -> Sample:
    return Sample(
        name=document["name"],
        answers=document["answers"],
        today=date.fromisoformat(document["today"]),
        expect=tuple((path, code) for path, code in document.get("expect", [])),
    )
