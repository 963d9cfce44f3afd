"""``GET /search-index``: all that a browser needs to search by itself, also without a line.

The index of the current release, with what a list of hits shows. A page names the address with
the digest in it, which may be kept for ever; a program without a page asks for the plain one.
Neighbours: ``static/js/forms/search.js`` searches in it as ``forms.search`` does here.
"""

from weakref import WeakKeyDictionary

import orjson
from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from forms.definition import Text
from forms.release import Catalogue
from kiosk.api.caching import asked_again, digest_of, for_ever
from kiosk.app_services import services
from kiosk.errors import NotFound
from kiosk.operators.access import public

bp = Blueprint("search_index", __name__, description="Searching without asking the server")

_MADE: WeakKeyDictionary[Catalogue, bytes] = WeakKeyDictionary()


@bp.route("/search-index")
class SearchIndexView(MethodView):
    """The search index of the current release."""

    @public
    @bp.response(200)
    def get(self) -> Response:
        """Return the index; 304 to whoever has this one."""
        return asked_again(content_of(services().catalogue))


@bp.route("/search-index/<digest>")
class SearchIndexCopyView(MethodView):
    """The search index under a name of its own."""

    @public
    @bp.response(200)
    def get(self, digest: str) -> Response:
        """Return the index of that digest, to be kept; 404 once there is another."""
        content = content_of(services().catalogue)
        if digest != digest_of(content):
            message = Text("搜索数据已更新。", "There is a newer search index.")
            raise NotFound("search_index_unknown", message)
        return for_ever(content)


def content_of(catalogue: Catalogue) -> bytes:
    """Return the index of a release as JSON; the same release gives the same bytes."""
    if catalogue not in _MADE:
        document = {
            "release": catalogue.release,
            "items": catalogue.index,
            "bundles": catalogue.bundle_index,
            "sounds": catalogue.sounds,
        }
        _MADE[catalogue] = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return _MADE[catalogue]
