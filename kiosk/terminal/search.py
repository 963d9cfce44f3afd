"""Finding an item: by words, or by looking through life events, departments, bundles.

While somebody types, `static/js/search.js` finds the same without asking here. Neighbours:
`forms.search` ranks; `guide` shows what was found.
"""

from collections.abc import Iterable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from forms.definition import Duration, ServiceItem, Text, Unit
from forms.search import search, search_bundles
from kiosk.api import search_index
from kiosk.api.caching import digest_of
from kiosk.app_services import services
from kiosk.materials import scan
from kiosk.operators.access import public
from kiosk.pages.presentation import duration

bp = Blueprint("search", __name__)

MOST = 20
MOST_BUNDLES = 3
LONGEST_QUERY = 60
MEDICAL_INSURANCE = "YB-"
#: A number that is many in every language, to be replaced.
SAMPLE = 77
SHELVES = ("life_event", "department", "category")


@bp.get("/search")
@public
def show() -> str | Response:
    """Show what fits `q`; without one, the field to type into.

    A hand scanner types where the cursor is. What is in a code of ours is not searched for, not
    shown and taken out of the address, and the page says where codes are read.
    """
    asked = request.args.get("q", "").strip()
    if scan.interpret(asked).kind != "text":
        return redirect(url_for("terminal.search.show", was="code"), 303)
    query = asked[:LONGEST_QUERY]
    found = search(services().catalogue, query, MOST)
    return render_template(
        "terminal/search.html",
        query=query,
        was_code=request.args.get("was") == "code",
        found=found,
        bundles=search_bundles(services().catalogue, query, MOST_BUNDLES),
        index=_index_address(),
        most=MOST,
        most_bundles=MOST_BUNDLES,
        words=_words(),
    )


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


def _index_address() -> str:
    """Return where the page's script finds the index it searches in while somebody types."""
    digest = digest_of(search_index.content_of(services().catalogue))
    return url_for("search_index.SearchIndexCopyView", digest=digest)


def _words() -> dict[str, str | list[str]]:
    """Return what the page's script says, for one and for many, with {n} for the number."""
    return {
        "found": [_found(1), _pattern(_found(SAMPLE))],
        "together": [_together(1), _pattern(_together(SAMPLE))],
        "none": gettext("Nothing was found for this."),
        "at_once": duration(Duration(0, "days")),
        "days": _limits("days"),
        "working_days": _limits("working_days"),
    }


def _limits(unit: Unit) -> list[str]:
    return [duration(Duration(1, unit)), _pattern(duration(Duration(SAMPLE, unit)))]


def _found(number: int) -> str:
    return str(ngettext("%(num)d service found", "%(num)d services found", number))


def _together(number: int) -> str:
    words = ngettext(
        "%(num)d service in one application", "%(num)d services in one application", number
    )
    return str(words)


def _pattern(words: str) -> str:
    return words.replace(str(SAMPLE), "{n}")


def _groups(items: Iterable[ServiceItem], shelf: str) -> dict[Text, list[ServiceItem]]:
    groups: dict[Text, list[ServiceItem]] = {}
    for item in items:
        groups.setdefault(getattr(item, shelf), []).append(item)
    return groups
