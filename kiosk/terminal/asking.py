"""One question as a page shows it: the field, what was entered, what is wrong with it.

Knows no requests and no drafts. Neighbours: `inputs` splits values into boxes;
`templates/shared/fields.html` draws an `Asked`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.definition import Answers, Field, Text
from forms.rules import evaluate
from kiosk.terminal.inputs import parts_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to draw; `id` is the target of links from the error summary."""

    field: Field
    name: str
    value: Any
    required: bool = True
    error: Text | None = None
    #: Which of the page's forms it is in, where several ask the same.
    form: str = ""

    @property
    def id(self) -> str:
        """The HTML id of the first input."""
        return f"answer-{self.form}-{self.name}" if self.form else f"answer-{self.name}"

    @property
    def problems(self) -> list[tuple[str, Text]]:
        """The line for the error summary, if something is wrong."""
        return [(f"#{self.id}", named(self.field.label, self.error))] if self.error else []

    @property
    def parts(self) -> tuple[Any, ...]:
        """The boxes of a date, period or address."""
        return parts_of(self.field, self.value)

    @property
    def picked(self) -> tuple[str, ...]:
        """The codes chosen so far."""
        if isinstance(self.value, list):
            return tuple(self.value)
        return (self.value,) if isinstance(self.value, str) and self.value else ()


def named(label: Text, message: Text) -> Text:
    """Return `message` as an error summary says it, away from its field: the label comes first."""
    zh = f"{label.zh}{'' if label.zh.endswith('？') else '：'}{message.zh}"
    en = f"{label.en}{'' if label.en.endswith('?') else ':'} {message.en}"
    return Text(zh, en)


def is_required(field: Field, answers: Answers, row: Mapping[str, object]) -> bool:
    """Say whether the field has to be answered, given the answers so far."""
    if isinstance(field.required, bool):
        return field.required
    return evaluate(field.required, {**answers, "this": row})
