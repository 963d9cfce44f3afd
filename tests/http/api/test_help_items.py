"""The help service over HTTP, and the schema of an item's answers, on both roles."""

import json

import jsonschema_rs
import pytest

from tests.builders.machines import Machine, Pair

ZH, EN = {"Accept-Language": "zh-CN,zh;q=0.9"}, {"Accept-Language": "en-GB,en;q=0.8"}


@pytest.fixture(params=["terminal", "hall"])
def machine(request, pair: Pair) -> Machine:
    return pair.terminal if request.param == "terminal" else pair.hall


def get(machine: Machine, path: str, **headers: str):
    return machine.client().get(f"/api/v1{path}", headers=headers)


def test_65_help_items_are_listed_with_features_that_are_told(machine):
    found = get(machine, "/help-items", **EN).get_json()
    assert len(found["items"]) == 65
    told = {feature["code"] for feature in found["features"]}
    assert {code for item in found["items"] for code in item["features"]} == told
    assert len(told) == 6
    assert found["release"] == get(machine, "/items").get_json()["release"]


@pytest.mark.parametrize(("domain", "count"), [("investment", 10), ("public_service", 55)])
def test_one_domain_can_be_asked_for(machine, domain, count):
    found = get(machine, f"/help-items?domain={domain}").get_json()
    assert {item["domain"] for item in found["items"]} == {domain}
    assert len(found["items"]) == count


def test_a_domain_that_there_is_not_is_refused(machine):
    answer = get(machine, "/help-items?domain=other", **EN)
    assert answer.status_code == 422
    assert [field["field"] for field in answer.get_json()["fields"]] == ["domain"]


@pytest.mark.parametrize(("headers", "name"), [(ZH, "临时救助帮代办"), (EN, "Temporary relief")])
def test_help_is_told_in_the_language_that_is_asked_for(machine, headers, name):
    items = get(machine, "/help-items", **headers).get_json()["items"]
    assert name in next(item for item in items if item["linked"] == "MZ-004")["name"]


def test_the_schema_of_an_item_judges_its_sample(machine):
    answer = get(machine, "/items/RS-001/schema", **EN)
    validator = jsonschema_rs.Draft202012Validator(answer.get_json())
    samples = machine.parts.catalogue.item("RS-001").samples
    answers = json.loads(json.dumps(next(s.answers for s in samples if not s.expect)))
    assert validator.is_valid(answers)
    assert not validator.is_valid({**answers, "nonsense": {}})


def test_a_schema_names_sections_in_the_order_they_are_asked(machine):
    sections = get(machine, "/items/MZ-001/schema").get_json()["properties"]
    item = machine.parts.catalogue.item("MZ-001")
    assert list(sections) == [section.id for section in item.sections]


def test_there_is_no_schema_of_an_item_that_there_is_not(machine):
    answer = get(machine, "/items/ZZ-999/schema", **EN)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "item_unknown")


def test_the_description_holds_the_schema_of_every_items_answers(machine):
    document = get(machine, "/openapi.json", **EN).get_json()
    schemas = document["components"]["schemas"]
    for code in machine.parts.catalogue.items:
        alone = get(machine, f"/items/{code}/schema", **EN).get_json()
        assert {"$schema", "$id"} <= set(alone)
        assert schemas[f"Answers_{code}"] == {
            key: value for key, value in alone.items() if not key.startswith("$")
        }
    assert {"ItemSummary", "HelpItemShape"} <= set(schemas)


def test_whoever_has_the_description_is_not_sent_it_again(machine):
    first = get(machine, "/openapi.json", **EN)
    again = get(machine, "/openapi.json", **EN, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = get(machine, "/openapi.json", **ZH, **{"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    assert other.headers["ETag"] != first.headers["ETag"]


def test_the_description_may_be_kept_if_it_is_asked_about(machine):
    answer = get(machine, "/openapi.json")
    assert answer.cache_control.no_cache
    assert not answer.cache_control.no_store
    assert "Accept-Language" in answer.headers["Vary"]
