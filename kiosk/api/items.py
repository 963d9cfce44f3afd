"""``GET /items``, ``/items/{code}`` and its ``/schema``: what can be applied for, on both roles."""

from dataclasses import fields, is_dataclass
from typing import Any

import orjson
from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, validate
from marshmallow import fields as wire

from forms.bundling import CHOICE, WANTED
from forms.definition import Rule, ServiceItem, Text
from forms.json_schema import DIALECT, answers_schema
from forms.search import search
from kiosk.api.caching import asked_again
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.errors import NotFound
from kiosk.operators.access import public

bp = Blueprint("items", __name__, description="Service items")

_HIDDEN = frozenset({"samples"})


class ItemQuery(Schema):
    """``q``: Chinese, pinyin, initials or a colloquial word; empty for all."""

    q = wire.String(load_default="", validate=validate.Length(max=100))
    limit = wire.Integer(load_default=200, validate=validate.Range(1, 200))


class ItemSummary(Schema):
    """One line of a list of items."""

    code = wire.String(required=True)
    name = wire.String(required=True)
    department = wire.String(required=True)
    life_event = wire.String(required=True)
    case_type = wire.String(required=True)


class ItemList(Schema):
    """Items, best match first, and the release they are from."""

    release = wire.String(required=True)
    items = wire.List(wire.Nested(ItemSummary), required=True)


@bp.route("/items")
class ItemsView(MethodView):
    """The catalogue's current release."""

    @public
    @bp.arguments(ItemQuery, location="query")
    @bp.response(200, ItemList)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List items, or search them."""
        catalogue = services().catalogue
        found = (
            search(catalogue, query["q"], query["limit"])
            if query["q"].strip()
            else list(catalogue.items.values())[: query["limit"]]
        )
        return {"release": catalogue.release, "items": [summary(item) for item in found]}


@bp.route("/items/<code>")
class ItemView(MethodView):
    """One item."""

    @public
    @bp.response(200)
    def get(self, code: str) -> Response:
        """Return the whole definition: guide, requirements, sections, rules.

        All that a browser needs to ask its questions (``static/js/forms/asking.js``).
        """
        item = _item(code)
        document = {"release": services().catalogue.release, **plain(item, reading_language())}
        return asked_again(orjson.dumps(document), by_language=True)


@bp.route("/items/<code>/schema")
class ItemSchemaView(MethodView):
    """The answers of one item."""

    @public
    @bp.response(200)
    def get(self, code: str) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the ``answers`` of a case of this item.

        What is asked given other answers is in ``x-visible``, ``x-required`` and ``x-checks``.
        """
        name = f"urn:jishiban:answers:{code}:{services().catalogue.release}"
        schema = answers_schema(_item(code), reading_language())
        return {"$schema": DIALECT, "$id": name, **schema}


def _item(code: str) -> ServiceItem:
    """Return an item, or the one form of all members of a bundle."""
    catalogue = services().catalogue
    bundle = catalogue.bundles.get(code)
    if bundle is None and code not in catalogue.items:
        raise NotFound("item_unknown", Text("没有这个服务事项。", "There is no such service item."))
    everything = [member.code for member in bundle.members] if bundle else []
    return catalogue.form(code, {CHOICE: {WANTED: everything}})


def summary(item: ServiceItem) -> dict[str, str]:
    """Return an item's line in the reader's language."""
    language = reading_language()
    return {
        "code": item.code,
        "name": item.name.to(language),
        "department": item.department.to(language),
        "life_event": item.life_event.to(language),
        "case_type": item.case_type,
    }


def plain(value: Any, language: str) -> Any:
    """Return the JSON values of a definition, its texts in `language`, its rules as they are."""
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, Rule):
        return value.logic
    if is_dataclass(value):
        return {
            f.name: plain(getattr(value, f.name), language)
            for f in fields(value)
            if f.name not in _HIDDEN
        }
    if isinstance(value, tuple | list):
        return [plain(each, language) for each in value]
    if isinstance(value, dict):
        return {key: plain(each, language) for key, each in value.items()}
    return value
