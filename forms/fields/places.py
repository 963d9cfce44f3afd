"""Where someone lives: a division code of the service area and the rest in words.

Must not know items or rules. The answer is {"division": 12-digit code, "detail": text}. With
param `anywhere` true the division may be missing: the place then lies outside the area and the
detail holds the whole address. The divisions themselves are the field's choices.
"""

from forms.definition import JSON
from forms.fields.answer import AnswerType, Asked, plain, refuse

DETAIL_MAX = 100


def _address(asked: Asked, value: object) -> JSON:
    if not isinstance(value, dict) or not set(value) <= {"division", "detail"}:
        refuse("wrong_type", "请选择村（社区）并填写门牌", "Choose the village and give the house")
    division, detail = value.get("division") or None, plain(value.get("detail") or "")
    least = 2
    if division is None:
        if asked.params.get("anywhere") is not True:
            refuse("division_missing", "请选择所在的村（社区）", "Choose the village or community")
        least = 6
    elif not isinstance(division, str) or division not in asked.choices:
        refuse("unknown_division", "没有这个村（社区）", "There is no such village or community")
    if not least <= len(detail) <= DETAIL_MAX:
        refuse(
            "detail_length",
            f"请写清门牌地址（{least}至{DETAIL_MAX}个字）",
            f"Write the address in {least} to {DETAIL_MAX} characters",
        )
    return {"division": division, "detail": detail} if division else {"detail": detail}


TYPES = (AnswerType("address", _address, frozenset(("anywhere",))),)
