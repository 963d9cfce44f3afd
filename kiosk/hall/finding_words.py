"""What is found at a terminal, in words: why its light is what it is.

Knows no rule. Neighbours: `terminal_lights` decides which finding counts, `monitor` joins both.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from forms.definition import Text
from kiosk import clock
from kiosk.hall.terminal_lights import Moment
from sync import versions
from sync.ledger import HELD, QUARANTINED, Terminal

#: In a word or two, where many terminals are counted or looked for.
SHORT: Mapping[str, Text] = {
    "pending": Text("等待批准", "Waits for approval"),
    "revoked": Text("已撤销", "Revoked"),
    "forked": Text("身份重复", "Forked"),
    "twins": Text("两台同身份", "Two machines"),
    "paused": Text("维护中", "In maintenance"),
    "unread": Text("终端版本不符", "Version not read here"),
    "quarantined": Text("有记录被隔离", "Quarantine"),
    "held": Text("中心需要升级", "Hall needs an update"),
    "unheard": Text("还没有联系过", "Not heard of yet"),
    "silent": Text("没有联系", "Silent"),
    "old": Text("积压超过 4 小时", "Old queue"),
    "late": Text("迟到", "Late"),
    "cloned": Text("曾被回退", "Rolled back"),
    "release": Text("未收目录", "Release refused"),
    "skewed": Text("时钟偏差", "Clock off"),
    "disk": Text("磁盘不足", "Disk low"),
    "error": Text("传输有错误", "Exchange error"),
    "closed": Text("未开放", "Closed"),
    "sending": Text("正在传送", "Sending"),
    "well": Text("正常", "Well"),
}

_PLAIN: Mapping[str, Text] = {
    "pending": Text("等待批准：请核对指纹", "Waiting for approval: compare the fingerprint"),
    "revoked": Text("已撤销", "Revoked"),
    "forked": Text("身份重复：两台机器共用", "Forked: two machines use one identity"),
    "twins": Text("两台机器轮流以同一身份联系", "Two machines with one identity are at work"),
    "unheard": Text("还没有联系过", "Not heard of yet"),
    "old": Text("有办件积压超过 4 小时", "A case has waited for more than 4 hours"),
    "cloned": Text("曾被回退，或另有一台副本", "Was rolled back, or there is a copy of it"),
    "release": Text("没有收下新的事项目录", "Refuses the new catalogue release"),
    "skewed": Text("时钟偏差超过 5 分钟", "The clock is off by more than 5 minutes"),
    "disk": Text("磁盘空间不足 1 GB 或 10%", "Less than 1 GB or 10 % of disk left"),
    "error": Text("传输有错误，见详情", "The exchange reports an error"),
    "well": Text("正常，全部送达", "Well, everything delivered"),
}


def words_of(code: str, terminal: Terminal, tally: Mapping[str, int], at: Moment) -> Text:
    """Return the words for what was found at a terminal at this moment."""
    said = _WITH_FIGURES.get(code)
    return said(terminal, tally, at) if said else _PLAIN[code]


def _paused(terminal: Terminal, _tally: Mapping[str, int], _at: Moment) -> Text:
    until = terminal.paused_until
    at = f"{until.astimezone(clock.LOCAL):%m-%d %H:%M}" if until else ""
    return Text(f"维护中，至 {at}", f"In maintenance until {at}")


def _unread(terminal: Terminal, _tally: Mapping[str, int], _at: Moment) -> Text:
    version, read = terminal.unread_version, versions.SPOKEN[-1]
    return Text(
        f"需要升级：终端用第{version}版，中心能读第{read}版",
        f"Needs an update: it writes version {version}, this hall reads {read}",
    )


def _quarantined(_terminal: Terminal, tally: Mapping[str, int], _at: Moment) -> Text:
    count = tally[QUARANTINED]
    return Text(f"有 {count} 条记录被隔离", f"{count} entries quarantined")


def _held(_terminal: Terminal, tally: Mapping[str, int], _at: Moment) -> Text:
    count = tally[HELD]
    return Text(
        f"中心需要升级：{count} 条记录在等待", f"{count} entries wait for an update of the hall"
    )


def _silent(terminal: Terminal, _tally: Mapping[str, int], at: Moment) -> Text:
    minutes = _minutes(terminal.last_seen, at.now)
    return Text(
        f"{_long_zh(minutes)}没有联系：停电还是断线？",
        f"Not seen for {_long_en(minutes)}: no power or no line?",
    )


def _late(terminal: Terminal, _tally: Mapping[str, int], at: Moment) -> Text:
    # Of a station that has just opened, only since then.
    since = max(terminal.last_seen or at.now, at.opened or at.now)
    minutes = _minutes(since, at.now)
    return Text(f"迟到 {minutes} 分钟", f"Late {minutes} min")


def _closed(terminal: Terminal, _tally: Mapping[str, int], at: Moment) -> Text:
    minutes = _minutes(terminal.last_seen, at.now)
    zh, en = ("站点未开放", "Closed now") if at.opened is None else ("站点刚开放", "Just opened")
    return Text(f"{zh}，{_long_zh(minutes)}没有联系", f"{en}; not seen for {_long_en(minutes)}")


def _sending(terminal: Terminal, _tally: Mapping[str, int], _at: Moment) -> Text:
    count = terminal.reported_pending
    return Text(f"正在传送，还有 {count} 条", f"Sending, {count} to go")


_WITH_FIGURES: Mapping[str, Callable[[Terminal, Mapping[str, int], Moment], Text]] = {
    "paused": _paused,
    "unread": _unread,
    "quarantined": _quarantined,
    "held": _held,
    "silent": _silent,
    "late": _late,
    "closed": _closed,
    "sending": _sending,
}


def _minutes(since: datetime | None, now: datetime) -> int:
    return int((now - (since or now)).total_seconds() // 60)


def _long_zh(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 2880 else f"{minutes // 1440} 天"


def _long_en(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
