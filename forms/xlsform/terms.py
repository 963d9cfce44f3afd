"""Pieces of XPath with what they stand for: kind of value and how tightly they bind.

Also the few turns that dates need: as a day to compare, as a number YYYYMMDD, as days since 1970.
Must not know JSON Logic. Neighbours: `expressions` builds rules from these.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "boolean", "yes_no", "number", "decimal", "text", "codes", "rows",
    "sex", "date", "today", "birth", "iso",
]  # fmt: skip
"""`birth` is a resident ID that stands for its date of birth, `sex` one that stands for the sex;
`iso` is a text that is a date or the beginning of one; `decimal` a number kept as a text."""

OR, AND, EQUAL, ORDER, SUM, PRODUCT, ATOM = range(7)
DAYS = frozenset(("date", "today", "birth", "iso"))
ISO = re.compile(r"\d{4}(-\d{2}){0,2}")
KINDS: dict[str, Kind] = {
    "yes_no": "yes_no",
    "date": "date",
    "choices": "codes",
    **dict.fromkeys(("count", "year"), "number"),
    **dict.fromkeys(("amount", "area", "measure"), "decimal"),
}


class NotExpressible(Exception):
    """A rule that XPath has no words for; the message says which part."""


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of XPath."""

    xpath: str
    kind: Kind
    level: int = ATOM

    def within(self, level: int) -> str:
        """Return the piece as a part of an operator that binds at `level`."""
        return self.xpath if self.level >= level else f"({self.xpath})"


def quoted(text: str) -> str:
    """Return a text as an XPath literal; XPath 1.0 cannot escape a quotation mark."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat(" + ', "\'", '.join(f"'{part}'" for part in text.split("'")) + ")"


def literal(text: str) -> Term:
    """Return a text as a term; what looks like a date is one."""
    return Term(quoted(text), "iso" if ISO.fullmatch(text) else "text")


def as_number(term: Term) -> str:
    """Return a day as the number YYYYMMDD: it compares safely even while nothing is answered."""
    if term.kind == "birth":
        return f"number(substr({term.xpath}, 6, 14))"
    if term.kind == "iso":
        inner = term.xpath[1:-1]
        return inner.replace("-", "") if ISO.fullmatch(inner) else _without_hyphens(term.xpath)
    if term.kind in ("date", "today"):
        return f"number(format-date({term.xpath}, '%Y%m%d'))"
    raise NotExpressible(f"a day of {term.kind}")


def as_day(term: Term) -> str | None:
    """Return a day as form authors write it, or None when it has to be a number instead."""
    if term.kind == "today":
        return term.xpath
    if term.kind == "date" or (term.kind == "iso" and len(term.xpath) == 12):
        return f"date({term.xpath})"
    return None


def as_days(term: Term) -> str:
    """Return a day as days since 1970."""
    if term.kind in ("date", "today", "iso"):
        return f"decimal-date-time({term.xpath})"
    if term.kind == "birth":
        parts = (f"substr({term.xpath}, {a}, {b})" for a, b in ((6, 10), (10, 12), (12, 14)))
        written = "concat(" + ", '-', ".join(parts) + ")"
        # Before it is answered there is no date to read, and ODK would stop with an error.
        return f"decimal-date-time(if(string-length({term.xpath}) = 18, {written}, ''))"
    raise NotExpressible(f"days of {term.kind}")


def year_of(term: Term) -> str:
    """Return the year of a day as a number."""
    if term.kind == "birth":
        return f"number(substr({term.xpath}, 6, 10))"
    if term.kind in ("date", "today"):
        return f"number(format-date({term.xpath}, '%Y'))"
    return f"number(substr({term.xpath}, 0, 4))"


def _without_hyphens(xpath: str) -> str:
    return f"number(translate({xpath}, '-', ''))"
