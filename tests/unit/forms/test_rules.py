"""The rules' engine against the vectors that the browser's engine must meet as well."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.definition import Rule
from forms.operators import NAMED
from forms.rules import ALLOWED, compute, evaluate, is_well_formed, operators_in, paths_in, reads
from tests.builders import public_rules
from tests.builders.public_rules import DEVIATING, cases

VECTORS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("rule_vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_vector_holds_as_written(vector: dict[str, Any]) -> None:
    today = date.fromisoformat(vector.get("today", "2026-11-20"))
    assert evaluate(vector["rule"], vector["data"], today) is vector["holds"]


def test_the_vectors_use_every_allowed_operator() -> None:
    used = {operator for vector in VECTORS for operator in operators_in(vector["rule"])}
    assert used >= ALLOWED


def test_a_rule_bound_on_one_day_is_not_reused_on_the_next() -> None:
    rule = Rule({"===": [{"today": []}, "2026-11-20"]})
    assert evaluate(rule, {}, date(2026, 11, 20))
    assert not evaluate(rule, {}, date(2026, 11, 21))


def test_paths_leave_out_what_is_inside_a_row() -> None:
    logic: Any = {"or": [{"some": [{"var": "rows"}, {"var": "inner"}]}, {"!": {"var": "a.b"}}]}
    assert list(paths_in(logic)) == ["rows", "a.b"]
    assert reads(Rule(logic)) == {"rows", "a.b"}


def test_public_operators_do_what_json_logic_says_but_for_those_listed() -> None:
    wrong = public_rules.deviating([_computed(rule, data) for _, rule, data, _ in cases()])
    used = [set(operators_in(rule)) & DEVIATING["python"].keys() for _, rule in wrong]
    assert all(used), [
        name for (name, _), operators in zip(wrong, used, strict=True) if not operators
    ]
    assert set().union(*used) == DEVIATING["python"].keys(), "one of these has been mended"


def test_the_public_suite_is_whole_and_holds_without_an_exception() -> None:
    suite = list(public_rules.published())
    assert len(suite) == 278, "run deploy/setup.sh test"
    wrong = [
        name
        for name, rule, data, expected in suite
        if public_rules.as_read(_computed(rule, data)) != public_rules.as_read(expected)
    ]
    assert wrong == []


def test_a_definition_may_use_no_operator_that_deviates() -> None:
    assert not ALLOWED & {name for listed in DEVIATING.values() for name in listed}


def test_our_cases_cover_every_public_operator() -> None:
    used = {operator for _, rule, _, _ in cases() for operator in operators_in(rule)}
    assert used >= (ALLOWED - NAMED.keys() - {"today"}) | DEVIATING["python"].keys()
    assert used >= {"?:", "/", "substr", "merge", "missing_some", "map", "reduce", "log"}


def _computed(rule: Any, data: Any) -> Any:
    try:
        return compute(rule, data)
    except (TypeError, ValueError) as error:
        return repr(error)


@pytest.mark.parametrize(
    "rule",
    [
        {"<": [{"var": "a"}]},
        {"<": [1, 2, 3, 4]},
        {"age": []},
        {"===": [1, 2, 3]},
        {"distinct": [{"var": "a"}]},
        {"today": [1]},
        {"var": ["a", 1, 2]},
        {"and": []},
        {"===": [1, 2], "!": [3]},
    ],
)
def test_a_rule_with_too_few_or_too_many_arguments_is_not_well_formed(rule: Any) -> None:
    assert not is_well_formed(rule)
