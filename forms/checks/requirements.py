"""Do an item's materials, promise and time limits fit together?

Must not know rules or samples. The invariants are the catalogue's own: an instant item (即办件)
promises no time and defers nothing; a deferral (容缺) has a deadline.
"""

from collections.abc import Iterator
from typing import Any

from forms.expansion import Expanded
from forms.source import Problem


def check_requirements(item: Expanded) -> Iterator[Problem]:
    """Yield what is wrong with the materials, promise, deferral and times of one item."""
    document = item.document
    instant = document["case_type"] == "instant"
    if instant != (document["promised"]["value"] == 0):
        yield item.problem("an instant item promises 0 days, every other more", "promised")
    statutory = document.get("statutory")
    if (
        statutory
        and statutory["unit"] == document["promised"]["unit"]
        and (statutory["value"] < document["promised"]["value"])
    ):
        yield item.problem("the promised time is longer than the legal one", "promised")
    if document.get("commitment_required") is not None and not document.get("commitment"):
        yield item.problem("a promise that is called for needs its words", "commitment_required")
    deferrable = False
    for number, entry in enumerate(document["requirements"]):
        path = ("requirements", number)
        deferrable = deferrable or bool(entry.get("deferrable"))
        if instant and entry.get("deferrable"):
            yield item.problem("an instant item cannot defer a material", *path)
        for reason in _unsatisfiable(entry):
            yield item.problem(f"nothing can satisfy '{entry['id']}': {reason}", *path)
    if deferrable != bool(document.get("deferral")):
        reason = "a deferral deadline is needed exactly when a material is deferrable"
        yield item.problem(reason, "deferral")


def _unsatisfiable(entry: Any) -> Iterator[str]:
    if entry.get("count", 1) < 1:
        yield "it asks for no copy"
    if entry["source"] == "certificate" and entry["form"] == "original":
        yield "an electronic certificate is never the paper original"
    if entry["source"] == "form" and entry["form"] != "electronic":
        yield "what the form makes is electronic"
    if entry["source"] == "form" and entry.get("deferrable"):
        yield "what the form makes cannot come later"
