"""The poster of an item (A4): what it is called, for whom, what to bring, and a code to scan.

Several posters may be one paper, a page for each. Knows no case.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from forms.definition import Requirement, ServiceItem, Text
from kiosk.cases.submission import is_brought
from kiosk.printing.sheets import code_picture, draw
from kiosk.receipts import qr

#: Who stands before a poster reads a few lines; everything else is in the guide behind the code.
MOST_MATERIALS = 5
MOST_CONDITIONS = 3
#: Characters of a name that still fit one line in the largest and in the middle size.
_LARGE, _MIDDLE = 9, 14


@dataclass(frozen=True, slots=True)
class Poster:
    """What one page shows; `size` is that of the name."""

    item: ServiceItem
    size: str
    conditions: tuple[Text, ...]
    materials: tuple[Requirement, ...]
    more: bool
    code: str


def html(items: Iterable[ServiceItem], station: str | None = None) -> str:
    """Return one page for each item; `station` stands below when it is given."""
    return draw("print/poster.html", posters=[_poster(item) for item in items], station=station)


def _poster(item: ServiceItem) -> Poster:
    brought = [each for each in item.requirements if is_brought(each)]
    # First what everybody needs.
    brought.sort(key=lambda each: each.when is not None)
    length = len(item.name.zh)
    return Poster(
        item=item,
        size="large" if length <= _LARGE else "middle" if length <= _MIDDLE else "small",
        conditions=item.conditions[:MOST_CONDITIONS],
        materials=tuple(brought[:MOST_MATERIALS]),
        more=len(brought) > MOST_MATERIALS,
        code=code_picture(qr.payload("item", item.code)),
    )
