"""``/openapi.json``: the API of a role, and for every item the JSON Schema of its answers.

It is put together for each request and not kept: the schemas of all items are close to a megabyte,
a terminal has several processes with little memory, and only programs ask. What is kept is a tag
of 64 bits, so that whoever has the document is told so without another being made. Neighbours:
`forms.json_schema` makes the schemas, Flask-smorest describes the rest.
"""

import hashlib
import json

from flask import Blueprint, Response, current_app, request

from forms.json_schema import answers_schema
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.operators.access import public

bp = Blueprint("description", __name__)

#: Tag by release and language. The rest of the document cannot change while a process lives.
_TAGS: dict[tuple[str, str, str], str] = {}


@bp.get("/openapi.json")
@public
def show() -> Response:
    """Describe this role's API, with a component ``Answers_<code>`` for each item."""
    language = reading_language()
    parts = services()
    key = (parts.config.role, parts.catalogue.release, language)
    known = _TAGS.get(key)
    if known is not None and request.if_none_match.contains_weak(known):
        answer = Response(status=304)
    else:
        document = _document(language)
        known = _TAGS[key] = hashlib.sha256(document.encode()).hexdigest()[:16]
        answer = Response(document, mimetype="application/json")
    # Weak: the same document may travel compressed.
    answer.set_etag(known, weak=True)
    answer.cache_control.no_cache = True
    answer.vary.add("Accept-Language")
    answer.content_language = language
    return answer


def _document(language: str) -> str:
    """Return the document as text; of the schemas only one at a time is more than text."""
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    described = api.spec.to_dict()
    components = described.pop("components", {})
    schemas = [
        f"{json.dumps(name)}: {_text(schema)}"
        for name, schema in components.pop("schemas", {}).items()
    ]
    for code, item in services().catalogue.items.items():
        schemas.append(f'"Answers_{code}": {_text(answers_schema(item, language))}')
    own, others = _text(described), _text(components)
    comma = ", " if components else ""
    return f'{own[:-1]}, "components": {others[:-1]}{comma}"schemas": {{{", ".join(schemas)}}}}}}}'


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
