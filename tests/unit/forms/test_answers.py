"""Answer types other than identifiers: what is taken, how it is kept, why it is refused."""

from typing import Any

import pytest

from forms.definition import Choice, Text
from forms.fields import ANSWER_TYPES, Asked, Refused

CHOICES = {code: Choice(code, Text(code, code)) for code in ("a", "b", "c")}
DIVISIONS = {"320582100004": Choice("320582100004", Text("花园浜社区居委会", "Huayuanbang"))}

TAKEN: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("mobile", {}, "+86 138-1234-5678", "13812345678"),
    ("landline", {}, "(0512) 5800 0000", "051258000000"),
    ("phone", {}, "0512-58000000", "051258000000"),
    ("phone", {}, "138 1234 5678", "13812345678"),
    ("postal_code", {}, "215 600", "215600"),
    ("date", {}, "2026-1-3", "2026-01-03"),
    ("date", {}, "2026年11月20日", "2026-11-20"),
    ("date", {}, "20261120", "2026-11-20"),
    ("date", {}, "2024-02-29", "2024-02-29"),
    ("year", {}, "2026", 2026),
    ("year", {}, 2026, 2026),
    ("year", {}, "2026年", 2026),
    (
        "period",
        {},
        {"from": "2026-1-1", "to": "2026-1-1"},
        {"from": "2026-01-01", "to": "2026-01-01"},
    ),
    ("amount", {}, "¥1,234.5", "1234.50"),
    ("amount", {}, "１２元", "12.00"),
    ("amount", {}, 12, "12.00"),
    ("amount", {}, "0.10", "0.10"),
    ("amount", {"min": 10, "max": 10}, "10", "10.00"),
    ("area", {}, "120.5平方米", "120.50"),
    ("measure", {"decimals": 1}, "8.5米", "8.5"),
    ("count", {"min": 1}, " 3 ", 3),
    ("count", {}, 3, 3),
    ("choice", {}, "b", "b"),
    ("choices", {}, ["c", "a"], ["a", "c"]),
    ("choices", {}, "b", ["b"]),
    ("yes_no", {}, "no", False),
    ("yes_no", {}, "是", True),
    ("yes_no", {}, False, False),
    ("name", {}, " 阿依古丽•买买提 ", "阿依古丽·买买提"),
    ("name", {}, "Anna  O'Neill", "Anna O'Neill"),
    ("text", {}, "一行\n两行，", "一行 两行，"),
    ("text", {"lines": 3}, "一行\r\n两行", "一行\n两行"),
    ("photo", {}, "01930c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f", "01930c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    (
        "signature",
        {},
        "01930c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "01930c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f",
    ),
]

REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("mobile", {}, "12812345678", "mobile_format"),
    ("mobile", {}, "1381234567", "mobile_format"),
    ("landline", {}, "58000000", "landline_format"),
    ("phone", {}, "110", "phone_format"),
    ("postal_code", {}, "21560", "postal_code_format"),
    ("date", {}, "20.11.26", "date_format"),
    ("date", {}, "2025-02-29", "date_impossible"),
    ("date", {"min": "2026-01-01"}, "2025-12-31", "date_too_early"),
    ("date", {"max": "2026-01-01"}, "2026-01-02", "date_too_late"),
    ("date", {}, 20261120, "wrong_type"),
    ("year", {}, "26", "year_format"),
    ("year", {}, True, "year_format"),
    ("year", {"min": 2020}, "2019", "year_out_of_range"),
    ("period", {}, {"from": "2026-01-02", "to": "2026-01-01"}, "period_reversed"),
    ("period", {}, {"from": "2026-01-02"}, "wrong_type"),
    ("amount", {}, 12.5, "not_exact"),
    ("amount", {}, True, "not_exact"),
    ("amount", {}, "1.234", "too_many_decimals"),
    ("amount", {}, "-1", "negative"),
    ("amount", {}, "two", "number_format"),
    ("amount", {}, "1e3", "number_format"),
    ("amount", {"min": "0.01"}, "0", "too_small"),
    ("amount", {"max": 10}, "10.01", "too_large"),
    ("amount", {}, ["1"], "wrong_type"),
    ("count", {}, "3.5", "count_format"),
    ("count", {}, -1, "count_format"),
    ("count", {}, True, "wrong_type"),
    ("count", {"min": 1}, 0, "too_small"),
    ("count", {"max": 5}, 6, "too_large"),
    ("choice", {}, "d", "unknown_choice"),
    ("choice", {}, ["a"], "unknown_choice"),
    ("choices", {}, ["a", "d"], "unknown_choice"),
    ("choices", {}, [["a"]], "unknown_choice"),
    ("choices", {"min": 2}, ["a"], "wrong_number_of_choices"),
    ("yes_no", {}, "perhaps", "wrong_type"),
    ("yes_no", {}, 1, "wrong_type"),
    ("name", {}, "王", "name_length"),
    ("name", {}, "王3", "name_characters"),
    ("name", {}, "<script>", "name_characters"),
    ("text", {"max": 3}, "四个字呀", "too_long"),
    ("text", {"min": 3}, "两字", "too_short"),
    ("text", {}, "a\u202eb", "invisible_characters"),
    ("text", {}, "a\x00b", "invisible_characters"),
    ("text", {}, 5, "wrong_type"),
    ("photo", {}, "../../etc/passwd", "not_a_material"),
    ("signature", {}, "x", "not_a_material"),
]


def clean(answer_type: str, params: dict[str, Any], value: Any) -> object:
    choices = DIVISIONS if answer_type == "address" else CHOICES
    return ANSWER_TYPES[answer_type].clean(Asked(params, choices), value)


@pytest.mark.parametrize(("answer_type", "params", "value", "kept"), TAKEN)
def test_an_answer_is_taken_and_kept_in_one_form(
    answer_type: str, params: dict[str, Any], value: Any, kept: Any
) -> None:
    found = clean(answer_type, params, value)
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(("answer_type", "params", "value", "code"), REFUSED)
def test_an_answer_is_refused_with_its_reason(
    answer_type: str, params: dict[str, Any], value: Any, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        clean(answer_type, params, value)
    assert refused.value.code == code
    assert refused.value.message.zh
    assert refused.value.message.en


def test_an_address_keeps_division_and_detail() -> None:
    address = {"division": "320582100004", "detail": " 花园浜12号 "}
    assert clean("address", {}, address) == {"division": "320582100004", "detail": "花园浜12号"}


def test_an_address_elsewhere_needs_no_division_but_more_words() -> None:
    elsewhere = {"division": "", "detail": "安徽省阜阳市颍上县某村"}
    assert clean("address", {"anywhere": True}, elsewhere) == {"detail": "安徽省阜阳市颍上县某村"}


@pytest.mark.parametrize(
    ("params", "address", "code"),
    [
        ({}, {"detail": "花园浜12号"}, "division_missing"),
        ({}, {"division": "999999999999", "detail": "花园浜12号"}, "unknown_division"),
        ({}, {"division": ["320582100004"], "detail": "花园浜12号"}, "unknown_division"),
        ({}, {"division": "320582100004", "detail": ""}, "detail_length"),
        ({"anywhere": True}, {"detail": "某村"}, "detail_length"),
        ({}, {"division": "320582100004", "detail": "1号", "town": "x"}, "wrong_type"),
        ({}, "花园浜12号", "wrong_type"),
    ],
)
def test_an_address_is_refused_with_its_reason(
    params: dict[str, Any], address: Any, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        clean("address", params, address)
    assert refused.value.code == code


def test_every_answer_type_is_tried_here_or_beside() -> None:
    tried = {entry[0] for entry in TAKEN} | {"address", "resident_id", "uscc", "bank_card"}
    assert tried == set(ANSWER_TYPES)
