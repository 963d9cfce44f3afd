"""Numbers with a check digit: resident ID (GB 11643), USCC (GB 32100), bank card (Luhn).

Must not know items or rules. A resident ID is judged by length, date and check digit only: the
first six digits may name a place that no longer exists (320521, Shazhou, until 1986) and are
never a reason to refuse.
"""

from datetime import date

from forms.fields.answer import AnswerType, Asked, compact, refuse

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(3**place % 31 for place in range(17))


def resident_id_check(first17: str) -> str:
    """Return the 18th sign for 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, ID_WEIGHTS, strict=True))
    return ID_CHECK[total % 11]


def uscc_check(first17: str) -> str:
    """Return the 18th sign for 17 signs of a unified social credit code (GB 32100-2015).

    Raises ValueError for a sign outside the alphabet (I, O, S, V and Z are not used).
    """
    total = sum(
        USCC_ALPHABET.index(sign) * weight
        for sign, weight in zip(first17, USCC_WEIGHTS, strict=True)
    )
    return USCC_ALPHABET[(31 - total % 31) % 31]


def luhn_holds(digits: str) -> bool:
    """Say whether a card number's last digit fits (ISO/IEC 7812-1, Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def birth_date_of(number: str) -> date | None:
    """Return the birth date inside an 18-sign resident ID, or None when there is none."""
    digits = number[6:14]
    if len(number) != 18 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def sex_of(number: str) -> str | None:
    """Return "male" or "female" by the 17th digit of a resident ID, or None without one."""
    if len(number) != 18 or number[16] not in "0123456789":
        return None
    return "male" if int(number[16]) % 2 else "female"


def _resident_id(asked: Asked, value: object) -> str:
    number = compact(value).upper()
    if len(number) != 18:
        refuse("id_length", "公民身份号码应为18位，请核对", "An ID number has 18 characters")
    if not (number[:17].isascii() and number[:17].isdigit()) or number[17] not in ID_CHECK:
        refuse(
            "id_characters",
            "公民身份号码前17位是数字，最后一位是数字或X",
            "An ID number is 17 digits and then a digit or X",
        )
    born = birth_date_of(number)
    if born is None or born.year < 1850:
        refuse(
            "id_date",
            "公民身份号码第7至14位应是出生日期，请核对",
            "Characters 7 to 14 of the ID number must be a date of birth",
        )
    if resident_id_check(number[:17]) != number[17]:
        refuse(
            "id_check_digit",
            "公民身份号码有一位不对，请逐位核对",
            "One character of the ID number is wrong; compare it with the card",
        )
    return number


def _uscc(asked: Asked, value: object) -> str:
    code = compact(value).upper()
    if len(code) != 18:
        refuse("uscc_length", "统一社会信用代码应为18位", "The credit code has 18 characters")
    if any(sign not in USCC_ALPHABET for sign in code):
        refuse(
            "uscc_characters",
            "统一社会信用代码不含字母I、O、S、V、Z",
            "The credit code has no letters I, O, S, V or Z",
        )
    if uscc_check(code[:17]) != code[17]:
        refuse(
            "uscc_check_digit",
            "统一社会信用代码有一位不对，请核对",
            "One character of the credit code is wrong; please check it",
        )
    return code


def _bank_card(asked: Asked, value: object) -> str:
    number = compact(value)
    if not (number.isascii() and number.isdigit()) or not 12 <= len(number) <= 19:
        refuse("card_length", "银行卡号应为12至19位数字", "A bank card number has 12 to 19 digits")
    if not luhn_holds(number):
        refuse(
            "card_check_digit",
            "银行卡号有一位不对，请对照卡面核对",
            "One digit of the card number is wrong; compare it with the card",
        )
    return number


def _first6_last4(value: str) -> str:
    return value[:6] + "*" * max(len(value) - 10, 0) + value[-4:] if len(value) > 10 else "****"


def _last4(value: str) -> str:
    return "****" + value[-4:] if len(value) > 8 else "****"


RESIDENT_ID = AnswerType("resident_id", _resident_id, mask=_first6_last4)
USCC = AnswerType("uscc", _uscc)
BANK_CARD = AnswerType("bank_card", _bank_card, mask=_last4)
TYPES = (RESIDENT_ID, USCC, BANK_CARD)
