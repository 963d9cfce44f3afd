"""What each kind of code leads to at a terminal: one row for each kind, in one place.

A row names words, and the page that a person may go to after reading them; a code itself goes
nowhere. Whoever adds a kind teaches `kiosk.materials.scan` its form and adds a row here. Pure
but for `offered`. Neighbour: `scan` shows the row of what was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask import current_app

from forms.definition import Text

#: How what was read comes to the next page: remembered in the signed cookie, as the code of an
#: item in the address, or posted with the consent and kept nowhere.
Carried = Literal["cookie", "address", "posted", "nowhere"]


@dataclass(frozen=True, slots=True)
class Lead:
    """`endpoint` is where `action` leads; `secret` codes are not shown, not even their letters."""

    title: Text
    note: Text
    action: Text | None = None
    endpoint: str = ""
    carried: Carried = "nowhere"
    secret: bool = False

    @property
    def offered(self) -> bool:
        """Say whether this terminal has the page that it leads to."""
        return self.endpoint in current_app.view_functions


ONLY_TEXT = Lead(
    Text("这不是本站的二维码", "This is no code of ours"),
    Text(
        "内容如下，只供查看；本机不会打开任何网址。",
        "This is what it says. It is only shown; this machine opens no addresses.",
    ),
)

LEADS: Mapping[str, Lead] = {
    "item": Lead(
        Text("这是一个服务事项", "This is a service"),
        Text("下一步打开它的办事指南。", "It leads to the guide of this service."),
        Text("打开办事指南", "Open the guide"),
        "terminal.guide.show",
        "address",
    ),
    "receipt": Lead(
        Text("这是受理凭证", "This is a receipt"),
        Text("用它可以查看一个办件的进度。", "It leads to the progress of one case."),
        Text("查看进度", "See the progress"),
        "terminal.progress.find",
        "cookie",
    ),
    "handoff": Lead(
        Text("这是续办码", "This code is for a phone"),
        Text(
            "它把一体机上正在填的表交给另一台设备，一般用手机的相机扫。也可以在这里接着填写。",
            "It hands a form from a kiosk to another device, usually scanned with a phone's own "
            "camera. The form can be continued here, too.",
        ),
        Text("在这里接着填写", "Continue it here"),
        "terminal.phone.claim",
        "cookie",
    ),
    "staff": Lead(
        Text("这是工作人员证", "This is a staff badge"),
        Text(
            "它只说明是谁，登录还要输入密码。",
            "It only says who it is; the password is asked all the same.",
        ),
        Text("去登录", "To the sign-in"),
        "terminal.staff.badge",
        "cookie",
    ),
    "resident": Lead(
        Text("这是居民码", "This is a resident code"),
        Text(
            "它可以代您填写姓名、身份证号和电话。还没有读取任何信息；您同意后才读取，且只用一次。",
            "It can fill in your name, ID number and telephone. Nothing has been read yet; that "
            "is done only when you agree, and only once.",
        ),
        Text("同意并填入", "I agree, fill it in"),
        "terminal.credential.read",
        "posted",
        secret=True,
    ),
    "insurance": Lead(
        Text("这是医保电子凭证", "This is a medical-insurance e-credential"),
        Text(
            "办理医保事项时，它可以代您填写参保人的姓名和身份证号。还没有读取任何信息；您同意后才"
            "读取，且只用一次。",
            "For services of medical insurance it can fill in name and ID number of the insured. "
            "Nothing has been read yet; that is done only when you agree, and only once.",
        ),
        Text("同意并填入", "I agree, fill it in"),
        "terminal.credential.read",
        "posted",
        secret=True,
    ),
}


def lead_of(kind: str) -> Lead:
    """Return the row of a kind; whatever has none is only text."""
    return LEADS.get(kind, ONLY_TEXT)
