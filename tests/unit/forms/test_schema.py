"""Judging whole sets of answers and single ones: what is cleaned, dropped, refused, and where."""

import copy
from datetime import date
from typing import Any

import pytest

from forms.definition import ServiceItem
from forms.release import Catalogue
from forms.schema import (
    InvalidAnswers,
    schema_for,
    validate,
    validate_field,
    visible_fields,
    visible_sections,
)

TODAY = date(2026, 11, 20)


def passing(item: ServiceItem) -> dict[str, Any]:
    return copy.deepcopy(dict(next(s for s in item.samples if not s.expect).answers))


def refused(item: ServiceItem, answers: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswers) as invalid:
        validate(item, answers, TODAY)
    return [(error.path, error.code) for error in invalid.value.errors]


def test_answers_come_back_cleaned(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    answers["applicant"]["name"] = "  陈桂英 "
    answers["applicant"]["phone"] = "138 6227 0011"
    answers["claim"]["lives_there"] = "yes"
    cleaned = validate(allowance, answers, TODAY)
    assert cleaned["applicant"]["name"] == "陈桂英"
    assert cleaned["applicant"]["phone"] == "13862270011"
    assert cleaned["claim"]["lives_there"] is True


def test_the_answers_given_are_left_alone(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    before = copy.deepcopy(answers)
    validate(allowance, answers, TODAY)
    assert answers == before


def test_an_answer_to_a_hidden_question_is_dropped_even_when_wrong(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    answers["claim"]["living_address"] = {"division": "nowhere", "detail": "?"}
    answers["payee"] = {"name": "3", "relationship": "none"}
    cleaned = validate(allowance, answers, TODAY)
    assert "living_address" not in cleaned["claim"]
    assert "payee" not in cleaned


def test_a_hidden_answer_cannot_open_another_question(catalogue: Catalogue) -> None:
    item = catalogue.item("CL-001")
    answers = passing(item)
    # `kinds` is asked of multiple disabilities only; a stale one must not call for a guardian.
    answers["disability"]["kinds"] = ["intellectual", "mental"]
    assert "guardian" not in {section.id for section in visible_sections(item, answers, TODAY)}
    assert "guardian" not in validate(item, answers, TODAY)


def test_every_refusal_is_told_at_once_in_the_order_asked(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    answers["applicant"]["name"] = ""
    answers["applicant"]["phone"] = "1"
    answers["claim"]["band"] = "80-90"
    assert refused(allowance, answers) == [
        ("applicant.name", "required"),
        ("applicant.phone", "phone_format"),
        ("claim.band", "unknown_choice"),
    ]


def test_one_wrong_digit_is_one_refusal(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    answers["applicant"]["id_number"] = "320582194003121226"
    # The age band is checked against the ID, but there is no ID to check it against.
    assert refused(allowance, answers) == [("applicant.id_number", "id_check_digit")]


def test_no_answers_at_all_are_refused_by_field(allowance: ServiceItem) -> None:
    paths = [path for path, code in refused(allowance, {}) if code == "required"]
    assert paths[:3] == ["applicant.name", "applicant.id_number", "applicant.phone"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"extra": {}}, "extra"),
        ({"applicant": {"name": "陈桂英", "role": "admin"}}, "applicant.role"),
    ],
)
def test_what_nobody_asked_is_refused(
    allowance: ServiceItem, change: dict[str, Any], path: str
) -> None:
    assert (path, "unknown_field") in refused(allowance, {**passing(allowance), **change})


def test_an_unknown_field_in_a_row_names_the_row(catalogue: Catalogue) -> None:
    item = catalogue.item("YB-14")
    answers = passing(item)
    answers["receipts"][1]["status"] = "paid"
    assert refused(item, answers) == [("receipts.1.status", "unknown_field")]


@pytest.mark.parametrize(
    ("section", "value"),
    [("applicant", "text"), ("applicant", []), ("receipts", {}), ("receipts", ["row"])],
)
def test_a_wrong_shape_is_refused_and_nothing_else_said(
    catalogue: Catalogue, section: str, value: Any
) -> None:
    item = catalogue.item("YB-14")
    found = refused(item, {**passing(item), section: value})
    assert {code for _, code in found} == {"wrong_shape"}
    assert found[0][0].startswith(section)


@pytest.mark.parametrize("answers", [[], "text", 5])
def test_answers_that_are_no_mapping_are_refused(allowance: ServiceItem, answers: Any) -> None:
    assert refused(allowance, answers) == [("", "wrong_shape")]


@pytest.mark.parametrize(("rows", "code"), [(0, "too_few_rows"), (21, "too_many_rows")])
def test_the_number_of_rows_is_bounded(catalogue: Catalogue, rows: int, code: str) -> None:
    item = catalogue.item("YB-14")
    answers = passing(item)
    answers["receipts"] = [
        {**answers["receipts"][0], "number": f"32012600{row:05}"} for row in range(rows)
    ]
    assert refused(item, answers) == [("receipts", code)]


def test_a_refusal_in_a_row_names_the_row(catalogue: Catalogue) -> None:
    item = catalogue.item("YB-14")
    answers = passing(item)
    answers["receipts"][1]["amount"] = "a lot"
    assert refused(item, answers) == [("receipts.1.amount", "number_format")]


def test_the_same_answers_are_judged_by_the_day(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    with pytest.raises(InvalidAnswers):
        validate(allowance, answers, date(2020, 3, 11))
    answers["claim"]["band"] = "80-89"
    assert validate(allowance, answers, date(2020, 3, 12))


def test_the_schema_is_built_once_per_item(allowance: ServiceItem) -> None:
    assert schema_for(allowance) is schema_for(allowance)


def test_what_hides_behind_a_wrong_answer_is_not_judged_either(catalogue: Catalogue) -> None:
    # The day is checked against the reason, and the reason is asked for one kind only.
    item = catalogue.item("YB-03")
    sample = next(s for s in item.samples if s.name == "an old man who died in August")
    answers = copy.deepcopy(dict(sample.answers))
    answers["change"]["kind"] = "no_such_choice"
    assert refused(item, answers) == [("change.kind", "unknown_choice")]


def test_one_field_comes_back_cleaned(allowance: ServiceItem) -> None:
    assert validate_field(allowance, "applicant", "phone", " 138 6227 0011", {}) == "13862270011"


def test_one_field_is_checked_against_the_answers_so_far(allowance: ServiceItem) -> None:
    answers = passing(allowance)
    del answers["claim"]
    with pytest.raises(InvalidAnswers) as invalid:
        validate_field(allowance, "claim", "band", "100+", answers, today=TODAY)
    assert [(e.path, e.code) for e in invalid.value.errors] == [("claim.band", "band_fits_age")]


def test_one_field_is_not_checked_against_an_answer_still_missing(allowance: ServiceItem) -> None:
    assert validate_field(allowance, "claim", "band", "100+", {}, today=TODAY) == "100+"


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_one_field_left_empty_is_refused_when_required(
    allowance: ServiceItem, nothing: object
) -> None:
    with pytest.raises(InvalidAnswers) as invalid:
        validate_field(allowance, "applicant", "name", nothing, {})
    assert invalid.value.errors[0].code == "required"


def test_one_optional_field_may_be_left_empty(catalogue: Catalogue) -> None:
    item = catalogue.item("SF-001")
    assert validate_field(item, "dispute", "deadline", "", passing(item), today=TODAY) is None


def test_one_hidden_field_is_not_taken(allowance: ServiceItem) -> None:
    with pytest.raises(InvalidAnswers) as invalid:
        validate_field(allowance, "payee", "name", "徐小红", passing(allowance), today=TODAY)
    assert [(e.path, e.code) for e in invalid.value.errors] == [("payee.name", "not_asked")]


@pytest.mark.parametrize(("section", "field"), [("nowhere", "name"), ("applicant", "nothing")])
def test_a_field_the_item_does_not_have_is_a_key_error(
    allowance: ServiceItem, section: str, field: str
) -> None:
    with pytest.raises(KeyError):
        validate_field(allowance, section, field, "x", {})


def test_one_field_of_a_new_row_is_judged_in_that_row(catalogue: Catalogue) -> None:
    item = catalogue.item("YB-14")
    answers = passing(item)
    taken = validate_field(item, "receipts", "amount", "9.9", answers, row=2, today=TODAY)
    assert taken == "9.90"
    with pytest.raises(InvalidAnswers) as invalid:
        validate_field(item, "receipts", "amount", "0", answers, row=2, today=TODAY)
    assert invalid.value.errors[0].path == "receipts.2.amount"


def test_the_fields_of_a_section_follow_the_answers(allowance: ServiceItem) -> None:
    claim = allowance.section("claim")
    answers = passing(allowance)
    shown = [field.id for field in visible_fields(allowance, claim, answers)]
    assert "living_address" not in shown
    answers["claim"]["lives_there"] = False
    shown = [field.id for field in visible_fields(allowance, claim, answers)]
    assert "living_address" in shown


def test_a_hidden_section_has_no_fields(allowance: ServiceItem) -> None:
    assert visible_fields(allowance, allowance.section("payee"), passing(allowance)) == ()
