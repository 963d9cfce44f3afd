"""What a notice says: how many, which rule, which stations; in JSON and as a mail, zh and en.

No personal data can be in it: it is made of rules, numbers and names of stations. Neighbours:
`rounds` has it made, `sending` carries it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk import clock
from kiosk.hall.alerting.rules import BY_ID, Rule

#: So many stations are named for each rule; the rest is counted.
NAMED = 10
#: From so many terminals silent at once on, the hall's own line is the likelier reason.
MANY = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert concerns: a terminal by number and station, or the hall itself (empty)."""

    terminal: str
    station: str
    since: datetime


def body(
    kind: str, at: datetime, groups: Mapping[str, Sequence[Subject]], known: int
) -> dict[str, Any]:
    """Return the message of a notice: ``kind`` is ``firing``, ``recovered`` or ``test``.

    ``groups`` has what each rule found, ``known`` how many terminals the hall has in all.
    """
    rules = [_of_rule(BY_ID[rule], found) for rule, found in groups.items()]
    return {
        "kind": kind,
        "at": at.isoformat(timespec="seconds"),
        "count": sum(len(found) for found in groups.values()),
        "title": _title(kind, groups),
        "hint": _hint(kind, groups, known),
        "rules": rules,
    }


def mail(message: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and text of the mail for a message: Chinese first, English below."""
    subject = f"[Jishiban] {message['title']['zh']} / {message['title']['en']}"
    parts = []
    for language in ("zh", "en"):
        lines = [message["title"][language], _time(message["at"])]
        for rule in message["rules"]:
            lines += ["", f"{rule['name'][language]} ({rule['count']})", rule["when"][language]]
            lines += [f"  {each['terminal']}  {each['station']}" for each in rule["first"]]
            if rule["count"] > len(rule["first"]) > 0:
                lines.append(f"  … +{rule['count'] - len(rule['first'])}")
        if message["hint"]:
            lines += ["", message["hint"][language]]
        parts.append("\n".join(lines))
    return subject, "\n\n----\n\n".join(parts) + "\n"


def _time(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(clock.LOCAL):%Y-%m-%d %H:%M} (Asia/Shanghai)"


def _of_rule(rule: Rule, found: Sequence[Subject]) -> dict[str, Any]:
    first = sorted(found, key=lambda each: (each.since, each.terminal))[:NAMED]
    return {
        "rule": rule.id,
        "name": {"zh": rule.name.zh, "en": rule.name.en},
        "when": {"zh": rule.when.zh, "en": rule.when.en},
        "count": len(found),
        "since": first[0].since.isoformat(timespec="seconds"),
        "first": [
            {"terminal": each.terminal, "station": each.station} for each in first if each.terminal
        ],
    }


def _title(kind: str, groups: Mapping[str, Sequence[Subject]]) -> dict[str, str]:
    count = sum(len(found) for found in groups.values())
    names = [BY_ID[rule].name for rule in groups]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    if kind == "test":
        return {"zh": "测试告警", "en": "Test of the alerts"}
    if kind == "recovered":
        return {"zh": f"{count} 项告警已恢复：{zh}", "en": f"{count} over: {en}"}
    return {"zh": f"{count} 项告警：{zh}", "en": f"{count} alert{'s' if count > 1 else ''}: {en}"}


def _hint(kind: str, groups: Mapping[str, Sequence[Subject]], known: int) -> dict[str, str] | None:
    silent = len(groups.get("silent", ()))
    if kind != "firing" or silent < MANY or silent * 2 < known:
        return None
    return {
        "zh": f"{known} 台终端中有 {silent} 台同时没有联系：先查中心自己的网络。",
        "en": f"{silent} of {known} terminals fell silent at once: look at the hall's line first.",
    }
