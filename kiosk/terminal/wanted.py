"""What a page's address or cookie asks for: an item of the catalogue, the draft at hand.

The ids of drafts lie in the signed session cookie, one per item, and nowhere in an address. A
draft's item is that of the release it is filled with; a bundle's is the form of the members that
are chosen. Neighbours: `kiosk.cases.drafts` keeps the drafts themselves.
"""

from flask import abort, session

from forms.definition import ServiceItem
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft

DRAFTS = "drafts"


def item_or_404(code: str) -> ServiceItem:
    """Return the item of that code as offered now, or end the request with 404.

    A bundle is the one form of the members that are ticked at the beginning.
    """
    try:
        return services().catalogue.form(code, {})
    except KeyError:
        abort(404)


def at_hand(code: str) -> tuple[ServiceItem, Draft]:
    """Return the draft of an item bound to this browser, and the item it is filled with.

    Ends the request with 404 when there is none; raises NotFound when it has been wiped.
    """
    draft_id = draft_id_of(code)
    if draft_id is None:
        abort(404)
    draft = drafts.load(services(), draft_id)
    return services().releases.of(draft.release).form(draft.item, draft.answers), draft


def remember(draft: Draft) -> None:
    """Bind the draft to this browser; an earlier draft of the same item is let go."""
    session[DRAFTS] = {**session.get(DRAFTS, {}), draft.item: draft.id}


def forget(code: str) -> str | None:
    """Unbind the draft of an item from this browser and return its id, if there was one."""
    bound = dict(session.get(DRAFTS, {}))
    draft_id: str | None = bound.pop(code, None)
    session[DRAFTS] = bound
    return draft_id


def draft_id_of(code: str) -> str | None:
    """Return the id of the draft bound to this browser, if any."""
    bound: dict[str, str] = session.get(DRAFTS, {})
    return bound.get(code)
