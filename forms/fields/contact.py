"""Ways to reach someone: mobile, landline, either, postal code.

Must not know items or rules. Number shapes follow the national numbering plan as in everyday
use: mobiles are 11 digits from 13 to 19, landlines carry an area code that starts with 0.
"""

import re

from forms.fields.answer import AnswerType, Asked, compact, refuse

MOBILE_PATTERN = re.compile(r"1[3-9]\d{9}", re.ASCII)
LANDLINE_PATTERN = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}", re.ASCII)
POSTAL_PATTERN = re.compile(r"\d{6}", re.ASCII)


def _digits(value: object) -> str:
    number = compact(value).replace("(", "").replace(")", "")
    for prefix in ("+86", "0086"):
        number = number.removeprefix(prefix)
    return number


def _mobile(asked: Asked, value: object) -> str:
    number = _digits(value)
    if not MOBILE_PATTERN.fullmatch(number):
        refuse(
            "mobile_format", "手机号应为1开头的11位数字", "A mobile number is 11 digits, first 1"
        )
    return number


def _landline(asked: Asked, value: object) -> str:
    number = _digits(value)
    if not LANDLINE_PATTERN.fullmatch(number):
        refuse(
            "landline_format",
            "固定电话请带区号，例如 0512-58000000",
            "Give the landline with its area code, for example 0512-58000000",
        )
    return number


def _phone(asked: Asked, value: object) -> str:
    number = _digits(value)
    if not (MOBILE_PATTERN.fullmatch(number) or LANDLINE_PATTERN.fullmatch(number)):
        refuse(
            "phone_format",
            "请填写11位手机号，或带区号的固定电话",
            "Enter an 11-digit mobile number, or a landline with its area code",
        )
    return number


def _postal_code(asked: Asked, value: object) -> str:
    code = compact(value)
    if not POSTAL_PATTERN.fullmatch(code):
        refuse("postal_code_format", "邮政编码应为6位数字", "A postal code has 6 digits")
    return code


def _first3_last4(value: str) -> str:
    return value[:3] + "****" + value[-4:] if len(value) > 7 else "****"


TYPES = (
    AnswerType("mobile", _mobile, mask=_first3_last4),
    AnswerType("landline", _landline, mask=_first3_last4),
    AnswerType("phone", _phone, mask=_first3_last4),
    AnswerType("postal_code", _postal_code),
)
