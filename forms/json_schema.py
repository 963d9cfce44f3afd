"""The answers of an item as a JSON Schema, for programs that hand in cases.

Describes the form in which answers are kept; the server also takes how people write things
(spaces in a number, "1月31日"), and judges what no schema can say: check digits, and what is asked
given the other answers. Those rules are carried as JSON Logic in ``x-visible``, ``x-required`` and
``x-checks``. Only words that JSON Schema and OpenAPI 3.0 share are used. Must not know the web.
Neighbours: `schema` judges answers, `kiosk.api` hands these out.
"""

from collections.abc import Callable, Mapping

from forms.definition import JSON, Check, Field, Rule, Section, ServiceItem
from forms.fields.places import DETAIL_MAX

Described = dict[str, JSON]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def answers_schema(item: ServiceItem, lang: str) -> Described:
    """Return the JSON Schema of an item's answers; titles and messages in `lang` ("zh" or "en")."""
    sections: Described = {section.id: _section(section, lang) for section in item.sections}
    needed: list[JSON] = [section.id for section in item.sections if _is_needed(section)]
    return {"title": f"{item.code} {item.name.to(lang)}", **_object(sections, needed)}


def _section(section: Section, lang: str) -> Described:
    fields: Described = {field.id: _field(field, lang) for field in section.fields}
    row = _object(fields, [field.id for field in section.fields if _is_always_required(field)])
    about: Described = {"title": section.title.to(lang), **_rules(section.visible, True, lang)}
    about.update(_checks(section.checks, lang))
    if section.repeat is None:
        return {**about, **row}
    rows: Described = {"minItems": section.repeat.min, "maxItems": section.repeat.max}
    return {**about, "type": "array", "items": row, **rows}


def _object(properties: Described, required: list[JSON]) -> Described:
    shape: Described = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    # OpenAPI 3.0 does not take an empty list here.
    return {**shape, "required": required} if required else shape


def _is_needed(section: Section) -> bool:
    if section.visible is not None:
        return False
    if section.repeat is not None:
        return section.repeat.min > 0
    return any(_is_always_required(field) for field in section.fields)


def _is_always_required(field: Field) -> bool:
    return field.required is True and field.visible is None


def _field(field: Field, lang: str) -> Described:
    about: Described = {"title": field.label.to(lang)}
    if field.hint:
        about["description"] = field.hint.to(lang)
    about.update(_SHAPES[field.answer](field))
    if field.choices and field.answer != "address":
        about["x-labels"] = [choice.label.to(lang) for choice in field.choices]
    about["x-privacy"] = field.privacy
    return {
        **about,
        **_rules(field.visible, field.required, lang),
        **_checks(field.checks, lang),
    }


def _rules(visible: Rule | None, required: bool | Rule, lang: str) -> Described:
    rules: Described = {} if visible is None else {"x-visible": visible.logic}
    if isinstance(required, Rule):
        rules["x-required"] = required.logic
    return rules


def _checks(checks: tuple[Check, ...], lang: str) -> Described:
    if not checks:
        return {}
    told: list[JSON] = [
        {"code": check.code, "rule": check.rule.logic, "message": check.message.to(lang)}
        for check in checks
    ]
    return {"x-checks": told}


def _text_of(pattern: str) -> Callable[[Field], Described]:
    """Return a shape of texts that are `pattern` from end to end."""
    return lambda field: {"type": "string", "pattern": f"^{pattern}$"}


def _whole(field: Field, name: str, default: int) -> int:
    value = field.params.get(name)
    return int(value) if isinstance(value, int | str) else default


def _bounds(field: Field) -> Described:
    """Return the bounds that JSON Schema has no word for: those of days and decimal texts."""
    names = {"min": "x-minimum", "max": "x-maximum", "unit": "x-unit"}
    return {names[key]: value for key, value in field.params.items() if key in names}


def _date(field: Field) -> Described:
    return {"type": "string", "format": "date", **_bounds(field)}


def _period(field: Field) -> Described:
    day: JSON = {"type": "string", "format": "date"}
    return {**_object({"from": day, "to": day}, ["from", "to"]), **_bounds(field)}


def _year(field: Field) -> Described:
    return _integer(_whole(field, "min", 1850), _whole(field, "max", 2199))


def _count(field: Field) -> Described:
    return _integer(_whole(field, "min", 0), _whole(field, "max", 999_999_999))


def _integer(least: int, most: int) -> Described:
    return {"type": "integer", "minimum": least, "maximum": most}


def _decimal(field: Field) -> Described:
    decimals = _whole(field, "decimals", 2)
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    return {"type": "string", "pattern": rf"^[0-9]{{1,13}}{fraction}$", **_bounds(field)}


def _choice(field: Field) -> Described:
    return {"type": "string", "enum": [choice.code for choice in field.choices]}


def _choices(field: Field) -> Described:
    return {
        "type": "array",
        "items": _choice(field),
        "uniqueItems": True,
        "minItems": _whole(field, "min", 1),
        "maxItems": _whole(field, "max", len(field.choices)),
    }


def _text(field: Field) -> Described:
    return _words(_whole(field, "min", 1), _whole(field, "max", 200))


def _words(least: int, most: int) -> Described:
    return {"type": "string", "minLength": least, "maxLength": most}


def _address(field: Field) -> Described:
    parts: Described = {"division": _choice(field), "detail": _words(2, DETAIL_MAX)}
    anywhere = field.params.get("anywhere") is True
    return _object(parts, ["detail"] if anywhere else ["division", "detail"])


_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "0(10|2[0-9]|[3-9][0-9]{2})-?[2-9][0-9]{6,7}"
_MATERIAL = _text_of("[0-9A-Za-z][0-9A-Za-z-]{7,63}")
_SHAPES: Mapping[str, Callable[[Field], Described]] = {
    "resident_id": _text_of("[0-9]{17}[0-9X]"),
    "uscc": _text_of("[0-9A-HJ-NPQRTUWXY]{18}"),
    "bank_card": _text_of("[0-9]{12,19}"),
    "mobile": _text_of(_MOBILE),
    "landline": _text_of(_LANDLINE),
    "phone": _text_of(f"({_MOBILE}|{_LANDLINE})"),
    "postal_code": _text_of("[0-9]{6}"),
    "date": _date,
    "year": _year,
    "period": _period,
    "amount": _decimal,
    "area": _decimal,
    "measure": _decimal,
    "count": _count,
    "choice": _choice,
    "choices": _choices,
    "yes_no": lambda field: {"type": "boolean"},
    "text": _text,
    "name": lambda field: _words(2, 50),
    "address": _address,
    "photo": _MATERIAL,
    "signature": _MATERIAL,
}
