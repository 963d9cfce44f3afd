"""A tablet without a line refuses what the server would: the same places, codes and words."""

from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError

from forms.definition import Choice, Field, ServiceItem, Text
from forms.fields import Refused
from forms.schema import AnswerField, InvalidAnswers, validate
from kiosk.api.items import plain
from tests.browser.forms.conftest import Call
from tests.builders.definitions import written

pytestmark = pytest.mark.browser

JUDGE = """(forms, cases) => cases.map(([item, answers, day, language]) => {
  const { answers: kept, errors } = forms.judging.judge(item, answers, language, day);
  return [errors.length ? null : kept, errors.map((each) => [each.path, each.code, each.message])];
})"""
CLEAN = """(forms, cases) => cases.map(([field, value]) => {
  const { value: kept = null, code = null, message = null } = forms.cleaning.clean(field, value);
  return [kept, code, message && [message.zh, message.en]];
})"""
VILLAGES = (Choice("320582001001", Text("甲村", "A")), Choice("320582001002", Text("乙村", "B")))
#: Params and what people type, for each answer type.
TYPED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "name": ({}, ("张 三", "张", "阿卜杜·热依木", "A•B", "张3", "ｌｉ", "李－四", "x" * 51, " 王五 ")),
    "text": (
        {"max": 5},
        ("一二三四五", "一二三四五六", "a\tb", "a\u200bb", " a  b ", "𠮷𠮷𠮷𠮷𠮷", "é"),
    ),
    "resident_id": (
        {},
        (
            "32058219900101123X",
            "320582 19900101 123x",
            "３２０５８２１９９００１０１１２３６",
            "320582199001011236",
            "32058219900231123X",
            "320582184901011236",
            "32058219900101123",
            "32058219900101123Y",
            "a2058219900101123X",
        ),
    ),
    "uscc": ({}, ("91320582MA1MTK5L0X", "91320582ma1mtk5l0x", "9132058", "91320582MAIMTK5L0X")),
    "bank_card": ({}, ("6222 0211 0201 2345 678", "6228480402564890018", "6228-4804", "abc")),
    "mobile": ({}, ("138 6227 0011", "+86-13862270011", "008613862270011", "12345678901", "1386")),
    "landline": ({}, ("0512-58000000", "（0512）58000000", "58000000", "010 66666666", "051258000000")),
    "phone": ({}, ("13862270011", "0512-58000000", "12345")),
    "postal_code": ({}, ("215600", "21560", "２１５６００")),
    "date": (
        {"min": "1900-01-01", "max": "2026-12-31"},
        ("2026-1-5", "2026年2月3日", "20260131", "2026-02-30", "1899-12-31", "2027-01-01", "昨天", "--"),
    ),
    "year": ({"min": 1950, "max": 2030}, ("2020年", "1949", "20", "２０２０", 2000)),
    "period": (
        {},
        ({"from": "2026-1-1", "to": "2026-02-01"}, {"from": "2026-02-01", "to": "2026-01-01"},
         {"from": "2026-01-01", "to": ""}, {"from": "", "to": ""}),
    ),
    "amount": (
        {"min": "0.5", "max": 1000},
        ("1,000", "￥12.5元", "12.505", "12.500", "0.49", "1000.01", "-3", "1e3", "007", "一千", 12),
    ),
    "area": ({"decimals": 1}, ("80.5㎡", "80.55", "3亩", "9999999.99")),
    "measure": ({"decimals": 0}, ("12", "12.0", "12.5", "99999999")),
    "count": ({"min": 1, "max": 9}, ("3", "0", "10", "3.0", "３", "-1", 4)),
    "yes_no": ({}, ("yes", "No", "是", "否", "maybe", True, False)),
    "choice": ({}, ("320582001001", "x")),
    "choices": ({"max": 1}, (["320582001002"], ["320582001002", "320582001001"], ["x"], [])),
    "address": (
        {},
        (
            {"division": "320582001001", "detail": "1号"},
            {"division": "320582001001", "detail": "1"},
            {"division": "", "detail": "花园浜12号"},
            {"division": "x", "detail": "花园浜12号"},
            {"division": "", "detail": " "},
        ),
    ),
    "photo": ({}, ("0192-aaaa-bbbb", "x")),
    "signature": ({}, ("0192-aaaa-bbbb", "?")),
}  # fmt: skip


def test_every_sample_of_every_item_is_judged_alike(in_browser: Call) -> None:
    told = [(item, sample) for item in written().items.values() for sample in item.samples]
    items = {item.code: plain(item, "zh") for item, _ in told}
    cases = [
        [items[item.code], sample.answers, sample.today.isoformat(), "zh"] for item, sample in told
    ]
    expected = [_judged(item, sample.answers, sample.today) for item, sample in told]
    assert sum(kept is None for kept, _ in expected) > 100
    found = in_browser(JUDGE, cases)
    for (item, sample), here, there in zip(told, expected, found, strict=True):
        assert there == [here[0], [list(error) for error in here[1]]], (item.code, sample.name)


def test_what_people_type_is_cleaned_or_refused_alike(in_browser: Call) -> None:
    fields = {
        name: Field("q", Text("问", "Q"), name, params=params, choices=VILLAGES)
        for name, (params, _) in TYPED.items()
    }
    cases = [(fields[name], value) for name, (_, values) in TYPED.items() for value in values]
    found = in_browser(CLEAN, [[plain(field, "zh"), value] for field, value in cases])
    for (field, value), there in zip(cases, found, strict=True):
        assert there == _cleaned(field, value), (field.answer, value)


def _judged(item: ServiceItem, answers: Any, today: date) -> tuple[Any, list[tuple[str, ...]]]:
    try:
        return validate(item, answers, today), []
    except InvalidAnswers as refusal:
        return None, [(each.path, each.code, each.message.zh) for each in refusal.errors]


def _cleaned(field: Field, value: Any) -> list[Any]:
    try:
        return [AnswerField(field).deserialize(value), None, None]
    except ValidationError as error:
        (refused,) = error.messages
        assert isinstance(refused, Refused)
        return [None, refused.code, [refused.message.zh, refused.message.en]]
