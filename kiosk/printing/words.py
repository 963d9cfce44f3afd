"""The fixed words of printed papers, in both languages: a paper shows Chinese and English at once.

Pages speak the reader's language; a paper goes to others too, so it has no language to ask for.
Knows no layout. Neighbours: `sheets` hands `WORDS` to every template.
"""

from collections.abc import Mapping
from datetime import date, datetime

from forms.definition import Duration, Text
from kiosk import clock

NONE_BY_LAW = Text("法律没有规定", "None set by law")
ON_THE_SPOT = Text("当场办结", "On the spot")
IN_SOME_CASES = Text("仅部分情形需要", "Only in some cases")

WORDS: Mapping[str, Text] = {
    "product": Text("暨时办", "Jishiban"),
    "form": Text("申请表", "Application form"),
    "blank": Text("空白表", "Blank form"),
    "masked": Text("个人信息已遮挡", "Personal data masked"),
    "signed_copy": Text("签名件（含完整个人信息）", "Signed copy, personal data in full"),
    "checklist": Text("办事材料清单", "Checklist of materials"),
    "poster": Text("海报", "Poster"),
    "receipt": Text("受理凭证", "Receipt"),
    "code": Text("事项编码", "Item code"),
    "department": Text("主管部门", "Department"),
    "release": Text("目录版本", "Catalogue release"),
    "number": Text("受理编号", "Case number"),
    "handed_in": Text("提交时间", "Handed in"),
    "station": Text("提交地点", "Station"),
    "printed_by": Text("打印人", "Printed by"),
    "left_empty": Text("未填", "Left empty"),
    "yes": Text("是", "Yes"),
    "no": Text("否", "No"),
    "if_applies": Text("适用时填写", "If it applies"),
    "materials": Text("申请材料", "Materials"),
    "material": Text("材料名称", "Material"),
    "kind": Text("形式", "Form"),
    "count": Text("份数", "Copies"),
    "state": Text("提交情况", "State"),
    "commitment": Text("告知承诺", "Written promise"),
    "given": Text("申请人已作出以上承诺。", "The applicant has given this promise."),
    "not_given": Text(
        "申请人未作承诺，按一般程序办理。", "Not given; the case goes the ordinary way."
    ),
    "promised_later": Text("后补承诺", "Promised to follow"),
    "choose": Text("愿意作出承诺", "I give this promise"),
    "declaration": Text(
        "以上内容由申请人填写并确认属实；申请人同意为办理本事项使用这些信息。",
        "The applicant filled this in, confirms that it is true, and agrees to its use for this "
        "matter.",
    ),
    "signature": Text("申请人签名", "Signature"),
    "date": Text("日期", "Date"),
    "confirmed": Text("在终端确认，未手写签名", "Confirmed at the terminal without drawing"),
    "signature_absent": Text("签名图片还没有传到", "The drawing has not arrived yet"),
    "scan_progress": Text("扫码查进度", "Scan for progress"),
    "in_some_cases": IN_SOME_CASES,
    "who": Text("谁可以办", "Who may apply"),
    "bring": Text("请带上这些材料", "Bring these"),
    "bring_nothing": Text("不用带材料", "Nothing to bring"),
    "not_needed": Text("这些不用您准备", "No need to bring these"),
    "made": Text("填表后自动生成", "Made from your answers"),
    "departments": Text("部门之间核对", "The departments ask each other"),
    "original": Text("原件", "Original"),
    "copy": Text("复印件（拍照即可）", "Copy; a photograph will do"),
    "electronic": Text("电子件", "Electronic"),
    "deferrable": Text("可以后补", "May follow later"),
    "promised": Text("承诺时限", "Promised time"),
    "statutory": Text("法定时限", "Legal limit"),
    "fee": Text("收费", "Fee"),
    "visits": Text("跑动次数", "Visits"),
    "where": Text("办理地点", "Where"),
    "hours": Text("办理时间", "Opening hours"),
    "contact": Text("咨询", "Enquiries"),
    "complaints": Text("投诉", "Complaints"),
    "result": Text("办理结果", "Result"),
    "delivery": Text("结果送达", "How it reaches you"),
    "basis": Text("依据", "Basis in law"),
    "not_confirmed": Text("（未经确认）", "(not confirmed)"),
    "more": Text("其余见扫码后的指南", "More in the guide behind the code"),
    "scan_item": Text("扫码办理", "Scan at the kiosk"),
    "hold_code": Text("把这个码放到终端的扫码口", "Hold this code before the kiosk's scanner"),
    "reference": Text(
        "参考数据，未经主管部门确认。", "Reference data, not confirmed by an authority."
    ),
    "file": Text("已拍照提交", "Handed in as a picture"),
    "deferred": Text("后补", "Follows later"),
    "certificate": Text("电子证照", "Electronic certificate"),
    "missing": Text("未提交", "Missing"),
    "unknown": Text("提交方式不明", "In a way that is not known here"),
    "bundle_form": Text("一件事申请表", "Application for several services"),
    "receipt_number": Text("受理编号", "Receipt number"),
    "bundle_code": Text("一件事编码", "Bundle code"),
    "lead": Text("牵头部门", "Lead department"),
    "members": Text("联办事项", "Services in this application"),
    "member": Text("事项", "Service"),
    "page": Text("申请表页码", "Form on page"),
    "each_decided": Text(
        "每个事项由各自的主管部门分别办理，各有自己的受理编号和申请表。",
        "Each service is decided by its own department and has a case number and a form of its "
        "own.",
    ),
    "not_printable": Text("内容已清除或读不出来", "Wiped, or cannot be read"),
    "elsewhere": Text("还需在别处办理", "To be done elsewhere"),
}


def limit(duration: Duration | None) -> Text:
    """Return a time limit in words; none is said to be none, zero is on the spot."""
    if duration is None:
        return NONE_BY_LAW
    if duration.value == 0:
        return ON_THE_SPOT
    number, ending = duration.value, "" if duration.value == 1 else "s"
    if duration.unit == "working_days":
        return Text(f"{number}个工作日", f"{number} working day{ending}")
    return Text(f"{number}天", f"{number} day{ending}")


def until(deferral: Duration) -> Text:
    """Return by when a material that may follow has to be there."""
    within = limit(deferral)
    return Text(f"可以后补，{within.zh}内交", f"May follow within {within.en}")


def follows_by(due: date) -> Text:
    """Return by when a material was promised."""
    return Text(f"{due.isoformat()}前交", f"by {due.isoformat()}")


def followed(at: datetime) -> Text:
    """Return when a material that was promised has come."""
    return Text(f"{moment(at)}补交", f"handed in later, {moment(at)}")


def moment(at: datetime) -> str:
    """Return an instant as day and time of the place, the same in both languages (ISO 8601)."""
    return f"{at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}"


def day(on: date) -> str:
    """Return a day, the same in both languages (ISO 8601)."""
    return on.isoformat()
