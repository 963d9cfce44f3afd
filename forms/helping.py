"""The words of the help service (帮代办): what it does, and for which items. Nothing acts on them.

Must not know YAML or files. Neighbours: `definition` has the texts, `approvals` the approvals that
investment help leads to, `forms.checks.helping` looks at what is decoded here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from forms.decoding import decode_text
from forms.definition import Text

Domain = Literal["investment", "public_service"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One of the six things help agents do; `expect` says what one may count on."""

    code: str
    label: Text
    expect: Text


@dataclass(frozen=True, slots=True)
class HelpItem:
    """One matter that agents help with (帮代办事项).

    `linked` is the code of a service item, or of an approval when the domain is investment.
    """

    code: str
    name: Text
    domain: Domain
    linked: str
    features: tuple[Feature, ...]
    provenance: Text


@dataclass(frozen=True, slots=True)
class HelpService:
    """The features in the order they are told, and the help items by code."""

    features: tuple[Feature, ...]
    items: Mapping[str, HelpItem]

    def of(self, domain: Domain) -> tuple[HelpItem, ...]:
        """Return the help items of a domain, in order of code."""
        return tuple(item for item in self.items.values() if item.domain == domain)

    def linked_to(self, code: str) -> HelpItem | None:
        """Return the help offered for a service item or approval, or None without any."""
        return next((item for item in self.items.values() if item.linked == code), None)


DOMAINS: Mapping[Domain, Text] = {
    "investment": Text("投资建设", "Investment and construction"),
    "public_service": Text("公共服务", "Public services"),
}


def decode_help(document: Mapping[str, Any]) -> HelpService:
    """Return the help service of `{"features": [...], "domains": [...]}`; an empty one for `{}`.

    Trusts its input, as `decoding` does.
    """
    features = {
        entry["code"]: Feature(
            entry["code"], decode_text(entry["label"]), decode_text(entry["expect"])
        )
        for entry in document.get("features", [])
    }
    items = [
        HelpItem(
            code=entry["code"],
            name=decode_text(entry["name"]),
            domain=part["domain"],
            linked=entry["linked"],
            features=tuple(features[code] for code in entry["features"]),
            provenance=decode_text(part["provenance"]),
        )
        for part in document.get("domains", [])
        for entry in part["items"]
    ]
    items.sort(key=lambda item: item.code)
    return HelpService(tuple(features.values()), {item.code: item for item in items})
