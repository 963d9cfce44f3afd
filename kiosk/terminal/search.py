"""Finding an item: by words, or by looking through life events, departments, bundles.

Neighbours: `forms.search` ranks; `guide` shows what was found.
"""

from collections.abc import Iterable

from flask import Blueprint, abort, render_template, request

from forms.definition import ServiceItem, Text
from forms.search import search, search_bundles
from kiosk.app_services import services
from kiosk.operators.access import public

bp = Blueprint("search", __name__)

MOST = 20
LONGEST_QUERY = 60
MEDICAL_INSURANCE = "YB-"
SHELVES = ("life_event", "department", "category")


@bp.get("/search")
@public
def show() -> str:
    """Show what fits `q`; without one, the field to type into."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    found = search(services().catalogue, query, MOST)
    bundles = search_bundles(services().catalogue, query)
    return render_template("terminal/search.html", query=query, found=found, bundles=bundles)


@bp.get("/bundles")
@public
def bundles() -> str:
    """Show the bundles (一件事): several services in one application."""
    found = services().catalogue.bundles.values()
    return render_template("terminal/bundles.html", bundles=found)


@bp.get("/browse/<shelf>")
@public
def browse(shelf: str) -> str:
    """Show the items on a shelf: by life event, department or category, one group at a time."""
    if shelf not in SHELVES:
        abort(404)
    items = services().catalogue.items.values()
    groups = _groups(items, shelf)
    wanted = request.args.get("of")
    chosen = next((name for name in groups if name.zh == wanted), None)
    if wanted and chosen is None:
        abort(404)
    return render_template("terminal/browse.html", shelf=shelf, groups=groups, chosen=chosen)


@bp.get("/medical-insurance")
@public
def medical_insurance() -> str:
    """Show the items of the medical-insurance service circle (医保服务圈)."""
    items = services().catalogue.items.values()
    found = [item for item in items if item.code.startswith(MEDICAL_INSURANCE)]
    return render_template("terminal/medical_insurance.html", found=found)


def _groups(items: Iterable[ServiceItem], shelf: str) -> dict[Text, list[ServiceItem]]:
    groups: dict[Text, list[ServiceItem]] = {}
    for item in items:
        groups.setdefault(getattr(item, shelf), []).append(item)
    return groups
