"""The rules: what is worth an alert, how it is called, and from which measure on.

The measures are those of the lights, so that a light and an alert never contradict each other.
Neighbour: `findings` looks for each of them.
"""

from dataclasses import dataclass
from datetime import timedelta

from forms.definition import Text
from kiosk.api.health import LOW_DISK
from kiosk.backup import model as backups
from kiosk.hall.certified import WARNED
from kiosk.hall.terminal_lights import LOW_DISK_BYTES, LOW_DISK_PART, OLD, SILENT, SKEW_MS

__all__ = [
    "BY_ID",
    "LOW_DISK",
    "LOW_DISK_BYTES",
    "OLD",
    "RULES",
    "SILENT",
    "SKEW_MS",
    "STUCK",
    "Rule",
]

#: Waiting jobs and answers that a terminal does not fetch are stuck after this time.
STUCK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is watched; ``of_hall`` tells that it concerns no single terminal."""

    id: str
    name: Text
    #: When it fires, in words.
    when: Text
    of_hall: bool = False


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


_SILENT, _OLD, _STUCK = _minutes(SILENT), _hours(OLD), _minutes(STUCK)
_SKEW, _DISK = SKEW_MS // 60_000, LOW_DISK_BYTES // 1024**3
_DISK_PERCENT = 100 // LOW_DISK_PART
_BACKUP = _hours(backups.LATE)

RULES = (
    Rule(
        "silent",
        Text("没有联系", "Not seen"),
        Text(
            f"开放时间内超过 {_SILENT} 分钟没有联系",
            f"Not seen for more than {_SILENT} minutes of opening hours",
        ),
    ),
    Rule(
        "backlog",
        Text("积压过久", "Old backlog"),
        Text(
            f"最早一条未送达的记录已等 {_OLD} 小时以上",
            f"The oldest undelivered entry has waited for more than {_OLD} hours",
        ),
    ),
    Rule(
        "quarantine",
        Text("有记录被隔离", "Quarantine"),
        Text("有任何一条记录被隔离", "Any entry is in quarantine"),
    ),
    Rule(
        "identity",
        Text("身份可疑", "Doubtful identity"),
        Text(
            "两台机器共用一个身份，或曾被回退、复制",
            "Two machines with one identity, or one that was rolled back or copied",
        ),
    ),
    Rule(
        "clock",
        Text("时钟不准", "Clock off"),
        Text(
            f"时钟偏差超过 {_SKEW} 分钟",
            f"The clock is off by more than {_SKEW} minutes",
        ),
    ),
    Rule(
        "disk",
        Text("磁盘将满", "Disk nearly full"),
        Text(
            f"磁盘空间不足 {_DISK} GB，或不足 {_DISK_PERCENT}%",
            f"Less than {_DISK} GB of disk left, or less than {_DISK_PERCENT} % of it",
        ),
    ),
    Rule(
        "version",
        Text("需要升级", "Needs an update"),
        Text("终端所用的版本中心不认识", "It writes in a version that this hall cannot read"),
    ),
    Rule(
        "feed",
        Text("取不走答复", "Answers not fetched"),
        Text(
            f"有联系，但给它的答复 {_STUCK} 分钟以上没有取走",
            f"It is in contact and has not fetched its answers for more than {_STUCK} minutes",
        ),
    ),
    Rule(
        "certificate",
        Text("证书将到期", "Certificate ends"),
        Text(
            f"站内网络的证书在 {WARNED.days} 天内到期，终端没有自动更换",
            f"Its certificate for the station's network ends within {WARNED.days} days, and the "
            "terminal has not fetched the next one",
        ),
    ),
    Rule(
        "backup",
        Text("备份过期", "Backup late"),
        Text(
            f"中心超过 {_BACKUP} 小时没有成功备份，或上次备份有问题",
            f"The hall has had no good backup for {_BACKUP} hours, or the last one has a problem",
        ),
        of_hall=True,
    ),
    Rule(
        "storage",
        Text("中心磁盘将满", "The hall's disk"),
        Text(
            f"中心的磁盘剩余不足 {LOW_DISK:.0%}",
            f"Less than {LOW_DISK:.0%} of the hall's own disk is left",
        ),
        of_hall=True,
    ),
    Rule(
        "queue",
        Text("后台任务受阻", "Background work stands"),
        Text(
            f"后台任务等了 {_STUCK} 分钟以上，或有任务失败",
            f"A job has waited for more than {_STUCK} minutes, or one has failed",
        ),
        of_hall=True,
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
