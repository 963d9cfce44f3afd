"""Receipt numbers: shape, check digit, reading aloud."""

import pytest

from kiosk.receipts import number


def test_a_number_begins_with_its_terminal_and_has_15_digits() -> None:
    made = number.new_number("100007")

    assert made.startswith("100007")
    assert len(made) == 15
    assert number.is_valid(made)


def test_two_numbers_of_a_terminal_differ() -> None:
    assert len({number.new_number("100007") for _ in range(200)}) == 200


@pytest.mark.parametrize(("epoch", "own", "leased"), [(1, "0", "5"), (2, "1", "6"), (7, "1", "6")])
def test_a_number_tells_its_life_and_whether_a_tablet_has_it(epoch, own, leased) -> None:
    assert {number.new_number("100007", epoch)[6] for _ in range(50)} == {own}
    assert {number.new_number("100007", epoch, leased=True)[6] for _ in range(50)} == {leased}
    assert number.is_leased(number.new_number("100007", epoch, leased=True))
    assert not number.is_leased(number.new_number("100007", epoch))


def test_five_lives_share_no_number() -> None:
    digits = {number.life_digit(epoch, leased=leased) for epoch in range(3, 8) for leased in (0, 1)}
    assert digits == set(range(10))


@pytest.mark.parametrize("terminal", ["", "10007", "1000071", "10000x", "１００００７", "100 07"])
def test_a_terminal_number_of_another_shape_is_refused(terminal: str) -> None:
    with pytest.raises(ValueError, match="6 digits"):
        number.new_number(terminal)


def test_a_number_is_grouped_for_reading_aloud_and_accepted_so() -> None:
    assert number.grouped("100007482917365") == "1000 0748 2917 365"
    assert number.ungrouped(" 1000 0748\u30002917 365 ") == "100007482917365"


def test_the_standards_own_example_of_the_check_digit_holds() -> None:
    # ISO/IEC 7064, hybrid system MOD 11,10: 0794 has the check digit 5.
    assert number.is_valid("000000000007945")


@pytest.mark.parametrize(
    "typed",
    ["", "1000", "abc", "10000748291736", "1000074829173651", "１０００００００００７９４５"],
)
def test_what_is_no_number_is_invalid(typed: str) -> None:
    assert not number.is_valid(typed)
