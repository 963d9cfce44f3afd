"""The pictures of what was promised for later (容缺补交), until they are handed in.

They lie encrypted as materials without a case; their ids and faults lie in the signed session
cookie with the case they are for. What leaves the basket is deleted at once. Draws nothing.
Neighbours: `supply` has the pages, `ending` empties it.
"""

from collections.abc import Iterable
from typing import Any

from flask import session

from kiosk.app_services import services
from kiosk.db import writing
from kiosk.materials import capture
from kiosk.terminal.supplying import MOST_PICTURES, Page

KEY = "supplying"


def pages(case_id: str, requirement_id: str) -> tuple[Page, ...]:
    """Return the pictures taken so far for a requirement of this case."""
    basket = session.get(KEY, {})
    if basket.get("case") != case_id:
        return ()
    return tuple(
        Page(identifier, number, tuple(faults))
        for number, (identifier, faults) in enumerate(basket["given"].get(requirement_id, ()), 1)
    )


def put(case_id: str, requirement_id: str, kept: Iterable[Page]) -> None:
    """Keep these as the pictures of a requirement, none may be left.

    Those that were there before and are not any more are deleted, those of another case too; what
    a case has taken stays with it.
    """
    before = session.get(KEY, {})
    given: dict[str, Any] = before["given"] if before.get("case") == case_id else {}
    taken = list(kept)
    shown = [(page.id, page.faults) for page in taken[:MOST_PICTURES]]
    basket = {"case": case_id, "given": {**given, requirement_id: shown}}
    _discard((_ids(before) | {page.id for page in taken}) - _ids(basket))
    session[KEY] = basket


def empty() -> None:
    """Delete what no case has taken."""
    _discard(_ids(session.pop(KEY, {})))


def _ids(basket: dict[str, Any]) -> set[str]:
    return {entry[0] for taken in basket.get("given", {}).values() for entry in taken}


def _discard(ids: set[str]) -> None:
    if not ids:
        return
    with writing() as database:
        capture.discard(database, services().blobs, ids)
