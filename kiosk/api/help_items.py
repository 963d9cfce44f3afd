"""``GET /help-items``: the help service (帮代办), on both roles."""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, validate
from marshmallow import fields as wire

from forms.helping import DOMAINS, HelpItem
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.operators.access import public

bp = Blueprint("help_items", __name__, description="The help service")


class HelpQuery(Schema):
    """``domain``: one of the two parts of the help service; left out for both."""

    domain = wire.String(load_default=None, validate=validate.OneOf(list(DOMAINS)))


class FeatureShape(Schema):
    """Something help agents do, and what one may expect of it."""

    code = wire.String(required=True)
    label = wire.String(required=True)
    expect = wire.String(required=True)


class HelpItemShape(Schema):
    """A help item. ``linked`` is a service item, or an approval when the domain is investment."""

    code = wire.String(required=True)
    name = wire.String(required=True)
    domain = wire.String(required=True, validate=validate.OneOf(list(DOMAINS)))
    linked = wire.String(required=True)
    features = wire.List(wire.String(), required=True)
    provenance = wire.String(required=True)


class HelpList(Schema):
    """The features, the help items in order of code, and the release they are from."""

    release = wire.String(required=True)
    features = wire.List(wire.Nested(FeatureShape), required=True)
    items = wire.List(wire.Nested(HelpItemShape), required=True)


@bp.route("/help-items")
class HelpItemsView(MethodView):
    """The help service of the catalogue's current release."""

    @public
    @bp.arguments(HelpQuery, location="query")
    @bp.response(200, HelpList)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the help items with the features they name by code."""
        catalogue, language = services().catalogue, reading_language()
        service = catalogue.help_items
        wanted = query["domain"]
        items = service.items.values() if wanted is None else service.of(wanted)
        return {
            "release": catalogue.release,
            "features": [
                {
                    "code": feature.code,
                    "label": feature.label.to(language),
                    "expect": feature.expect.to(language),
                }
                for feature in service.features
            ],
            "items": [_shape(item, language) for item in items],
        }


def _shape(item: HelpItem, language: str) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name.to(language),
        "domain": item.domain,
        "linked": item.linked,
        "features": [feature.code for feature in item.features],
        "provenance": item.provenance.to(language),
    }
