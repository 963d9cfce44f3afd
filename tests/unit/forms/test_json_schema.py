"""The JSON Schema of an item's answers agrees with how the item judges them."""

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from forms.definition import Field, Section, Text
from forms.fields import ANSWER_TYPES
from forms.json_schema import DIALECT, answers_schema
from forms.release import Catalogue
from forms.schema import validate

CODES = ("MZ-001", "MZ-006", "YB-14")


def taken(schema: dict[str, Any], answers: Any) -> list[str]:
    """Return where the answers do not fit, as dotted paths; empty when they fit."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    errors = validator.iter_errors(json.loads(json.dumps(answers)))
    return [".".join(map(str, error.instance_path)) for error in errors]


def passing(catalogue: Catalogue, code: str) -> dict[str, Any]:
    sample = next(sample for sample in catalogue.item(code).samples if not sample.expect)
    return copy.deepcopy(dict(sample.answers))


@pytest.fixture
def schema(catalogue: Catalogue) -> dict[str, Any]:
    return answers_schema(catalogue.item("MZ-001"), "zh")


def test_every_passing_sample_fits_as_it_is_sent_and_as_it_is_kept(catalogue: Catalogue) -> None:
    judged = 0
    for item in catalogue.items.values():
        schema = answers_schema(item, "zh")
        for sample in item.samples:
            if not sample.expect:
                judged += 1
                assert taken(schema, sample.answers) == [], f"{item.code}: {sample.name}"
                kept = validate(item, sample.answers, sample.today)
                assert taken(schema, kept) == [], f"{item.code}: {sample.name}"
    assert judged >= 2 * len(catalogue.items)


def test_every_schema_is_a_schema_in_both_languages(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        for lang in ("zh", "en"):
            jsonschema_rs.meta.validate({"$schema": DIALECT, **answers_schema(item, lang)})


@pytest.mark.parametrize("answer", ANSWER_TYPES)
def test_every_answer_type_has_a_shape(catalogue: Catalogue, answer: str) -> None:
    asked = Field("asked", Text("问题", "Question"), answer)
    section = Section("one", Text("一", "One"), (asked,))
    item = replace(catalogue.item("MZ-006"), sections=(section,))
    shape: Any = answers_schema(item, "en")["properties"]
    assert shape["one"]["properties"]["asked"]["type"]


def test_every_field_of_every_item_is_described(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        sections: Any = answers_schema(item, "en")["properties"]
        for section in item.sections:
            shape = sections[section.id]
            shape = shape["items"] if section.repeat else shape
            assert list(shape["properties"]) == [field.id for field in section.fields]


@pytest.mark.parametrize("code", CODES)
def test_a_field_that_there_is_not_does_not_fit_in_any_section(
    catalogue: Catalogue, code: str
) -> None:
    schema, answers = answers_schema(catalogue.item(code), "zh"), passing(catalogue, code)
    assert taken(schema, {**answers, "nonsense": {}}) == [""]
    for section, given in answers.items():
        row = given[0] if isinstance(given, list) else given
        row["nonsense"] = "1"
        assert taken(schema, answers) == [f"{section}.0" if isinstance(given, list) else section]
        del row["nonsense"]


def test_a_choice_that_there_is_not_does_not_fit_in_any_item(catalogue: Catalogue) -> None:
    tried = 0
    for item in catalogue.items.values():
        schema, answers = answers_schema(item, "zh"), passing(catalogue, item.code)
        for section in item.sections:
            for field in section.fields:
                row = answers.get(section.id, {})
                if field.answer == "choice" and not section.repeat and field.id in row:
                    before, row[field.id] = row[field.id], "nonsense"
                    assert taken(schema, answers) == [f"{section.id}.{field.id}"]
                    row[field.id] = before
                    tried += 1
    assert tried > 110


WRONG = [
    ("applicant.id_number", "32058219750612123"),
    ("applicant.phone", "12345"),
    ("family.size", 0),
    ("family.size", "three"),
    ("family.address.division", "000000000000"),
    ("family.address.detail", "x"),
    ("household.0.id_number", "x"),
    ("finances.monthly_income", 2400.0),
    ("finances.monthly_income", "2400.001"),
    ("finances.income_sources", ["wages", "wages"]),
    ("finances.income_sources", []),
    ("hardship.causes.1", "hunger"),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_a_wrong_answer_is_found_where_it_stands(
    catalogue: Catalogue, schema: dict[str, Any], path: str, value: object
) -> None:
    answers = passing(catalogue, "MZ-001")
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = answers
    for part in way:
        place = place[part]
    place[last] = value
    assert taken(schema, answers) == [path]


def test_what_is_always_asked_is_required_and_nothing_else(
    catalogue: Catalogue, schema: dict[str, Any]
) -> None:
    assert schema["required"] == ["applicant", "family", "finances", "hardship", "account"]
    finances = schema["properties"]["finances"]
    assert finances["required"] == ["income_sources", "property"]
    answers = passing(catalogue, "MZ-001")
    del answers["finances"]["property"]
    assert taken(schema, answers) == ["finances"]


def test_rules_are_carried_as_they_are_written(
    catalogue: Catalogue, schema: dict[str, Any]
) -> None:
    item, sections = catalogue.item("MZ-001"), schema["properties"]
    household = item.section("household")
    assert household.visible is not None
    assert sections["household"]["x-visible"] == household.visible.logic
    assert sections["household"]["maxItems"] == 15
    assert sections["household"]["x-checks"][-1]["code"] == "members_fit_size"
    income = next(f for f in item.section("finances").fields if f.id == "monthly_income")
    shape = sections["finances"]["properties"]["monthly_income"]
    assert income.visible is not None
    assert (shape["x-visible"], shape["x-maximum"]) == (income.visible.logic, 100000)


def test_a_requirement_that_depends_is_carried_as_a_rule(catalogue: Catalogue) -> None:
    found = 0
    for item in catalogue.items.values():
        sections: Any = answers_schema(item, "zh")["properties"]
        for section in item.sections:
            shape = sections[section.id]
            shape = shape["items"] if section.repeat else shape
            for field in section.fields:
                if not isinstance(field.required, bool):
                    found += 1
                    assert shape["properties"][field.id]["x-required"] == field.required.logic
                    assert field.id not in shape.get("required", [])
    assert found


def test_words_are_in_the_language_asked_for(catalogue: Catalogue) -> None:
    item = catalogue.item("MZ-001")
    assert answers_schema(item, "zh")["title"] == "MZ-001 最低生活保障对象认定"
    sections: Any = answers_schema(item, "en")["properties"]
    supporters = sections["hardship"]["properties"]["supporters"]
    assert supporters["x-labels"][0] == "There are none"
    assert len(supporters["x-labels"]) == len(supporters["enum"])
