"""Receipt numbers for every terminal and every slip of the finger."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.receipts import number

terminals = st.integers(0, 999_999).map("{:06d}".format)
numbers = terminals.map(number.new_number)


@given(numbers)
def test_every_number_made_is_valid_also_as_it_is_printed(made: str) -> None:
    assert number.is_valid(made)
    assert number.is_valid(number.grouped(made))
    assert number.ungrouped(number.grouped(made)) == made


@given(numbers, st.integers(0, 14), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(made: str, place: int, shift: int) -> None:
    wrong = str((int(made[place]) + shift) % 10)

    assert not number.is_valid(made[:place] + wrong + made[place + 1 :])


@given(st.text(max_size=30))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert number.is_valid(text) in {True, False}
