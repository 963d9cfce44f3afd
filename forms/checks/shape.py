"""Is a YAML file of the right shape? Keys, kinds of values, and both languages everywhere.

Must not know what rules or samples mean. Neighbours: `source` gives the values with their lines;
what passes here can be expanded and decoded without surprises.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from forms.definition import AUDIENCES, JSON, KINDS
from forms.source import Place

Found = Iterator[tuple[str, Place]]
Shape = Callable[[JSON, Place], Found]

CHINESE = re.compile(r"[\u3400-\u9fff]")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
ITEM_CODE = re.compile(r"[A-Z]{2}-\d{2,3}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping with these keys; the `optional` ones may be missing or null."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape]

    def __call__(self, value: JSON, path: Place) -> Found:
        """Yield what is wrong with `value`, each with the path where."""
        if not isinstance(value, dict):
            yield "a mapping is needed here", path
            return
        known = {**self.required, **self.optional}
        for key in self.required.keys() - value.keys():
            yield f"'{key}' is missing", path
        for key, inner in value.items():
            if key not in known:
                yield f"'{key}' is not known here", (*path, key)
            elif inner is not None or key in self.required:
                yield from known[key](inner, (*path, key))


def word(value: JSON, path: Place) -> Found:
    """Accept a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        yield "a text is needed here (put numbers in quotes)", path


def text(value: JSON, path: Place) -> Found:
    """Accept {zh, en} with both given, English without Chinese, and nothing else."""
    yield from _languages(value, path)
    if isinstance(value, dict):
        for key in value.keys() - {"zh", "en"}:
            # {en: Such as sons, daughters} is cut at the comma unless it is quoted.
            yield f"'{key}' is no part of a text; a text with a comma needs quotes", (*path, key)


def _languages(value: JSON, path: Place) -> Found:
    if not isinstance(value, dict) or not set(value) >= {"zh", "en"}:
        yield "a text needs zh and en", path
        return
    for language in ("zh", "en"):
        if not isinstance(value[language], str) or not str(value[language]).strip():
            yield f"the text has no {'Chinese' if language == 'zh' else 'English'}", path
    if CHINESE.search(str(value["en"])):
        yield "the English text has Chinese in it", path


def shared_text(value: JSON, path: Place) -> Found:
    """Accept a text or {use: name of a shared text}."""
    if not (isinstance(value, dict) and list(value) == ["use"]):
        yield from text(value, path)


def whole(value: JSON, path: Place) -> Found:
    """Accept a whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield "a whole number is needed here", path


def flag(value: JSON, path: Place) -> Found:
    """Accept true or false."""
    if not isinstance(value, bool):
        yield "true or false is needed here", path


def anything(value: JSON, path: Place) -> Found:
    """Accept any value; something else looks at it."""
    yield from ()


def rule(value: JSON, path: Place) -> Found:
    """Accept a JSON Logic expression by its outside."""
    if not isinstance(value, dict) or len(value) != 1:
        yield "a rule is a mapping with one operator", path


def mapping(value: JSON, path: Place) -> Found:
    """Accept any mapping."""
    if not isinstance(value, dict):
        yield "a mapping is needed here", path


def matching(pattern: re.Pattern[str], what: str) -> Shape:
    """Return a shape for texts of a pattern, called `what`."""

    def shape(value: JSON, path: Place) -> Found:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield f"{what} is needed here", path

    return shape


def one_of(*values: str) -> Shape:
    """Return a shape for one of these words."""

    def shape(value: JSON, path: Place) -> Found:
        if value not in values:
            yield f"one of {', '.join(values)} is needed here", path

    return shape


def either(first: Callable[[JSON], bool], then: Shape, otherwise: Shape) -> Shape:
    """Return a shape that looks at `first` to choose."""

    def shape(value: JSON, path: Place) -> Found:
        yield from (then if first(value) else otherwise)(value, path)

    return shape


def many(inner: Shape, least: int = 0) -> Shape:
    """Return a shape for a list of at least `least` such values."""

    def shape(value: JSON, path: Place) -> Found:
        if not isinstance(value, list) or len(value) < least:
            yield f"a list of at least {least} is needed here", path
            return
        for number, entry in enumerate(value):
            yield from inner(entry, (*path, number))

    return shape


def all_texts(value: JSON, path: Place) -> Found:
    """Accept a mapping of names to texts."""
    yield from mapping(value, path)
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from text(entry, (*path, name))


identifier = matching(IDENTIFIER, "a lower-case name like id_number")
_duration = Keys({"value": whole, "unit": one_of("working_days", "days")}, {})
_check = Keys({"code": identifier, "rule": rule, "message": text}, {})
choices = many(Keys({"code": word, "zh": word, "en": word}, {}), 2)
_named = either(lambda value: isinstance(value, str), word, choices)
_ASKED: Mapping[str, Shape] = {
    "required": either(lambda value: isinstance(value, bool), flag, rule),
    "visible": rule,
    "checks": many(_check),
    "hint": text,
    "privacy": one_of("public", "personal", "sensitive"),
    "unmasked_at_kiosk": flag,
    "choices": _named,
    "params": mapping,
}
_field = Keys({"id": identifier, "label": text, "answer": word}, _ASKED)
_repeat = Keys({"min": whole, "max": whole}, {})
_SECTION: Mapping[str, Shape] = {"repeat": _repeat, "visible": rule, "checks": many(_check)}
own = Keys({"id": identifier, "title": text, "fields": many(_field, 1)}, _SECTION)


def _adjusted(value: JSON, path: Place) -> Found:
    yield from mapping(value, path)
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from Keys({}, {"label": text, **_ASKED})(entry, (*path, name))


_use = Keys(
    {"use": word},
    {
        "id": identifier,
        "title": text,
        "omit": many(identifier),
        "adjust": _adjusted,
        "fields": many(_field),
        **_SECTION,
    },
)
_section = either(lambda value: isinstance(value, dict) and "use" in value, _use, own)
_requirement = Keys(
    {
        "id": identifier,
        "name": text,
        "source": one_of("form", "certificate", "department", "applicant"),
        "form": one_of("original", "copy", "electronic"),
    },
    {"count": whole, "when": rule, "deferrable": flag, "hint": text},
)
_sample = Keys(
    {"name": word},
    {
        "today": matching(DAY, "a date like 2026-11-20"),
        "answers": mapping,
        "from": word,
        "set": mapping,
        "drop": many(word),
        "expect": mapping,
    },
)


def _basis(value: JSON, path: Place) -> Found:
    yield from _languages(value, path)
    yield from Keys({"zh": anything, "en": anything, "confirmed": flag}, {})(value, path)


item = Keys(
    {
        "code": matching(ITEM_CODE, "a code like MZ-001"),
        "name": text,
        "search_words": many(word, 1),
        "department": shared_text,
        "category": text,
        "life_event": text,
        "audience": one_of(*AUDIENCES),
        "kind": one_of(*KINDS),
        "case_type": one_of("instant", "promised"),
        "basis": many(_basis, 1),
        "promised": _duration,
        "fee": shared_text,
        "conditions": many(text, 1),
        "procedure": many(text, 1),
        "result": text,
        "delivery": shared_text,
        "places": shared_text,
        "hours": shared_text,
        "contact": shared_text,
        "complaints": shared_text,
        "visits": whole,
        "scope": shared_text,
        "help_available": flag,
        "express_delivery": flag,
        "requirements": many(_requirement, 1),
        "sections": many(_section, 1),
        "provenance": text,
        "samples": many(_sample, 1),
    },
    {
        "statutory": _duration,
        "commitment": text,
        "commitment_required": rule,
        "deferral": _duration,
        "base_code": matching(re.compile(r"\d{12}"), "a base code of 12 digits"),
        "implementation_code": matching(re.compile(r"[0-9A-Z]{31}"), "a code of 31 signs"),
    },
)
