"""Why a terminal does not take a release, in words, by the codes of ``sync.obtain.NotTaken``."""

from collections.abc import Mapping

from forms.definition import Text

REFUSALS: Mapping[str, Text] = {
    "signature": Text("签名不是本中心的。", "It is not signed by this hall."),
    "size": Text("文件太大。", "It is larger than is allowed."),
    "not_at_hall": Text(
        "中心服务器上找不到这个文件，请重新发布。",
        "The hall has lost its file; release it again.",
    ),
    "differs": Text(
        "多次收到的内容都与编号不符，请重新发布。",
        "What arrived was several times not what its hash says; release it again.",
    ),
    "format": Text(
        "终端程序的版本读不了这种格式，请更新终端程序。",
        "Its version of the program cannot read this format: update the program.",
    ),
    "unreadable": Text(
        "目录里有终端读不出来的事项，请更新终端程序，或改好后重新发布。",
        "It has an item that the terminal cannot read: update the program, or release another.",
    ),
}


def refusal_in_words(code: str | None) -> Text:
    """Return the words for a code; an unknown one, of a newer terminal, is named as it is."""
    known = REFUSALS.get(code or "")
    return known or Text(f"原因代码 {code}。", f"For the reason {code}.")
