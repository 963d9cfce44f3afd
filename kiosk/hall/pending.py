"""The oldest entries that a terminal says wait there: what kind, since when, where in its chain.

Nothing of a case is told, for the hall does not have the case yet. Neighbours: `sync.journal` lists
them at the terminal, `reported` keeps the report, `terminal` shows it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forms.definition import Text
from kiosk import clock
from sync.envelope import MAX_NUMBER
from sync.journal import MOST_TOLD
from sync.ledger import Terminal

#: What the kinds of entries are called; a later one is shown as it is named.
WORDS = {
    "case.submitted": Text("新办件", "New case"),
    "case.corrected": Text("补正", "Correction"),
    "case.withdrawn": Text("撤回", "Withdrawal"),
    "case.supplied": Text("补交材料", "Document supplied later"),
    "case.rated": Text("评价", "Rating"),
    "help.opened": Text("帮代办服务", "Help begun"),
    "help.step": Text("帮代办进展", "Step of help"),
    "counter.day": Text("窗口一日统计", "A day at the counter"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits at a terminal, as it last reported."""

    words: Text
    recorded_at: datetime
    place: str
    #: It came after that report.
    has_come: bool


def kept(told: Any) -> str | None:
    """Return a terminal's list of what waits as it is kept; None when it does not tell.

    Raises KeyError, TypeError, ValueError or OverflowError for one that is malformed.
    """
    if told is None:
        return None
    if not isinstance(told, list) or len(told) > MOST_TOLD:
        raise ValueError("what waits is no list of a possible length")
    return json.dumps(
        [
            {
                "kind": str(each["kind"])[:40],
                "recorded_at": _time(each["recorded_at"]),
                "epoch": _number(each["epoch"]),
                "seq": _number(each["seq"]),
            }
            for each in told
        ]
    )


def of(terminal: Terminal) -> tuple[Waiting, ...]:
    """Return what waits at a terminal, in the order of its chain."""
    cursor = (terminal.cursor_epoch, terminal.cursor_seq)
    return tuple(
        Waiting(
            words=WORDS.get(each["kind"], Text(each["kind"], each["kind"])),
            recorded_at=clock.instant(each["recorded_at"]),
            place=f"{each['epoch']}/{each['seq']}",
            has_come=(each["epoch"], each["seq"]) <= cursor,
        )
        for each in json.loads(terminal.reported_waiting or "[]")
    )


def _time(told: Any) -> int:
    """Return microseconds that are an instant."""
    found = int(told)
    clock.instant(found)
    return found


def _number(told: Any) -> int:
    if type(told) is not int or not 0 < told <= MAX_NUMBER:
        raise ValueError("the place is none")
    return told
