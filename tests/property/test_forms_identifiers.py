"""Check digits for numbers nobody thought of."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forms.fields import ANSWER_TYPES, Asked, Refused
from forms.fields.identifiers import (
    USCC_ALPHABET,
    birth_date_of,
    luhn_holds,
    resident_id_check,
    sex_of,
    uscc_check,
)

ASKED = Asked({}, {})
digits = st.text("0123456789", min_size=6, max_size=6)
births = st.dates(date(1850, 1, 1), date(2199, 12, 31))
orders = st.integers(0, 999)


def resident_id(prefix: str, born: date, order: int) -> str:
    first17 = f"{prefix}{born:%Y%m%d}{order:03}"
    return first17 + resident_id_check(first17)


def clean(answer_type: str, value: str) -> object:
    return ANSWER_TYPES[answer_type].clean(ASKED, value)


@given(digits, births, orders)
def test_a_number_with_its_check_digit_is_taken_whatever_its_prefix(
    prefix: str, born: date, order: int
) -> None:
    number = resident_id(prefix, born, order)
    assert clean("resident_id", number.lower()) == number
    assert birth_date_of(number) == born
    assert sex_of(number) == ("male" if order % 2 else "female")


@given(digits, births, orders, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(
    prefix: str, born: date, order: int, place: int, shift: int
) -> None:
    number = resident_id(prefix, born, order)
    wrong = str((int(number[place]) + shift) % 10)
    with pytest.raises(Refused):
        clean("resident_id", number[:place] + wrong + number[place + 1 :])


@given(digits, births, orders, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_noticed(
    prefix: str, born: date, order: int, place: int
) -> None:
    number = resident_id(prefix, born, order)
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(Refused):
        clean("resident_id", swapped)


@given(st.text(USCC_ALPHABET, min_size=17, max_size=17))
def test_a_credit_code_has_exactly_one_check_sign(first17: str) -> None:
    taken = []
    for sign in USCC_ALPHABET:
        try:
            taken.append(clean("uscc", first17 + sign))
        except Refused:
            continue
    assert taken == [first17 + uscc_check(first17)]


@given(st.text("0123456789", min_size=11, max_size=18))
def test_a_card_number_has_exactly_one_last_digit(first: str) -> None:
    assert sum(luhn_holds(first + digit) for digit in "0123456789") == 1


@given(
    st.sampled_from(sorted(ANSWER_TYPES)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
)
def test_no_answer_of_any_kind_does_more_than_be_refused(answer_type: str, value: object) -> None:
    try:
        once = ANSWER_TYPES[answer_type].clean(ASKED, value)
    except Refused:
        return
    assert ANSWER_TYPES[answer_type].clean(ASKED, once) == once
