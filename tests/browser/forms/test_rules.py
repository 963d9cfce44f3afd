"""Rules come to the same in Chromium as in Python: vectors, public operators, all items."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.asking import open_sections
from forms.definition import Rule, ServiceItem
from forms.operators import ARITY
from forms.rules import ALLOWED, compute, evaluate, operators_in
from tests.browser.forms.conftest import Call
from tests.builders import public_rules
from tests.builders.definitions import written

pytestmark = pytest.mark.browser

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "unit/forms/rule_vectors.json").read_text("utf-8")
)
TODAY = "2026-11-20"
EVALUATE = (
    "(forms, cases) => cases.map(([rule, data, day]) => forms.rules.evaluate(rule, data, day))"
)
COMPUTE = "(forms, cases) => cases.map(([rule, data, day]) => forms.rules.compute(rule, data, day))"


def test_every_vector_holds_as_written(in_browser: Call) -> None:
    cases = [[each["rule"], each["data"], each.get("today", TODAY)] for each in VECTORS]
    found = in_browser(EVALUATE, cases)
    wrong = [
        each["name"]
        for each, holds in zip(VECTORS, found, strict=True)
        if holds is not each["holds"]
    ]
    assert wrong == []


def test_public_operators_do_what_json_logic_says_but_for_those_listed(in_browser: Call) -> None:
    found = in_browser(COMPUTE, [[rule, data, TODAY] for _, rule, data, _ in public_rules.cases()])
    wrong = public_rules.deviating(found)
    listed = public_rules.DEVIATING["browser"].keys()
    assert [name for name, rule in wrong if not listed & set(operators_in(rule))] == []


def test_every_rule_of_every_item_comes_to_the_same_for_every_sample(in_browser: Call) -> None:
    catalogue = written()
    cases = [case for item in catalogue.items.values() for case in _judged(item)]
    expected = [evaluate(rule, data, date.fromisoformat(day)) for rule, data, day in cases]
    assert len(cases) > 9_000 and {True, False} == set(expected)
    found = in_browser(EVALUATE, cases)
    different = [
        case for case, here, there in zip(cases, expected, found, strict=True) if here != there
    ]
    assert different[:3] == []


def _judged(item: ServiceItem) -> Iterator[tuple[Any, Any, str]]:
    """Every rule of an item in every scope that a sample's answers make, wanted there or not."""
    for sample in item.samples:
        day = sample.today.isoformat()
        whole: dict[str, Any] = {}
        for opened in open_sections(item, sample.answers, sample.today):
            whole[opened.section.id] = opened.kept
            for row in opened.rows:
                scope = json.loads(json.dumps({**whole, "this": row.kept}))
                for rule in _rules_in(opened.section):
                    yield rule.logic, scope, day
        for rule in _rules_in((item.requirements, item.commitment_required)):
            yield rule.logic, json.loads(json.dumps(whole)), day


def _rules_in(part: Any) -> Iterator[Rule]:
    if isinstance(part, Rule):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _rules_in(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _rules_in(getattr(part, field.name))


NUMBERS = (0, 1, -1, 2, 1.5, 1.0, 1e16, 1e-5)
NUMERALS = ("0", "1", "1.0", "-2.50", "1e3", " 1", "１", "")
DATES = ("2026-02-28", "2024-02-29", "2026-02-29", "0000-01-01", "20260101")
IDENTITIES = ("320582199001011236", "32058219900101123x", "320582900101123", "320582202402300012")
LITERALS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, *NUMBERS, *NUMERALS, *DATES, *IDENTITIES, "省", "a.b", "rows.0.n"]
)
VALUES = st.recursive(
    LITERALS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abn"), inner),
    max_leaves=5,
)
READ = st.sampled_from(["a", "b", "a.b", "a.0", "rows", "rows.1.n", "", "n", "a.length", "a.-1"])
ARGUMENTS = LITERALS | st.lists(LITERALS, max_size=2) | READ.map(lambda path: {"var": path})


def _rules(arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def of(operator: str) -> st.SearchStrategy[Any]:
        least, most = ARITY.get(operator, (1, 5))
        given = st.lists(arguments, min_size=least, max_size=most)
        return given.map(lambda values: {operator: values})

    return st.sampled_from(sorted(ALLOWED - {"var"})).flatmap(of)


EXPRESSIONS = _rules(st.recursive(ARGUMENTS, _rules, max_leaves=6))
DATA = st.fixed_dictionaries(
    {"a": VALUES, "b": VALUES, "rows": VALUES | st.lists(st.fixed_dictionaries({"n": VALUES}))}
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=st.lists(st.tuples(EXPRESSIONS, DATA), min_size=20, max_size=40))
def test_expressions_and_data_nobody_thought_of_come_to_the_same(
    in_browser: Call, cases: list[tuple[Any, Any]]
) -> None:
    expected = [compute(rule, data, date.fromisoformat(TODAY)) for rule, data in cases]
    found = in_browser(COMPUTE, [[rule, data, TODAY] for rule, data in cases])
    for (rule, data), here, there in zip(cases, expected, found, strict=True):
        assert public_rules.as_read(here) == public_rules.as_read(there), (rule, data)
