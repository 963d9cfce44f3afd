"""Writes docs/catalogue.md: what each service item asks, counted from its definition.

Run it after a change below ``forms/items``: ``.venv/bin/python docs/make_catalogue.py``; a guard
test fails while the page is out of date.
"""

from pathlib import Path

from forms import catalogue
from forms.definition import ServiceItem

TARGET = Path(__file__).resolve().parent / "catalogue.md"
HEAD = """# The catalogue in figures

Made by `docs/make_catalogue.py` from `forms/items`; do not edit. *Own fields* are those of sections
that are not a shared group, *rules* are visibility, requirement and check rules of fields, sections
and materials, *conditional* materials are asked for only when a rule says so, *samples* are passing
and failing ones.

| code | item | own fields | rules | materials | conditional | deferrable | samples |
|---|---|---:|---:|---:|---:|---:|---:|
"""


def page() -> str:
    """Return the whole page."""
    items = catalogue.load().items.values()
    rows = [_row(item) for item in sorted(items, key=lambda item: item.code)]
    return HEAD + "\n".join(rows) + "\n"


def _row(item: ServiceItem) -> str:
    own = sum(len(section.fields) for section in item.sections if section.shared is None)
    passing = sum(not sample.expect for sample in item.samples)
    cells = [
        item.code,
        item.name.zh,
        own,
        _rules(item),
        len(item.requirements),
        sum(requirement.when is not None for requirement in item.requirements),
        sum(requirement.deferrable for requirement in item.requirements),
        f"{passing} + {len(item.samples) - passing}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _rules(item: ServiceItem) -> int:
    count = sum(requirement.when is not None for requirement in item.requirements)
    for section in item.sections:
        count += (section.visible is not None) + len(section.checks)
        for field in section.fields:
            count += (field.visible is not None) + len(field.checks)
            count += not isinstance(field.required, bool)
    return count


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
