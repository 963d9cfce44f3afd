"""What differs between two releases, in plain words: which part of an item, before and after. Pure.

`forms.differences` finds the changes and names places by the words and ids of the documents; here
ids become the labels that people know. Neighbours: `comparing` draws the page.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.definition import JSON, Text
from forms.differences import Change
from forms.release import Catalogue

#: The words of a place, those of several words first.
WORDS: Mapping[str, Text] = {
    "asked when": Text("何时要", "asked when"),
    "shown when": Text("何时显示", "shown when"),
    "answer": Text("回答方式", "kind of answer"),
    "audience": Text("服务对象", "who may apply"),
    "basis": Text("依据", "legal basis"),
    "case_type": Text("办件类型", "kind of case"),
    "category": Text("类别", "category"),
    "check": Text("校验", "check"),
    "choice": Text("选项", "choice"),
    "commitment": Text("承诺书", "written promise"),
    "complaints": Text("投诉渠道", "complaints"),
    "conditions": Text("受理条件", "conditions"),
    "contact": Text("咨询方式", "whom to ask"),
    "deferrable": Text("可以容缺", "may follow later"),
    "deferral": Text("容缺期限", "time to hand in later"),
    "delivery": Text("结果送达", "delivery"),
    "department": Text("主管部门", "department"),
    "en": Text("英文", "English"),
    "express_delivery": Text("可以快递", "sent by post"),
    "fee": Text("收费", "fee"),
    "field": Text("问题", "question"),
    "form": Text("形式", "form"),
    "help_available": Text("可以帮代办", "help offered"),
    "hint": Text("提示", "hint"),
    "hours": Text("办理时间", "hours"),
    "kind": Text("类型", "kind"),
    "label": Text("名称", "label"),
    "life_event": Text("人生事件", "life event"),
    "limit": Text("限制", "limit"),
    "list": Text("公用清单", "shared list"),
    "max": Text("最大", "most"),
    "max_length": Text("最多字数", "most characters"),
    "message": Text("提示语", "message"),
    "min": Text("最小", "least"),
    "name": Text("名称", "name"),
    "order": Text("顺序", "order"),
    "places": Text("办理地点", "places"),
    "privacy": Text("隐私级别", "privacy"),
    "procedure": Text("办理流程", "procedure"),
    "promised": Text("承诺时限", "promised time"),
    "provenance": Text("来源说明", "provenance"),
    "repeat": Text("重复填写", "repeats"),
    "required": Text("必填", "must be answered"),
    "requirement": Text("材料", "material"),
    "result": Text("办理结果", "result"),
    "rule": Text("规则", "rule"),
    "search_words": Text("搜索词", "search words"),
    "section": Text("部分", "section"),
    "source": Text("来源", "source"),
    "statutory": Text("法定时限", "legal limit"),
    "title": Text("标题", "title"),
    "unit": Text("单位", "unit"),
    "value": Text("数值", "number"),
    "visits": Text("到现场次数", "visits"),
    "zh": Text("中文", "Chinese"),
}
_LONGEST = max(len(words.split()) for words in WORDS)
#: A value longer than this is cut.
MOST = 300


@dataclass(frozen=True, slots=True)
class Spoken:
    """One change as people read it; `before` is None for what came, `after` for what went."""

    place: Text
    before: Text | None
    after: Text | None


def spoken(change: Change, names: Mapping[str, Text]) -> Spoken:
    """Return a change in words; `names` has the labels of ids."""
    parts = [*_parts(change.place, names)]
    place = Text(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))
    return Spoken(place, _value(change.before), _value(change.after))


def names_of(code: str, *catalogues: Catalogue) -> dict[str, Text]:
    """Return the labels of everything with an id in an item, of the last catalogue that has it."""
    found: dict[str, Text] = {}
    for catalogue in catalogues:
        known = json.loads(catalogue.content)["items"].get(code)
        if known is not None:
            found |= dict(_named(json.loads(known["item"])))
    return found


def _named(value: JSON) -> Iterator[tuple[str, Text]]:
    if isinstance(value, dict):
        key = value.get("id", value.get("code"))
        label = next((value[name] for name in ("label", "title", "name") if name in value), None)
        text = _text(label)
        if isinstance(key, str) and text is not None:
            yield key, text
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _parts(place: str, names: Mapping[str, Text]) -> Iterator[Text]:
    words = place.split()
    while words:
        for length in range(min(_LONGEST, len(words)), 0, -1):
            taken = " ".join(words[:length])
            if taken in WORDS or length == 1:
                break
        yield WORDS.get(taken) or names.get(taken, Text(taken, taken))
        del words[:length]


def _value(value: JSON) -> Text | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, dict):
        label = next((value[name] for name in ("label", "title", "name") if name in value), value)
        if (text := _text(label)) is not None:
            return text
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    short = plain if len(plain) <= MOST else plain[:MOST] + "…"
    return Text(short, short)


def _text(value: JSON) -> Text | None:
    """Return a text in both languages, None when it is something else."""
    if isinstance(value, dict) and isinstance(value.get("zh"), str):
        return Text(str(value["zh"]), str(value.get("en", value["zh"])))
    return None
