"""Things that are captured, not typed: a photo and a signature, each given as a material id.

Must not know where materials are kept or whether one exists: whoever attaches it checks that.
"""

import re

from forms.fields.answer import AnswerType, Asked, plain, refuse

MATERIAL_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")


def _photo(asked: Asked, value: object) -> str:
    identifier = plain(value)
    if not MATERIAL_ID.fullmatch(identifier):
        refuse("not_a_material", "请重新拍照或上传", "Take or upload the picture again")
    return identifier


def _signature(asked: Asked, value: object) -> str:
    identifier = plain(value)
    if not MATERIAL_ID.fullmatch(identifier):
        refuse("not_a_material", "请重新签名", "Sign again")
    return identifier


TYPES = (AnswerType("photo", _photo), AnswerType("signature", _signature))
