"""An official notice to an applicant (文书) on A4: in Chinese alone, as such papers are.

It has a number, a code that verifies it, room for the seal, and never a full ID number. Knows no
request. Neighbours: `kiosk.cases.notices` says which there are, `press` makes the PDF.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from kiosk.cases import notices
from kiosk.printing.sheets import code_picture, draw


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands on one; `due` and `by_law` are the limits that were told, where there are any."""

    kind: str
    number: str
    addressee: str
    item: str
    item_code: str
    basis: tuple[str, ...]
    department: str
    station: str
    handed_in: date
    on: date
    reasons: tuple[str, ...]
    note: str
    verify_at: str
    due: date | None = None
    #: Which one of its kind the case has.
    ordinal: int = 1

    @property
    def title(self) -> str:
        """The name of such a paper."""
        return TITLES[self.kind]

    @property
    def document_number(self) -> str:
        """The paper's own number (文号): what it is, the year, and the number of its case.

        From the second of its kind on, which one.
        """
        which = "" if self.ordinal == 1 else f"-{self.ordinal}"
        return f"{_SIGNS[self.kind]}〔{self.on.year}〕{self.number}{which}号"


TITLES: Mapping[str, str] = {
    notices.ACCEPTED: "受理通知书",
    notices.NOT_ACCEPTED: "不予受理通知书",
    notices.RETURNED: "一次性补正告知书",
    notices.PAUSED: "特别程序告知书",
    notices.APPROVED: "准予决定书",
    notices.REFUSED: "不予许可决定书",
    notices.DELIVERED: "送达回证",
}
_SIGNS: Mapping[str, str] = {
    notices.ACCEPTED: "受",
    notices.NOT_ACCEPTED: "不受",
    notices.RETURNED: "补",
    notices.PAUSED: "特",
    notices.APPROVED: "准",
    notices.REFUSED: "不准",
    notices.DELIVERED: "送",
}
#: What has to be told to whoever is refused. Source: Administrative Reconsideration Law of the PRC,
#: article 20 (60 days), and Administrative Litigation Law, article 46 (six months).
REMEDY = (
    "如不服本决定，可以自收到之日起六十日内依法申请行政复议，"
    "或者六个月内依法向人民法院提起行政诉讼。"
)


def html(notice: Notice) -> str:
    """Return the notice as a page of A4."""
    return draw(
        "print/notice.html",
        notice=notice,
        lines=_LINES[notice.kind](notice),
        after=AFTER.get(notice.kind),
        remedy=REMEDY if notice.kind in (notices.NOT_ACCEPTED, notices.REFUSED) else None,
        code=code_picture(notice.verify_at),
        on=day(notice.on),
    )


def day(on: date) -> str:
    """Return a day as official papers write it."""
    return f"{on.year}年{on.month}月{on.day}日"


def _opening(notice: Notice) -> str:
    return (
        f"你（单位）于{day(notice.handed_in)}提出的“{notice.item}”申请（办件编号{notice.number}）"
    )


def _accepted(notice: Notice) -> tuple[str, ...]:
    until = f"承诺于{day(notice.due)}前作出决定。" if notice.due else "本事项当场办理。"
    return (
        f"{_opening(notice)}，申请材料齐全、符合法定形式，现予受理。",
        f"{until}依法需要听证、检验、检测、鉴定、专家评审的，所需时间不计算在内，将另行书面告知。",
    )


def _not_accepted(notice: Notice) -> tuple[str, ...]:
    return (f"{_opening(notice)}，经审查，决定不予受理。理由如下：",)


def _returned(notice: Notice) -> tuple[str, ...]:
    return (
        f"{_opening(notice)}，经审查，申请材料不齐全或者不符合法定形式。现一次性告知需要补正的全部内容：",
    )


def _paused(notice: Notice) -> tuple[str, ...]:
    until = f"，预计至{day(notice.due)}" if notice.due else ""
    return (f"{_opening(notice)}，办理中需要依法进行下列程序{until}：",)


def _approved(notice: Notice) -> tuple[str, ...]:
    return (f"{_opening(notice)}，经审查，符合规定的条件、标准，现决定准予办理。",)


def _refused(notice: Notice) -> tuple[str, ...]:
    return (f"{_opening(notice)}，经审查，决定不予许可（不予办理）。理由如下：",)


def _delivered(notice: Notice) -> tuple[str, ...]:
    return (f"{_opening(notice)}的办理结果已经送达。受送达人或者代收人请在下方签名并注明日期。",)


_LINES: Mapping[str, Callable[[Notice], tuple[str, ...]]] = {
    notices.ACCEPTED: _accepted,
    notices.NOT_ACCEPTED: _not_accepted,
    notices.RETURNED: _returned,
    notices.PAUSED: _paused,
    notices.APPROVED: _approved,
    notices.REFUSED: _refused,
    notices.DELIVERED: _delivered,
}
#: What follows the reasons of a notice, by its kind.
AFTER: Mapping[str, str] = {
    notices.PAUSED: (
        "依照《中华人民共和国行政许可法》第四十五条，上述程序所需时间不计算在办理期限内；"
        "程序结束后继续计时。"
    ),
    notices.RETURNED: "请持本告知书到原受理站点补正；补正以一次为限，补正后重新计算受理期限。",
}
