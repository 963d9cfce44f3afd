"""The receipt number: 6 digits of the terminal, 8 random digits, 1 check digit.

Every terminal makes numbers without asking the hall. Terminals differ in the first six digits;
within a terminal the unique column of the case table refuses the rare repetition (about 1 in 2
after 3,700 receipts), and the caller draws again. The first of the eight tells numbers of the
terminal itself, 0 to 4, from those that its tablets have in advance, 5 to 9: neither need be looked
for among the other. Within its half it tells the life of the terminal, so that a number that was
given in a life that is lost is not given again. The random part keeps one receipt from telling its
neighbours'. The number alone opens nothing: progress asks for a second fact.
"""

import re

from stdnum.iso7064 import mod_11_10

from sync import chance

RANDOM_DIGITS = 8
LIVES = 5
_TERMINAL = re.compile(r"[0-9]{6}")
_NUMBER = re.compile(r"[0-9]{15}")
_GROUP = 4


def new_number(terminal_number: str, epoch: int = 1, *, leased: bool = False) -> str:
    """A fresh receipt number of 15 digits for the terminal with this number of 6 digits.

    `epoch` is that of the terminal's life, from 1. `leased` says that a tablet will give it to a
    case some day. The last digit is the check digit of ISO/IEC 7064 MOD 11,10. Two calls give two
    numbers. Raises ValueError for a terminal number of another shape.
    """
    if not _TERMINAL.fullmatch(terminal_number):
        raise ValueError("a terminal number has 6 digits")
    rest = RANDOM_DIGITS - 1
    drawn = chance.below(10**rest)
    body = f"{terminal_number}{life_digit(epoch, leased=leased)}{drawn:0{rest}d}"
    return body + mod_11_10.calc_check_digit(body)


def life_digit(epoch: int, *, leased: bool = False) -> int:
    """The first of the eight digits: five lives of a terminal have each their own."""
    return (epoch - 1) % LIVES + LIVES * leased


def is_leased(number: str) -> bool:
    """Whether a valid number is of those that tablets have in advance."""
    return int(number[6]) >= LIVES


def is_valid(number: str) -> bool:
    """Whether this has the shape and check digit of a receipt number, not whether it exists.

    Spaces are accepted, as people type what `grouped` printed. ISO/IEC 7064 MOD 11,10 finds every
    single wrong digit.
    """
    digits = ungrouped(number)
    return bool(_NUMBER.fullmatch(digits)) and bool(mod_11_10.is_valid(digits))


def grouped(number: str) -> str:
    """The number in groups of four digits for reading aloud: "1000 0748 2917 365"."""
    return " ".join(number[start : start + _GROUP] for start in range(0, len(number), _GROUP))


def ungrouped(number: str) -> str:
    """The number without the white space that `grouped` or a person put in."""
    return "".join(number.split())
