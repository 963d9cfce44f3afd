"""The receipt on paper: an 80 mm slip and a PDF of the same words, Chinese first.

Knows no case, no printer and no page: whoever calls says what stands on it. It never has a full ID
number. Neighbours: `raster` draws the slip, `printer` prints it, `press` makes the PDF.
"""

from dataclasses import dataclass
from typing import Any

from forms.definition import Text
from kiosk.printing.sheets import code_picture, draw, seen
from kiosk.printing.words import WORDS

NEXT = Text("接下来", "What comes next")
BY_WHEN = Text("何时办好", "By when")
WHOM = Text("找谁问", "Whom to ask")
HELPED = Text("帮办员", "Agent who helped")
KEEP = Text(
    "请保管好。在本站终端扫此码，可查进度、补材料、评价。",
    "Keep this. Scan the code at this station's terminal to see progress, hand in and rate.",
)
NOT_YET = Text(
    "已存在本站，还没有传到中心；线路一通自动传送，凭证现在就有效。",
    "Saved here, not yet at the centre. It goes off by itself; the receipt counts from now.",
)


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on it: `payload` is the text of the code, `facts` are labels with values.

    `notice` is what has to be known at once, such as that the centre has it not yet.
    """

    number: str
    item: Text
    facts: tuple[tuple[Text, Text], ...]
    payload: str
    notice: Text | None = None

    def wire(self) -> dict[str, Any]:
        """Return JSON values for the process that prints; what cannot be seen is left out."""
        return {
            "title": _pair(WORDS["receipt"]),
            "number_label": _pair(WORDS["number"]),
            "number": self.number,
            "item": _pair(self.item),
            "facts": [[_pair(label), _pair(value)] for label, value in self.facts],
            "notice": _pair(self.notice) if self.notice else None,
            "keep": _pair(KEEP),
            "payload": self.payload,
        }


def html(slip: Slip) -> str:
    """Return the receipt as a page of A5."""
    return draw("print/receipt.html", slip=slip, keep=KEEP, code=code_picture(slip.payload))


def _pair(text: Text) -> list[str]:
    return [seen(text.zh), seen(text.en)]
