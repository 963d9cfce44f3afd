"""Who may write to a draft: the browser it was begun in, or the one phone that has taken it.

Exactly one side at a time, asked in the transaction that writes. Knows no requests and no texts of
forms. Neighbours: ``handoffs`` moves a draft from side to side, ``drafts`` asks here.
"""

from typing import Literal

from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.cases.model import Handoff
from kiosk.errors import STATUS, Conflict

State = Literal["offered", "taken", "alone", "back", "submitted", "ended"]
"""offered: a code is shown. taken: a phone fills the form, the kiosk waits. alone: the kiosk waits
no longer. back: the phone has given it back. submitted, ended: by the phone, which the kiosk is
still to tell. No row: the kiosk goes on, and whatever code there was is dead."""

OFFERED, TAKEN, ALONE, BACK = "offered", "taken", "alone", "back"
SUBMITTED, ENDED = "submitted", "ended"
#: States in which the phone is the one that may write.
WITH_THE_PHONE = (TAKEN, ALONE, SUBMITTED)


class Elsewhere(Conflict):
    """The form is on the other side; whoever asks may look on and take it back, not write."""

    def __init__(self) -> None:
        """There is one message; the pages say more."""
        message = Text(
            "这份表正在另一台设备上填写，刚才的内容没有保存。",
            "This form is being filled on another device; what was just entered was not kept.",
        )
        super().__init__("form_elsewhere", message)


STATUS[Elsewhere] = STATUS[Conflict]


def holder(away: Handoff | None) -> str | None:
    """Return the phone that may write, None when it is the browser in which it was begun."""
    return away.phone if away is not None and away.state in WITH_THE_PHONE else None


def check(session: Session, draft_id: str, phone: str | None) -> Handoff | None:
    """Return the hand-off of a draft, if there is one; Elsewhere when ``phone`` may not write."""
    away = session.get(Handoff, draft_id)
    if holder(away) != phone:
        raise Elsewhere
    return away
