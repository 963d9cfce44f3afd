"""Free words: a person's name and text with a length.

Must not know items or rules. Lengths count characters after trimming. Params of text: `min`,
`max` (default 1 and 200) and `lines` (how many lines a page should offer, default 1).
"""

import re
import unicodedata

from forms.fields.answer import AnswerType, Asked, plain, refuse

NAME = re.compile(r"[^\W\d_]+(?:[·.'’ -][^\W\d_]+)*")
MIDDLE_DOTS = re.compile(r"[•・‧∙●]")


def _text(asked: Asked, value: object) -> str:
    if not isinstance(value, str):
        refuse("wrong_type", "这里应填写文字", "Enter text here")
    # Full-width signs are kept: they are how Chinese is written.
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\t", " ")).strip()
    if any(
        unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co"} and sign != "\n" for sign in text
    ):
        refuse(
            "invisible_characters", "含有看不见的字符，请重新输入", "Remove invisible characters"
        )
    if asked.whole("lines", 1) == 1:
        text = " ".join(text.split())
    least, most = asked.whole("min", 1), asked.whole("max", 200)
    if len(text) < least:
        refuse("too_short", f"请至少填写{least}个字", f"Write at least {least} characters")
    if len(text) > most:
        refuse("too_long", f"最多填写{most}个字", f"Write at most {most} characters")
    return text


def _name(asked: Asked, value: object) -> str:
    name = " ".join(MIDDLE_DOTS.sub("·", plain(value)).split())
    if len(name) < 2 or len(name) > 50:
        refuse("name_length", "姓名应为2至50个字", "A name has 2 to 50 characters")
    if not NAME.fullmatch(name):
        refuse(
            "name_characters",
            "姓名只能有汉字、字母和间隔号",
            "A name has only letters, Chinese characters and dots between them",
        )
    return name


def _first_sign(value: str) -> str:
    return value[:1] + "*" * max(min(len(value) - 1, 2), 1)


TYPES = (
    AnswerType("text", _text, frozenset(("min", "max", "lines"))),
    AnswerType("name", _name, mask=_first_sign),
)
