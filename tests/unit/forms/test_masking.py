"""What a shared screen may show of a number."""

import pytest

from forms.masking import mask


@pytest.mark.parametrize(
    ("answer_type", "value", "shown"),
    [
        ("resident_id", "320582199001011236", "320582********1236"),
        ("mobile", "13812345678", "138****5678"),
        ("phone", "051258000000", "051****0000"),
        ("bank_card", "6217001210024455220", "****5220"),
        ("name", "张三丰", "张**"),
        ("name", "张三", "张*"),
        ("name", "阿依古丽·买买提", "阿**"),
        ("text", "不隐去", "不隐去"),
    ],
)
def test_the_middle_is_hidden(answer_type: str, value: str, shown: str) -> None:
    assert mask(answer_type, value) == shown


@pytest.mark.parametrize("answer_type", ["resident_id", "mobile", "phone", "bank_card"])
def test_a_number_too_short_to_mask_shows_nothing(answer_type: str) -> None:
    assert mask(answer_type, "1234") == "****"


@pytest.mark.parametrize(
    ("answer_type", "value"),
    [("resident_id", "320582199001011236"), ("mobile", "13812345678"), ("name", "张三丰")],
)
def test_masking_twice_gives_the_same(answer_type: str, value: str) -> None:
    once = mask(answer_type, value)
    assert mask(answer_type, once) == once
