"""Rules and judgement for data nobody thought of."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.rules import ALLOWED, evaluate
from forms.schema import (
    InvalidAnswers,
    called_for,
    required_requirements,
    validate,
    visible_fields,
    visible_sections,
)
from tests.builders.definitions import written

CATALOGUE = written()
TODAY = date(2026, 11, 20)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
leaves: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("2026-18x", max_size=10)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def rules(arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Expressions of any allowed operator over any arguments."""
    return st.dictionaries(
        st.sampled_from(sorted(ALLOWED)),
        st.lists(arguments, min_size=1, max_size=3),
        min_size=1,
        max_size=1,
    )


@given(days, days)
def test_age_grows_by_one_on_each_birthday(born: date, day: date) -> None:
    age: Any = {"age": [born.isoformat(), day.isoformat()]}
    whole = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    assert evaluate({"===": [age, whole]}, {}, TODAY)


@given(days, st.integers(-20_000, 20_000))
def test_days_between_undoes_adding_days(start: date, count: int) -> None:
    end = start + timedelta(days=count)
    between: Any = {"days_between": [start.isoformat(), end.isoformat()]}
    assert evaluate({"===": [between, count]}, {}, TODAY)


@given(days, days)
def test_dates_compare_as_texts(first: date, second: date) -> None:
    rule: Any = {"<=": [{"var": "a"}, {"var": "b"}]}
    data = {"a": first.isoformat(), "b": second.isoformat()}
    assert evaluate(rule, data, TODAY) is (first <= second)


@given(rules(leaves | rules(leaves | st.just({"var": "a"}))), values)
def test_an_allowed_rule_always_answers_true_or_false(rule: Any, value: Any) -> None:
    assert evaluate(rule, {"a": value}, TODAY) in (True, False)


@settings(deadline=None)
@given(st.sampled_from(sorted(CATALOGUE.items)), st.data())
def test_any_answers_are_either_refused_by_field_or_clean(code: str, data: st.DataObject) -> None:
    item = CATALOGUE.item(code)
    answers = dict(data.draw(st.sampled_from(item.samples)).answers)
    section = data.draw(st.sampled_from(item.sections))
    field = data.draw(st.sampled_from(section.fields))
    if isinstance(answers.get(section.id), dict):
        answers[section.id] = {**answers[section.id], field.id: data.draw(values)}  # type: ignore[dict-item]
    else:
        answers[section.id] = data.draw(values)
    for shown in visible_sections(item, answers, TODAY):
        visible_fields(item, shown, answers, 0 if shown.repeat else None, TODAY)
    required_requirements(item, answers, TODAY)
    try:
        clean = validate(item, answers, TODAY)
    except InvalidAnswers as invalid:
        assert all(error.code and error.message.zh for error in invalid.errors)
    else:
        assert validate(item, clean, TODAY) == clean
        assert called_for(item, clean, TODAY) == required_requirements(item, clean, TODAY)
