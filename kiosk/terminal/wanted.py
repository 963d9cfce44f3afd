"""What a page's address or cookie asks for: an item of the catalogue, the draft at hand.

The ids of drafts lie in the signed session cookie, one per item, and nowhere in an address; a phone
that has taken one from the kiosk (`kiosk.cases.handoffs`) keeps the name it is known by beside it.
A draft's item is that of the release it is filled with; a bundle's is the form of the members that
are chosen. Neighbours: `kiosk.cases.drafts` keeps the drafts themselves.
"""

from flask import abort, redirect, session, url_for

from forms.definition import ServiceItem
from kiosk.app_services import services
from kiosk.cases import drafts, renewal
from kiosk.cases.drafts import Draft
from kiosk.releases import ReleaseMissing
from kiosk.terminal import helped

DRAFTS = "drafts"
PHONES = "phones"


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

    As `draft_at_hand`. Leads away to what has to be told first when the form has changed under it.
    """
    draft = draft_at_hand(code)
    try:
        item = renewal.form_of(services(), draft)
    except ReleaseMissing:
        # What was returned is put right by its own release or not at all.
        if draft.corrects:
            raise
        draft = renewal.renewed(services(), draft)
        item = renewal.form_of(services(), draft)
    if draft.set_aside:
        abort(redirect(url_for("terminal.changed.show", code=code)))
    return item, draft


def draft_at_hand(code: str) -> Draft:
    """Return the draft of an item bound to this browser.

    Ends the request with 404 when there is none, leads to the sign-in when it is filled in by an
    agent who is not here any more; raises NotFound when it has been wiped and
    Elsewhere when it is on the other side of a hand-off.
    """
    draft_id = draft_id_of(code)
    if draft_id is None:
        abort(404)
    draft = drafts.load(services(), draft_id, phone_of(code))
    if draft.help and not draft.phone and helped.current() is None:
        # The agent has signed out or lost the account; nobody goes on in somebody else's name.
        abort(redirect(url_for("terminal.staff.sign_in")))
    return draft


def remember(draft: Draft) -> None:
    """Bind the draft to this browser; an earlier draft of the same item is let go."""
    forget(draft.item)
    session[DRAFTS] = {**session.get(DRAFTS, {}), draft.item: draft.id}
    if draft.phone:
        session[PHONES] = {**session.get(PHONES, {}), draft.item: draft.phone}


def forget(code: str) -> None:
    """Unbind the draft of an item from this browser, if there is one."""
    for key in (DRAFTS, PHONES):
        session[key] = {name: kept for name, kept in session.get(key, {}).items() if name != code}


def clear(code: str, even_away: bool = False) -> None:
    """Discard the draft of an item and unbind it; see `drafts.discard` for one that is away."""
    draft_id, phone = draft_id_of(code), phone_of(code)
    if draft_id:
        drafts.discard(services(), draft_id, phone, even_away)
        forget(code)


def clear_all() -> None:
    """Discard the drafts of this browser; what a phone has taken from it stays on the phone."""
    for code in list(session.get(DRAFTS, {})):
        clear(code)


def draft_id_of(code: str) -> str | None:
    """Return the id of the draft bound to this browser, if any."""
    bound: dict[str, str] = session.get(DRAFTS, {})
    return bound.get(code)


def phone_of(code: str) -> str | None:
    """Return what this browser is known by if it took the form from a kiosk, else None."""
    known: dict[str, str] = session.get(PHONES, {})
    return known.get(code)
