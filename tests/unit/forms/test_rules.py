"""The rules' engine against the vectors that the browser's engine must meet as well."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.definition import Rule
from forms.rules import ALLOWED, evaluate, operators_in, paths_in, reads

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
