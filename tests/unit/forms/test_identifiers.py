"""Numbers with a check digit, their traps, and how they are read from what people type."""

from datetime import date

import pytest

from forms.fields import ANSWER_TYPES, Asked, Refused
from forms.fields.identifiers import birth_date_of, sex_of

ASKED = Asked({}, {})


def clean(answer_type: str, value: object) -> object:
    return ANSWER_TYPES[answer_type].clean(ASKED, value)


def code_of(answer_type: str, value: object) -> str:
    with pytest.raises(Refused) as refused:
        clean(answer_type, value)
    return refused.value.code


@pytest.mark.parametrize(
    "written",
    [
        "320582199001011236",
        " 320582 19900101 1236 ",
        "320582-19900101-1236",
        "３２０５８２１９９００１０１１２３６",
    ],
)
def test_a_resident_id_is_taken_however_it_is_spaced(written: str) -> None:
    assert clean("resident_id", written) == "320582199001011236"


@pytest.mark.parametrize("written", ["32058219500312122X", "32058219500312122x"])
def test_a_last_x_is_made_upper_case(written: str) -> None:
    assert clean("resident_id", written) == "32058219500312122X"


@pytest.mark.parametrize("number", ["320521194805150025", "320521192511010028"])
def test_a_historic_prefix_is_never_refused(number: str) -> None:
    # Shazhou county, 320521, became Zhangjiagang, 320582, in 1986.
    assert clean("resident_id", number) == number


def test_a_prefix_nobody_knows_is_not_refused_either() -> None:
    assert clean("resident_id", "999999199001011238") == "999999199001011238"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("32058219900101123", "id_length"),
        ("320582900101123", "id_length"),
        ("3205821990010112367", "id_length"),
        ("320582199002301234", "id_date"),
        ("320582199013011234", "id_date"),
        ("320582000001011234", "id_date"),
        ("320582184912311238", "id_date"),
        ("320582199001011237", "id_check_digit"),
        ("320582199001011263", "id_check_digit"),
        ("32058219900101123A", "id_characters"),
        ("X20582199001011236", "id_characters"),
        (320582199001011236, "wrong_type"),
    ],
)
def test_a_resident_id_is_refused_with_its_reason(number: object, code: str) -> None:
    assert code_of("resident_id", number) == code


def test_birth_date_and_sex_follow_from_a_resident_id() -> None:
    assert birth_date_of("320582199001011236") == date(1990, 1, 1)
    assert sex_of("320582199001011236") == "male"
    assert sex_of("320582197703201246") == "female"
    assert birth_date_of("nothing") is None
    assert sex_of("nothing") is None


def test_a_credit_code_is_taken() -> None:
    assert clean("uscc", "91320582ma1abcde20") == "91320582MA1ABCDE20"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("91320582MA1ABCDE2", "uscc_length"),
        ("91320582MA1ABCDE21", "uscc_check_digit"),
        ("91320582MA1ABCDEI0", "uscc_characters"),
    ],
)
def test_a_credit_code_is_refused_with_its_reason(number: str, code: str) -> None:
    assert code_of("uscc", number) == code


def test_a_card_number_may_be_grouped() -> None:
    assert clean("bank_card", "6217 0012 1002 4455 220") == "6217001210024455220"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("6217001210024455221", "card_check_digit"),
        ("62170012100", "card_length"),
        ("6217001210024455220" * 2, "card_length"),
        ("6217OO1210024455220", "card_length"),
    ],
)
def test_a_card_number_is_refused_with_its_reason(number: str, code: str) -> None:
    assert code_of("bank_card", number) == code
