"""Answers laid into another definition: what fits stays, and nothing else is lost."""

from dataclasses import replace

from forms.definition import Choice, Field, Section, ServiceItem, Text
from forms.fitting import Unfit, fit

ANSWERS = {
    "applicant": {"name": "李月英", "phone": "13862270011"},
    "claim": {"age_band": "80-89", "lives_there": True},
}


def laid_out(item: ServiceItem, *fields: Field) -> ServiceItem:
    """The item with one section, `claim`, of these fields."""
    return replace(item, sections=(Section("claim", Text("申领", "Claim"), fields),))


def a_field(name: str, answer: str, **more: object) -> Field:
    return Field(name, Text(name, name), answer, **more)


def test_answers_of_the_same_definition_all_fit(allowance: ServiceItem) -> None:
    given = dict(next(sample for sample in allowance.samples if not sample.expect).answers)
    kept, unfit = fit(allowance, given)
    assert unfit == ()
    assert set(kept) == set(given)


def test_what_no_field_takes_any_more_is_returned_with_its_label(allowance: ServiceItem) -> None:
    bands = (Choice("90-99", Text("90至99", "90 to 99")),)
    item = laid_out(allowance, a_field("age_band", "choice", choices=bands))
    kept, unfit = fit(item, {"claim": {"age_band": "80-89"}})
    assert kept == {"claim": {}}
    assert unfit == (Unfit(Text("age_band", "age_band"), "80-89"),)


def test_what_is_not_asked_any_more_is_returned_without_a_label(allowance: ServiceItem) -> None:
    item = laid_out(allowance, a_field("lives_there", "yes_no"))
    kept, unfit = fit(item, ANSWERS)
    assert kept == {"claim": {"lives_there": True}}
    assert {entry.value for entry in unfit} == {"李月英", "13862270011", "80-89"}
    assert all(entry.label is None for entry in unfit)


def test_rows_of_a_list_that_became_a_single_section_are_returned(allowance: ServiceItem) -> None:
    item = laid_out(allowance, a_field("name", "text"))
    kept, unfit = fit(item, {"claim": [{"name": "李小明"}, {"name": ""}, {"name": "李小红"}]})
    assert kept == {}
    assert [entry.value for entry in unfit] == ["李小明", "李小红"]
