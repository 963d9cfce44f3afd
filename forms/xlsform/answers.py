"""What an answer type is in an XLSForm: type, appearance, constraint and its message.

The constraints say the same as the answer types of `forms.fields`, check digits too, but only for
answers already in their plain form: a form cannot take blanks out of a number or make a letter
large. Must not know rules or rows. Neighbours: `rows` uses `ANSWERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forms.definition import Text
from forms.fields.identifiers import ID_WEIGHTS, USCC_ALPHABET, USCC_WEIGHTS
from forms.xlsform.terms import quoted

Bounds = Mapping[str, Any]
Constraint = Callable[[Bounds], list[str]]

_DAY = (
    "((0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)(0[1-9]|[12][0-9]|30)|02(0[1-9]|[12][0-9]))"
)
_ID = f"^[0-9]{{6}}(18[5-9]|19[0-9]|[2-9][0-9][0-9])[0-9]{_DAY}[0-9]{{3}}[0-9X]$"
_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "0(10|2[0-9]|[3-9][0-9]{2})-?[2-9][0-9]{6,7}"
_NAME = r'^[^0-9_!"#$%&()*+,/:;<=>?@\[\\\]^`{|}~]{2,50}$'


@dataclass(frozen=True, slots=True)
class Written:
    """How one answer type is written. `constraint` gives conditions that are joined by `and`."""

    type: str
    message: Text | None = None
    constraint: Constraint = lambda bounds: []
    appearance: str = ""


def _sign(place: int) -> str:
    return f"substr(., {place}, {place + 1})"


def _resident_id(bounds: Bounds) -> list[str]:
    # ISO 7064 MOD 11-2: with the check sign weighing 1 the sum leaves 1.
    terms = [f"number({_sign(place)}) * {weight}" for place, weight in enumerate(ID_WEIGHTS)]
    terms.append("if(substr(., 17, 18) = 'X', 10, number(substr(., 17, 18)))")
    year = "number(substr(., 6, 10))"
    leap = f"{year} mod 4 = 0 and ({year} mod 100 != 0 or {year} mod 400 = 0)"
    return [
        f"regex(., '{_ID}')",
        f"(substr(., 10, 14) != '0229' or {leap})",
        f"({' + '.join(terms)}) mod 11 = 1",
    ]


def _uscc(bounds: Bounds) -> list[str]:
    # The place of a sign in the alphabet is the length of what stands before it.
    values = [
        f"string-length(substring-before('{USCC_ALPHABET}', {_sign(place)})) * {weight}"
        for place, weight in enumerate((*USCC_WEIGHTS, 1))
    ]
    return [f"regex(., '^[{USCC_ALPHABET}]{{18}}$')", f"({' + '.join(values)}) mod 31 = 0"]


def _bank_card(bounds: Bounds) -> list[str]:
    # Luhn counts from the right: with noughts before it every number has 19 digits.
    digits = "concat(substr('0000000', string-length(.) - 12), .)"
    values = []
    for place in range(19):
        digit = f"substr({digits}, {place}, {place + 1})"
        doubled = f"translate({digit}, '0123456789', '0246813579')"
        values.append(f"number({doubled if place % 2 else digit})")
    return ["regex(., '^[0-9]{12,19}$')", f"({' + '.join(values)}) mod 10 = 0"]


def _matching(pattern: str) -> Constraint:
    return lambda bounds: [f"regex(., {quoted(pattern)})"]


def _length(bounds: Bounds) -> list[str]:
    least, most = bounds.get("min", 1), bounds.get("max", 200)
    return [f"string-length(.) >= {least}", f"string-length(.) <= {most}"]


def _between(least: int, most: int) -> Constraint:
    return lambda bounds: [f". >= {bounds.get('min', least)}", f". <= {bounds.get('max', most)}"]


def _decimal(most: str) -> Constraint:
    def conditions(bounds: Bounds) -> list[str]:
        scale = 10 ** int(bounds.get("decimals", 2))
        # Binary fractions: 0.29 * 100 is not quite 29.
        exact = f"abs(. * {scale} - round(. * {scale})) < 0.0001"
        return [f". >= {bounds.get('min', 0)}", f". <= {bounds.get('max', most)}", exact]

    return conditions


def day_bounds(bounds: Bounds) -> list[str]:
    """Return the conditions of a date's `min` and `max`."""
    signs = {"min": ">=", "max": "<="}
    return [
        f"date(.) {sign} date('{bounds[name]}')" for name, sign in signs.items() if name in bounds
    ]


def _picked(bounds: Bounds) -> list[str]:
    signs = {"min": ">=", "max": "<="}
    return [
        f"count-selected(.) {sign} {bounds[name]}" for name, sign in signs.items() if name in bounds
    ]


_WITHIN = Text("数字超出范围或小数位太多", "The number is out of range or has too many decimals")
_PHONE = Text("请填写手机号，或带区号的固定电话", "Give a mobile, or a landline with area code")
ANSWERS: Mapping[str, Written] = {
    "text": Written("text", Text("字数不符合要求", "The text is too short or too long"), _length),
    "name": Written(
        "text", Text("请填写姓名，2至50个字", "Give a name of 2 to 50 characters"), _matching(_NAME)
    ),
    "resident_id": Written(
        "text",
        Text("公民身份号码不对，请逐位核对", "The ID number is wrong; compare it with the card"),
        _resident_id,
    ),
    "uscc": Written(
        "text", Text("统一社会信用代码不对，请核对", "The credit code is not right"), _uscc
    ),
    "bank_card": Written(
        "text", Text("银行卡号不对，请核对", "The card number is not right"), _bank_card, "numbers"
    ),
    "mobile": Written("text", _PHONE, _matching(f"^{_MOBILE}$"), "numbers"),
    "landline": Written("text", _PHONE, _matching(f"^{_LANDLINE}$"), "numbers"),
    "phone": Written("text", _PHONE, _matching(f"^({_MOBILE}|{_LANDLINE})$"), "numbers"),
    "postal_code": Written(
        "text",
        Text("邮政编码应为6位数字", "A postal code has 6 digits"),
        _matching("^[0-9]{6}$"),
        "numbers",
    ),
    "date": Written("date", Text("日期超出范围", "The date is out of range"), day_bounds),
    "year": Written(
        "integer", Text("年份超出范围", "The year is out of range"), _between(1850, 2199)
    ),
    "amount": Written("decimal", _WITHIN, _decimal("999999999999.99")),
    "area": Written("decimal", _WITHIN, _decimal("9999999.99")),
    "measure": Written("decimal", _WITHIN, _decimal("9999999.99")),
    "count": Written("integer", _WITHIN, _between(0, 999_999_999)),
    "choice": Written("select_one"),
    "choices": Written(
        "select_multiple", Text("选择的项数不对", "Too few or too many are chosen"), _picked
    ),
    "yes_no": Written("select_one"),
    "photo": Written("image"),
    "signature": Written("image", appearance="signature"),
    # Several questions in a group: `parts` of `rows` writes them.
    "address": Written("begin_group", Text("请写清门牌地址", "Write the address out")),
    "period": Written(
        "begin_group", Text("结束日期不能早于开始日期", "The last day cannot be before the first")
    ),
}
