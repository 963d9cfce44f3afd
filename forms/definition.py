"""The words of a service item: frozen dataclasses, and nothing that acts on them.

Holds what `forms/items/*.yaml` says once it has been read. Must not know YAML, marshmallow or
files. Neighbours: `decoding` makes these from JSON, `schema` judges answers by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
Answers = Mapping[str, object]
"""`{section id: {field id: value}}`; a repeat section holds a list of such rows."""

CaseType = Literal["instant", "promised"]
Privacy = Literal["public", "personal", "sensitive"]
Source = Literal["form", "certificate", "department", "applicant"]
MaterialForm = Literal["original", "copy", "electronic"]
Unit = Literal["working_days", "days"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; simplified Chinese first."""

    zh: str
    en: str

    def to(self, lang: str) -> str:
        """Return the Chinese for any `lang` that starts with "zh", else the English."""
        return self.zh if lang.startswith("zh") else self.en


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A JSON Logic expression; compared by identity so that it can be bound once and cached."""

    logic: JSON


@dataclass(frozen=True, slots=True)
class Check:
    """A rule an answer must meet; `code` names the refusal, `message` is what people read."""

    code: str
    rule: Rule
    message: Text


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer of a choice field; `code` is what is stored."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `answer` names an answer type of `forms.fields`; `params` bounds it."""

    id: str
    label: Text
    answer: str
    required: bool | Rule = True
    visible: Rule | None = None
    checks: tuple[Check, ...] = ()
    hint: Text | None = None
    privacy: Privacy = "personal"
    unmasked_at_kiosk: bool = False
    choices: tuple[Choice, ...] = ()
    params: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repeat:
    """How many rows a repeat section takes, both ends included."""

    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Section:
    """Fields asked together; `shared` names the group in `forms/shared` they came from."""

    id: str
    title: Text
    fields: tuple[Field, ...]
    repeat: Repeat | None = None
    visible: Rule | None = None
    shared: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A material the item asks for (材料要求); `when` says for whom, `None` means for all."""

    id: str
    name: Text
    source: Source
    form: MaterialForm
    count: int = 1
    when: Rule | None = None
    deferrable: bool = False
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """A time limit in working days or plain days; 0 means on the spot."""

    value: int
    unit: Unit

    @property
    def in_days(self) -> float:
        """Roughly how many days that is, to compare: five working days are a week."""
        return self.value * (7 / 5 if self.unit == "working_days" else 1)

    @property
    def in_working_days(self) -> float:
        """Roughly how many working days that is; exact where it is given in them."""
        return self.value * (1 if self.unit == "working_days" else 5 / 7)


@dataclass(frozen=True, slots=True)
class Basis:
    """A law or rule the item stands on; `confirmed` is false until read in a source."""

    text: Text
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """A synthetic set of answers, judged as on `today`.

    `expect` lists the (path, code) refusals it must cause; empty means it must pass.
    """

    name: str
    answers: Mapping[str, JSON]
    today: date
    expect: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ServiceItem:
    """Everything known of one service item (服务事项); compared by identity, to be cached.

    `commitment` may be given or not (告知承诺), but where `commitment_required` holds it must be.
    """

    code: str
    name: Text
    search_words: tuple[str, ...]
    department: Text
    category: Text
    life_event: Text
    audience: str
    kind: str
    case_type: CaseType
    basis: tuple[Basis, ...]
    statutory: Duration | None
    promised: Duration
    fee: Text
    conditions: tuple[Text, ...]
    procedure: tuple[Text, ...]
    result: Text
    delivery: Text
    places: Text
    hours: Text
    contact: Text
    complaints: Text
    visits: int
    scope: Text
    help_available: bool
    commitment: Text | None
    deferral: Duration | None
    express_delivery: bool
    requirements: tuple[Requirement, ...]
    sections: tuple[Section, ...]
    provenance: Text
    samples: Sequence[Sample]
    base_code: str | None = None
    implementation_code: str | None = None
    commitment_required: Rule | None = None

    @property
    def audience_label(self) -> Text:
        """The audience in words (服务对象)."""
        return AUDIENCES[self.audience]

    @property
    def kind_label(self) -> Text:
        """The kind in words (事项类型)."""
        return KINDS[self.kind]

    def section(self, section_id: str) -> Section:
        """Return the section of that id; raises KeyError when the item has none."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)


@dataclass(frozen=True, slots=True)
class Member:
    """A service item in a bundle. `layers` says under which name a section of it is asked.

    Sections of several members under one name are about one person or thing and asked once:
    {"guardian": "applicant"} says that the guardian in this item is who applies for the bundle.
    `ticked` is whether it is chosen at the beginning.
    """

    code: str
    name: Text
    ticked: bool = True
    layers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExternalStep:
    """A part of a bundle that is done elsewhere: what, by whom, and how to go about it."""

    name: Text
    by: Text
    how: Text


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Several items handed in as one (一件事); compared by identity, to be cached.

    `titles` are those of the sections that `Member.layers` names.
    """

    code: str
    name: Text
    department: Text
    search_words: tuple[str, ...]
    asked_once: Text
    members: tuple[Member, ...]
    titles: Mapping[str, Text]
    steps: tuple[ExternalStep, ...]
    provenance: Text

    @property
    def ticked(self) -> tuple[str, ...]:
        """The codes of the members that are chosen at the beginning."""
        return tuple(member.code for member in self.members if member.ticked)

    def member(self, code: str) -> Member:
        """Return the member of that code; raises KeyError when there is none."""
        for member in self.members:
            if member.code == code:
                return member
        raise KeyError(code)


AUDIENCES: Mapping[str, Text] = {
    "natural_person": Text("自然人", "Natural person"),
    "legal_person": Text("法人", "Legal person"),
    "both": Text("自然人、法人", "Natural and legal persons"),
}
KINDS: Mapping[str, Text] = {
    "permit": Text("行政许可", "Administrative permit"),
    "benefit": Text("行政给付", "Administrative benefit"),
    "confirmation": Text("行政确认", "Administrative confirmation"),
    "reward": Text("行政奖励", "Administrative reward"),
    "ruling": Text("行政裁决", "Administrative ruling"),
    "other_power": Text("其他行政权力", "Other administrative power"),
    "public_service": Text("公共服务", "Public service"),
}
