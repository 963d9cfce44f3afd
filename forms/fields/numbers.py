"""Quantities: amount in yuan, area, measure, count. All but counts are decimal texts, never floats.

Must not know items or rules. Params: `min` and `max` (same unit as the answer), `decimals`
(digits after the point that are kept, default 2), `unit` ("m2", "mu", "m"; for display).
"""

import re
from decimal import Decimal

from forms.fields.answer import AnswerType, Asked, plain, refuse

DECIMAL = re.compile(r"\d{1,13}(?:\.\d+)?", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
UNITS = re.compile(r"(元|圆|块|平方米|平米|亩|米|m2|㎡|m)$")


def _decimal(asked: Asked, value: object, most: str) -> str:
    if isinstance(value, bool | float):
        # A binary fraction has already lost the exact amount, so it is refused, not rounded.
        refuse("not_exact", "金额和面积请按文字提交", "Send amounts and areas as decimal texts")
    text = str(value) if isinstance(value, int) else plain(value)
    text = UNITS.sub("", text.lstrip("¥$").replace(",", "").replace(" ", ""))
    if text.startswith("-"):
        refuse("negative", "不能小于零", "It must not be below zero")
    if not DECIMAL.fullmatch(text):
        refuse("number_format", "请只填数字，例如 1234.50", "Enter digits only, like 1234.50")
    number, decimals = Decimal(text), asked.whole("decimals", 2)
    if number != round(number, decimals):
        refuse(
            "too_many_decimals",
            f"最多保留{decimals}位小数",
            f"Give at most {decimals} digits after the point",
        )
    least, limit = (
        Decimal(str(asked.params.get("min", "0"))),
        Decimal(str(asked.params.get("max", most))),
    )
    if number < least:
        refuse("too_small", f"不能小于{least}", f"It must be at least {least}")
    if number > limit:
        refuse("too_large", f"不能大于{limit}", f"It must be at most {limit}")
    return f"{number:.{decimals}f}"


def _amount(asked: Asked, value: object) -> str:
    return _decimal(asked, value, "999999999999.99")


def _area(asked: Asked, value: object) -> str:
    return _decimal(asked, value, "9999999.99")


def _count(asked: Asked, value: object) -> int:
    if isinstance(value, bool | float):
        refuse("wrong_type", "请填写整数", "Enter a whole number")
    text = str(value) if isinstance(value, int) else plain(value)
    if not WHOLE.fullmatch(text):
        refuse("count_format", "请填写整数，例如 3", "Enter a whole number, like 3")
    number, least, limit = int(text), asked.whole("min", 0), asked.whole("max", 999_999_999)
    if number < least:
        refuse("too_small", f"不能小于{least}", f"It must be at least {least}")
    if number > limit:
        refuse("too_large", f"不能大于{limit}", f"It must be at most {limit}")
    return number


BOUNDS = frozenset(("min", "max", "unit"))
TYPES = (
    AnswerType("amount", _amount, BOUNDS | {"decimals"}),
    AnswerType("area", _area, BOUNDS | {"decimals"}),
    AnswerType("measure", _area, BOUNDS | {"decimals"}),
    AnswerType("count", _count, BOUNDS),
)
