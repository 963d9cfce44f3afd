"""The checklist of an item's materials (办事材料清单): one sheet to take home, with boxes to tick.

Knows no case: it says what may be asked for. Neighbours: `occasions` says when.
"""

from dataclasses import dataclass

from forms.definition import Requirement, ServiceItem, Text
from kiosk.cases.submission import is_brought
from kiosk.printing.occasions import occasion
from kiosk.printing.sheets import code_picture, draw
from kiosk.printing.words import WORDS
from kiosk.receipts import qr


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement and, where it is not for all, when it is asked for."""

    requirement: Requirement
    when: Text | None

    @property
    def way(self) -> Text:
        """In which form it is wanted, or who sees to it."""
        if is_brought(self.requirement):
            return WORDS[self.requirement.form]
        return WORDS["made" if self.requirement.source == "form" else "departments"]


def html(item: ServiceItem) -> str:
    """Return the checklist of `item`."""
    needs = [
        Need(each, occasion(item, each.when) if each.when else None) for each in item.requirements
    ]
    return draw(
        "print/checklist.html",
        item=item,
        to_bring=[need for need in needs if is_brought(need.requirement)],
        not_needed=[need for need in needs if not is_brought(need.requirement)],
        code=code_picture(qr.payload("item", item.code)),
    )
