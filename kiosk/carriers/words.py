"""What people read of a carrier that is not taken, or not to its end, by the codes of BadCarrier.

Knows no page. Neighbours: `sync.carrier` has the codes.
"""

from forms.definition import Text

TROUBLE = {
    "not_one": Text(
        "这不是要在这里读入的搬运文件。站点的文件交给中心，中心的答复带回站点。",
        "This is not a carrier file to be read here. The station's file goes to the centre, the "
        "centre's answer comes back to the station.",
    ),
    "cut_off": Text(
        "搬运文件不完整，可能没有拷完就拔出了。完整的部分已经收下，请重新拷贝一次。",
        "The carrier file is cut off; the stick may have been pulled out too early. What was whole "
        "has been taken. Please copy it once more.",
    ),
    "altered": Text(
        "搬运文件被改动或损坏。此前完好的部分已经收下，请重新生成一份。",
        "The carrier file was altered or damaged. What came before that has been taken. Please "
        "make a new one.",
    ),
    "other_hall": Text(
        "这份文件属于另一个中心，没有读入任何内容。",
        "This file belongs to another centre. Nothing was taken.",
    ),
    "other_terminal": Text(
        "这份文件属于另一台终端，没有读入任何内容。",
        "This file belongs to another terminal. Nothing was taken.",
    ),
    "outdated": Text(
        "这份答复是中心恢复之前的，没有读入任何内容。请带一份新的答复。",
        "This answer is from before the centre was restored. Nothing was taken. Please bring a new "
        "one.",
    ),
    "version": Text(
        "这份文件是另一版本的程序写的，这里读不了，没有丢失内容。请先升级，再重新读入。",
        "This file was written by another version of the program and cannot be read here. Nothing "
        "is lost: update first, then take it in again.",
    ),
    "refused": Text(
        "中心或终端拒绝了这份文件：请管理员查看详情。",
        "The file was refused; an administrator should look at the reason.",
    ),
}
NO_FILE = Text("请先选择文件。", "Please choose a file first.")
NO_CODES = Text(
    "图片里没有找到搬运码。请靠近一些、放平、避开反光，再拍一次。",
    "No code of a carrier was found. Hold it flat and closer, without glare, and try again.",
)
BROKEN_RUN = Text(
    "这些码合不成一份文件，请从头再读一遍。",
    "These codes do not make one file. Please read them once more from the start.",
)
NOTHING_SHOWN = Text(
    "现在没有可显示的搬运码：还没有生成，或内容太多放不下。请重新生成，或改用U盘。",
    "There are no codes to show: none were made yet, or there is too much for codes. Please make "
    "them anew, or take a stick.",
)
