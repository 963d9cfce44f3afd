"""The sheets and columns of our XLSForms, and the report of what could not be carried.

Columns that begin with `jishiban::` are ours: they hold what XLSForm has no word for, so that our
own files can be read back exactly; other programs pass over them. Must not know definitions or
workbooks. Neighbours: `rows` fills these columns, `importing` reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, str]
"""One row by the heads of its columns; empty cells are left out."""

LANGUAGES: Mapping[str, str] = {"zh": "中文 (zh)", "en": "English (en)"}
OWN = "jishiban::"
OWN_SHEET = "jishiban"
TRANSLATED = ("label", "hint", "required_message", "constraint_message")
PLAIN = ("required", "relevant", "constraint", "appearance", "parameters", "calculation")
OWN_COLUMNS = tuple(
    OWN + name
    for name in (
        *("role", "id", "answer", "params", "choices", "privacy", "unmasked_at_kiosk"),
        *("required", "visible", "checks", "repeat", "shared"),
        *("source", "form", "count", "deferrable"),
    )
)


def translated(name: str) -> tuple[str, str]:
    """Return the two columns of a translated column, Chinese first."""
    return f"{name}::{LANGUAGES['zh']}", f"{name}::{LANGUAGES['en']}"


SURVEY = (
    *("type", "name", *translated("label"), *translated("hint")),
    *("required", *translated("required_message"), "relevant", "constraint"),
    *(*translated("constraint_message"), "appearance", "parameters", "calculation", "repeat_count"),
    *OWN_COLUMNS,
)
CHOICES = ("list_name", "name", *translated("label"))
SETTINGS = ("form_title", "form_id", "version", "default_language", "style")
OWN_HEADS = ("key", "zh", "en", "json")


@dataclass(frozen=True, slots=True)
class NotCarried:
    """Something that did not come through: where (rows count from 1, the heads) and why."""

    sheet: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.sheet} row {self.row}, {self.column}: {self.reason}"


@dataclass(slots=True)
class Sheets:
    """The tables of one XLSForm, and what could not be written in them."""

    survey: list[Row]
    choices: list[Row]
    settings: list[Row]
    own: list[Row]
    report: list[NotCarried]


def words(name: str, text: Mapping[str, Any] | None) -> Row:
    """Return the two cells of a text; none when there is no text."""
    if not text:
        return {}
    zh, en = translated(name)
    return {zh: str(text["zh"]), en: str(text["en"])}


def compact(value: object) -> str:
    """Return a value as one line of JSON with its keys as they stand."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
