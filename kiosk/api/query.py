"""Which parameters an address of the API takes after its question mark: those it declares.

Flask-smorest reads what a view declares and lets everything else pass, so that a misspelt filter
would filter nothing. Neighbour: ``kiosk.app`` asks ``check`` before every request.
"""

from typing import Any

from flask import current_app, request
from marshmallow import Schema

from forms.definition import Text
from kiosk.errors import FieldProblem, Invalid


def check() -> None:
    """Refuse a request below /api with a parameter that its view does not declare."""
    if not request.args or request.endpoint is None or not request.path.startswith("/api/"):
        return
    taken = _declared(current_app.view_functions[request.endpoint], request.method)
    unknown = [name for name in request.args if name not in taken]
    if unknown:
        message = Text("没有这个参数。", "There is no such parameter.")
        problems = tuple(FieldProblem(name, "unknown", message) for name in unknown)
        raise Invalid("request_invalid", message, problems)


def _declared(view: Any, method: str) -> set[str]:
    """Return the names that the view declares with ``bp.arguments(…, location="query")``."""
    name = "get" if method == "HEAD" else method.lower()
    verb = getattr(getattr(view, "view_class", None), name, None)
    declared = getattr(verb, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    schemas = (each["schema"] for each in declared if each["in"] == "query")
    return {field for schema in schemas for field in _made(schema).fields}


def _made(schema: type[Schema] | Schema) -> Schema:
    return schema if isinstance(schema, Schema) else schema()
