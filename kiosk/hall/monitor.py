"""The state of every terminal, worst first: a light, and the reason in words.

Everything is derived from the terminal's row and the ledger at the moment of
asking; nothing is kept a second time. Thresholds are those of the alerts.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from forms.definition import Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.db import reading
from kiosk.hall import tablets
from kiosk.hall.refusals import refusal_in_words
from kiosk.hall.tablets import TabletState
from sync import ledger, releases, versions
from sync.ledger import Terminal

SILENT = timedelta(minutes=15)
LATE = timedelta(minutes=2)
OLD = timedelta(hours=4)
SKEW_MS = 5 * 60 * 1000
LOW_DISK_BYTES = 1024**3

RED, YELLOW, GREEN, GREY = "red", "yellow", "green", "grey"
_RANK = {RED: 0, YELLOW: 1, GREEN: 2, GREY: 3}


@dataclass(frozen=True, slots=True)
class TerminalState:
    """One row of the overview; ``words`` says why the light is what it is."""

    number: str
    station_code: str
    station_name: str
    standing: str
    light: str
    words: Text
    last_seen: datetime | None
    last_entry_at: datetime | None
    pending: int
    oldest_at: datetime | None
    blobs_outstanding: int
    applied: int
    held: int
    quarantined: int
    refused: int
    last_error: str | None
    skew_ms: int | None
    version: str | None
    disk_free: int | None
    #: The catalogue release it offers to people; another than the hall's; why it refused that.
    release: str | None
    is_older: bool
    refused_release: str | None
    refusal: Text | None
    #: Two machines with its identity were noticed, or may be at work: an admin should look.
    is_doubtful: bool
    #: Entries that contradict the ledger, kept beside it.
    kept_apart: int
    #: As it last told of them; those in use first.
    devices: tuple[TabletState, ...]

    @property
    def created(self) -> int:
        """All entries the terminal is known to have made (I6)."""
        return self.applied + self.refused + self.held + self.quarantined + self.pending

    def as_json(self) -> dict[str, Any]:
        """Return JSON values, the words in the reader's language."""
        values = asdict(self)
        values["words"] = self.words.to(reading_language())
        values["refusal"] = self.refusal and self.refusal.to(reading_language())
        for row in (values, *values["devices"]):
            for name in {"last_seen", "last_entry_at", "oldest_at"} & row.keys():
                row[name] = row[name].isoformat() if row[name] else None
        return values


def overview() -> list[TerminalState]:
    """Return all terminals, worst first, then by number."""
    with reading() as session:
        tallies = ledger.tallies(session)
        terminals = session.scalars(select(Terminal)).all()
        current = releases.current_of(session)
        ordered = tablets.ordered(session)
        apart = ledger.kept_apart(session)
    newest = current.sha256 if current else None
    rows = [
        _state(
            each,
            tallies.get(each.terminal_id, {}),
            newest,
            tablets.of(each, ordered),
            apart.get(each.terminal_id, 0),
        )
        for each in terminals
    ]
    return sorted(rows, key=lambda row: (_RANK[row.light], row.number))


def _state(
    terminal: Terminal,
    tally: dict[str, int],
    newest: str | None,
    devices: tuple[TabletState, ...],
    kept_apart: int,
) -> TerminalState:
    light, words = judge(terminal, tally, clock.now())
    return TerminalState(
        number=terminal.number,
        station_code=terminal.station_code,
        station_name=terminal.station_name,
        standing=terminal.standing,
        light=light,
        words=words,
        last_seen=terminal.last_seen,
        last_entry_at=terminal.last_entry_at,
        pending=terminal.reported_pending,
        oldest_at=terminal.reported_oldest_at,
        blobs_outstanding=terminal.reported_blobs,
        applied=tally.get(ledger.APPLIED, 0),
        held=tally.get(ledger.HELD, 0),
        quarantined=tally.get(ledger.QUARANTINED, 0),
        refused=tally.get(ledger.REFUSED, 0),
        last_error=terminal.reported_error,
        skew_ms=terminal.skew_ms,
        version=terminal.reported_version,
        disk_free=terminal.reported_disk_free,
        release=terminal.release,
        is_older=newest is not None and terminal.release != newest,
        refused_release=terminal.refused_release,
        refusal=refusal_in_words(terminal.refusal) if terminal.refused_release else None,
        is_doubtful=any((terminal.forked_at, terminal.twins_at, terminal.cloned_at)),
        kept_apart=kept_apart,
        devices=devices,
    )


def judge(terminal: Terminal, tally: dict[str, int], now: datetime) -> tuple[str, Text]:
    """Return light and words for one terminal at ``now``; the worst finding wins."""
    if terminal.standing == "pending":
        return YELLOW, Text("等待批准：请核对指纹", "Waiting for approval: compare the fingerprint")
    if terminal.standing == "revoked":
        return GREY, Text("已撤销", "Revoked")
    if terminal.forked_at is not None:
        return RED, Text("身份重复：两台机器共用", "Forked: two machines use one identity")
    if terminal.twins_at is not None:
        return RED, Text("两台机器轮流以同一身份联系", "Two machines with one identity are at work")
    if terminal.unread_version is not None:
        version, read = terminal.unread_version, versions.SPOKEN[-1]
        return RED, Text(
            f"需要升级：终端用第{version}版，中心能读第{read}版",
            f"Needs an update: it writes version {version}, this hall reads {read}",
        )
    if tally.get(ledger.QUARANTINED):
        count = tally[ledger.QUARANTINED]
        return RED, Text(f"有 {count} 条记录被隔离", f"{count} entries quarantined")
    if tally.get(ledger.HELD):
        # Behind nothing that is quarantined: a kind or version that is not known here yet.
        count = tally[ledger.HELD]
        return YELLOW, Text(
            f"中心需要升级：{count} 条记录在等待", f"{count} entries wait for an update of the hall"
        )
    if terminal.last_seen is None:
        return YELLOW, Text("还没有联系过", "Not heard of yet")
    return _by_contact(terminal, now - terminal.last_seen, now)


def _by_contact(terminal: Terminal, silence: timedelta, now: datetime) -> tuple[str, Text]:
    minutes = int(silence.total_seconds() // 60)
    if silence > SILENT:
        return RED, Text(
            f"{_long_zh(minutes)}没有联系：停电还是断线？",
            f"Not seen for {_long_en(minutes)}: no power or no line?",
        )
    oldest = terminal.reported_oldest_at
    if oldest is not None and now - oldest > OLD:
        return RED, Text("有办件积压超过 4 小时", "A case has waited for more than 4 hours")
    if silence > LATE:
        return YELLOW, Text(f"迟到 {minutes} 分钟", f"Late {minutes} min")
    if terminal.cloned_at is not None:
        return YELLOW, Text("曾被回退，或另有一台副本", "Was rolled back, or there is a copy of it")
    if terminal.refused_release:
        return YELLOW, Text("没有收下新的事项目录", "Refuses the new catalogue release")
    if terminal.skew_ms is not None and abs(terminal.skew_ms) > SKEW_MS:
        return YELLOW, Text("时钟偏差超过 5 分钟", "The clock is off by more than 5 minutes")
    if terminal.reported_disk_free is not None and terminal.reported_disk_free < LOW_DISK_BYTES:
        return YELLOW, Text("磁盘空间不足 1 GB", "Less than 1 GB of disk left")
    if terminal.reported_error:
        return YELLOW, Text("传输有错误，见详情", "The exchange reports an error")
    if terminal.reported_pending:
        count = terminal.reported_pending
        return GREEN, Text(f"正在传送，还有 {count} 条", f"Sending, {count} to go")
    return GREEN, Text("正常，全部送达", "Well, everything delivered")


def _long_zh(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 2880 else f"{minutes // 1440} 天"


def _long_en(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
