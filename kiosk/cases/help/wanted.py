"""What is asked in the help service: fields as forms have them, and their judgement.

Each field's answer type cleans, refuses and masks it, so that a slip is told at its field in both
languages. Knows no requests and no tables. Neighbours: `services` says where each is asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from forms.definition import Choice, Field, Rule, Text
from forms.fields import ANSWER_TYPES, Asked, Refused
from forms.rules import evaluate
from forms.schema import REQUIRED, is_empty
from kiosk.errors import FieldProblem, Invalid

HOUSEHOLD = 6
"""So many people of a household one visit is for, at most."""


def _choices(*entries: tuple[str, str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, Text(zh, en)) for code, zh, en in entries)


def _text(name: str, zh: str, en: str, most: int, lines: int = 1, **more: Any) -> Field:
    return Field(name, Text(zh, en), "text", params={"max": most, "lines": lines}, **more)


def _when(field: str, *codes: str) -> Rule:
    return Rule({"in": [{"var": field}, list(codes)]})


NAME = Field("name", Text("居民姓名", "The resident's name"), "name")
ID_NUMBER = Field("id_number", Text("居民身份证号", "The resident's ID number"), "resident_id")
PHONE = Field("phone", Text("联系电话", "Telephone"), "phone")
NOTE = _text("note", "咨询内容", "What was said", 1000, 4)
REMARK = _text("remark", "备注", "Remark", 500, 3, required=False)
PROJECT = _text("project", "项目或事由", "Project or matter", 120, required=False)
MISSING = Field(
    "missing",
    Text("要补充的材料或内容", "What is missing or wrong"),
    "text",
    hint=Text("每行写一项，一次说全。", "One thing per line; name everything at once."),
    params={"max": 1000, "lines": 5},
)
CASE = Field(
    "case_number",
    Text("办件编号", "Case number"),
    "text",
    hint=Text("凭证上的15位数字", "The 15 digits on the receipt"),
    privacy="public",
    params={"max": 24},
)
WAY = Field(
    "way",
    Text("怎样提醒的？", "How was it told?"),
    "choice",
    privacy="public",
    choices=_choices(
        ("phone", "打电话", "By telephone"),
        ("visit", "上门", "At home"),
        ("message", "发信息", "By message"),
    ),
)
DAY = Field("day", Text("日期", "Day"), "date", privacy="public")
FROM = Field(
    "from",
    Text("开始时间", "From"),
    "text",
    hint=Text("24小时制，如 18:30", "24 hours, such as 18:30"),
    privacy="public",
    params={"max": 5},
)
TO = Field("to", Text("结束时间", "Until"), "text", privacy="public", params={"max": 5})
SERVES = _text("serves", "由谁服务", "Who serves", 50, privacy="public")
RETURN_WAY = Field(
    "return_way",
    Text("结果怎样送回？", "How does the result go back?"),
    "choice",
    privacy="public",
    choices=_choices(
        ("pick_up", "居民以后来取", "The resident picks it up later"),
        ("relative", "亲属来取", "A relative picks it up"),
        ("brought", "帮办员送上门", "The agent brings it"),
        ("express", "快递", "By express"),
        ("electronic", "电子件", "Electronically"),
    ),
)
RECEIVER = Field("receiver", Text("收件人", "Receiver"), "name")
POST_TO = _text("post_to", "收件地址", "Address to send it to", 120)
CARRIER = _text("carrier", "快递公司", "Carrier", 40, privacy="public")
PARCEL = Field(
    "parcel",
    Text("快递单号", "Parcel number"),
    "text",
    privacy="public",
    params={"min": 6, "max": 40},
)
SIGNER = Field("signer", Text("签收人", "Who signed for it"), "name")
SIGNED_ON = Field("signed_on", Text("签收日期", "Signed for on"), "date", privacy="public")

AUTHORITY = Field(
    "authority",
    Text("谁委托的？", "Who asked for the help?"),
    "choice",
    privacy="public",
    choices=_choices(
        ("resident", "居民本人当面委托", "The resident, in person"),
        ("relative", "亲属代为委托", "A relative"),
        ("written", "书面授权委托", "Somebody with a written authority"),
    ),
)
_ANOTHER = _when("authority", "relative", "written")
_IF_ANOTHER = Text("不是居民本人委托时填写", "When it was not the resident")
AUTHORITY_NAME = Field(
    "authority_name",
    Text("委托人姓名", "Name of who asked"),
    "name",
    _ANOTHER,
    hint=_IF_ANOTHER,
)
AUTHORITY_ID = Field(
    "authority_id",
    Text("委托人身份证号", "ID number of who asked"),
    "resident_id",
    _ANOTHER,
    hint=_IF_ANOTHER,
)
AUTHORITY_DAY = Field(
    "authority_day", Text("委托日期", "Date of the authority"), "date", privacy="public"
)
CONSENT = Field(
    "consent",
    Text("居民怎样同意的？", "How did the resident consent?"),
    "choice",
    privacy="public",
    choices=_choices(
        ("signature", "签名同意", "By signature"),
        ("oral", "口头同意，有见证人", "By word of mouth, before a witness"),
    ),
)
WITNESS = Field(
    "witness",
    Text("见证人姓名", "Name of the witness"),
    "name",
    _when("consent", "oral"),
    hint=Text("口头同意时填写", "For consent by word of mouth"),
)
PRESENCE = Field(
    "presence",
    Text("居民在场吗？", "Is the resident here?"),
    "choice",
    privacy="public",
    choices=_choices(
        ("here", "在场", "Yes"),
        ("away", "不在场，全程代为网上办理", "No: everything is handled online for them"),
    ),
)
AWAY_WAY = Field(
    "return_way",
    RETURN_WAY.label,
    "choice",
    _when("presence", "away"),
    hint=Text("居民不在场时选择", "When the resident is not here"),
    privacy="public",
    choices=RETURN_WAY.choices,
)
ASSISTING = (
    *(AUTHORITY, AUTHORITY_NAME, AUTHORITY_ID, AUTHORITY_DAY),
    *(NAME, ID_NUMBER, PHONE, PRESENCE, AWAY_WAY, CONSENT, WITNESS),
)

AT = Field("at", Text("时间", "Time"), "text", hint=FROM.hint, privacy="public", params={"max": 5})
ADDRESS = Field("address", Text("上门地址", "Address"), "address")


def member(number: int) -> tuple[Field, Field]:
    """Return name and item of the household's member ``number``, from 1; the first is needed."""
    needed = number == 1
    return (
        Field(
            f"name_{number}",
            Text(f"第{number}位居民姓名", f"Resident {number}: name"),
            "name",
            required=needed,
        ),
        Field(
            f"item_{number}",
            Text(f"第{number}位办理事项", f"Resident {number}: service"),
            "choice",
            required=needed or Rule({"!": {"!": {"var": f"name_{number}"}}}),
            privacy="public",
        ),
    )


VISITING = (
    *(DAY, AT, ADDRESS, PHONE),
    *(field for number in range(1, HOUSEHOLD + 1) for field in member(number)),
)


SIGNATURE_MISSING = Text(
    "请居民在框内签名；不便签名的，改选口头同意并请见证人。",
    "Please let the resident sign in the box; or choose consent by word of mouth with a witness.",
)


def judged(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cleaned answers; Invalid with every field that is wrong or missing."""
    kept: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for field in fields:
        value = given.get(field.id)
        if is_empty(value):
            if field.required is True or (
                isinstance(field.required, Rule) and evaluate(field.required, given)
            ):
                problems.append(FieldProblem(field.id, "required", REQUIRED))
            continue
        asked = Asked(field.params, {choice.code: choice for choice in field.choices})
        try:
            kept[field.id] = ANSWER_TYPES[field.answer].clean(asked, value)
        except Refused as refused:
            problems.append(FieldProblem(field.id, refused.code, refused.message))
    if problems:
        raise invalid(problems)
    return kept


def invalid(problems: Sequence[FieldProblem]) -> Invalid:
    """Return the refusal of what was entered, for these problems."""
    message = Text("请改正标出的内容。", "Please put the marked entries right.")
    return Invalid("help_invalid", message, tuple(problems))


def wrong(field: Field, code: str, zh: str, en: str) -> Invalid:
    """Return the refusal of one field."""
    return invalid([FieldProblem(field.id, code, Text(zh, en))])
