"""Terminal: what people are told while it stands still after a restore or beside a clone.

Neighbours: ``sync.recovery`` ends it, ``storing`` asks before anything is written.
"""

from forms.definition import Text
from kiosk.db import reading
from kiosk.errors import Unavailable
from sync import recovery
from sync.state import FORKED, WAITING

CODE = "terminal_recovering"
RECOVERING = Text(
    "本终端刚从备份恢复，正在向中心取回记录，暂时不能办理新业务。请稍后再来，或到别的窗口办理。",
    "This terminal was restored and is fetching its records back from the centre. It takes nothing "
    "new for the moment: please come again later, or go to another counter.",
)
STOPPED = Text(
    "有另一台机器在用本终端的身份，本终端已停办，请到别的窗口办理。工作人员请联系中心管理员。",
    "Another machine uses this terminal's identity, so that this one takes nothing new. Please go "
    "to another counter. Staff: please call the administrator at the centre.",
)


def words(reason: str | None) -> Text | None:
    """Return what people are told, None when the terminal works as usual."""
    if reason is None:
        return None
    return STOPPED if reason in (FORKED, WAITING) else RECOVERING


def check(reason: str | None) -> None:
    """Raise Unavailable when the terminal stands still; what is open stays as it is."""
    told = words(reason)
    if told is not None:
        raise Unavailable(CODE, told)


def current() -> str | None:
    """Return why this terminal stands still, as ``sync.state`` names it, or None."""
    with reading() as session:
        return recovery.reason(session)
