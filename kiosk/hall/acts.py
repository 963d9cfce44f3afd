"""The acts of the audit log in words. Knows no record; a new act is one line here.

The words are for people who look for something; what programs read is the act itself, as
``terminal.revoked``: what kind of thing, then what was done to it. Neighbours: `records` is the
page, `kiosk.operators.audit` keeps the acts.
"""

from collections.abc import Mapping

from forms.definition import Text
from kiosk.operators.audit import CLOCK, COMMAND, NOBODY, TERMINAL

#: Kinds of things, in the order in which people choose them.
KINDS: Mapping[str, Text] = {
    "case": Text("办件", "Cases"),
    "bundle": Text("一件事", "Bundles"),
    "pre_check": Text("网上预审", "Pre-checks"),
    "help": Text("帮代办", "Help service"),
    "rating": Text("好差评", "Ratings"),
    "account": Text("账号", "Accounts"),
    "sign_in": Text("登录", "Signing in"),
    "sign_out": Text("退出登录", "Signing out"),
    "step_up": Text("再次输入密码", "Passwords asked again"),
    "terminal": Text("终端", "Terminals"),
    "tablet": Text("平板", "Tablets"),
    "quarantine": Text("隔离", "Quarantine"),
    "alert": Text("告警", "Alerts"),
    "job": Text("后台任务", "Background jobs"),
    "carrier": Text("离线搬运", "Carriers"),
    "release": Text("事项目录", "Catalogue releases"),
    "department": Text("部门和窗口", "Departments and windows"),
    "statistics": Text("统计", "Statistics"),
    "backup": Text("备份", "Backups"),
    "hall": Text("中心大厅", "The hall"),
    "audit": Text("审计日志", "The audit log"),
}

ACTS: Mapping[str, Text] = {
    "account.badge_shown": Text("查看工作人员证", "Badge shown"),
    "account.cases_put_back": Text("放回账号在办的办件", "Cases of an account put back"),
    "account.changed": Text("变更角色或范围", "Role or reach changed"),
    "account.closed": Text("停用账号", "Account closed"),
    "account.opened": Text("开设账号", "Account opened"),
    "account.password_set": Text("重设密码", "Password set anew"),
    "account.sessions_ended": Text("结束全部登录", "Sessions ended"),
    "alert.channel_added": Text("添加通知渠道", "Channel added"),
    "alert.channel_removed": Text("移除通知渠道", "Channel taken away"),
    "alert.channel_tested": Text("测试通知渠道", "Channel tested"),
    "alert.silence_ended": Text("结束静默", "Silence ended"),
    "alert.silenced": Text("静默告警", "Silenced"),
    "audit.exported": Text("导出审计日志", "Audit log exported"),
    "audit.verified": Text("校验审计日志", "Audit log verified"),
    "backup.key_made": Text("生成恢复密钥", "Recovery key made"),
    "backup.made": Text("完成备份", "Backup made"),
    "bundle.closed": Text("告知“一件事”结果", "Result of a bundle stated"),
    "carrier.handed_out": Text("取走回执文件", "Answer handed out"),
    "carrier.taken_in": Text("收下搬运文件", "Carrier taken in"),
    "case.accepted": Text("受理", "Accepted"),
    "case.approved": Text("批准", "Approved"),
    "case.checked": Text("填写审查清单", "Checklist kept"),
    "case.delivered": Text("送达", "Delivered"),
    "case.handed_over": Text("移交同事", "Handed over"),
    "case.lapsed": Text("逾期视为撤回", "Lapsed"),
    "case.notice_handed_out": Text("打印文书（完整）", "Notice handed out"),
    "case.notice_opened": Text("查看文书", "Notice opened"),
    "case.opened": Text("打开办件", "Case opened"),
    "case.paused": Text("中止计时", "Clock stopped"),
    "case.picture_opened": Text("查看材料", "Picture opened"),
    "case.printed": Text("打印（遮盖）", "Printed, covered"),
    "case.printed_in_full": Text("打印签名件（完整）", "Printed in full"),
    "case.promise_verified": Text("核查承诺", "Promise verified"),
    "case.refused": Text("不予办理", "Refused"),
    "case.released": Text("放回待办", "Put back"),
    "case.resumed": Text("恢复计时", "Clock goes on"),
    "case.returned": Text("退回补正", "Returned for correction"),
    "case.revealed": Text("查看被遮盖的内容", "Answer uncovered"),
    "case.routed": Text("转交部门", "Sent to another department"),
    "case.taken": Text("领办办件", "Case taken"),
    "department.cases_put_back": Text(
        "放回不再归其办理的办件", "Cases of another department put back"
    ),
    "department.changed": Text("变更部门", "Department changed"),
    "department.item_given": Text("单独划给事项", "Item given by exception"),
    "department.item_taken_back": Text("收回单独划给的事项", "Item taken back"),
    "department.set_up": Text("按目录建立部门", "Departments set up"),
    "hall.made": Text("建立中心大厅", "Hall set up"),
    "hall.restored": Text("从备份恢复", "Hall restored from a backup"),
    "help.picture_opened": Text("查看帮代办图片", "Picture of help opened"),
    "help.tally_exported": Text("导出帮代办统计", "Help figures exported"),
    "job.deleted": Text("删除失败任务", "Failed job forgotten"),
    "job.retried": Text("重试失败任务", "Failed job run again"),
    "pre_check.judged": Text("预审答复", "Pre-check answered"),
    "pre_check.opened": Text("查看预审", "Pre-check opened"),
    "quarantine.correct": Text("更正隔离记录", "Entry corrected"),
    "quarantine.declined": Text("不同意搁置", "Setting aside declined"),
    "quarantine.proposed": Text("提出搁置", "Setting aside proposed"),
    "quarantine.release": Text("随前一条放行", "Entry released"),
    "quarantine.replay": Text("重放隔离记录", "Entry replayed"),
    "quarantine.revealed": Text("查看隔离记录内容", "Entry uncovered"),
    "quarantine.set_aside": Text("搁置隔离记录", "Entry set aside"),
    "quarantine.update": Text("升级后重放", "Replayed after an update"),
    "rating.appealed": Text("差评申诉", "Bad rating appealed against"),
    "rating.called_back": Text("差评回访", "Bad rating: called back"),
    "rating.contacted": Text("差评已联系", "Bad rating: contacted"),
    "rating.opened": Text("查看差评", "Bad rating opened"),
    "rating.replied": Text("差评答复", "Bad rating: replied to"),
    "rating.ruled": Text("差评申诉裁定", "Appeal against a rating decided"),
    "release.prepared": Text("准备事项目录", "Release prepared"),
    "release.published": Text("发布事项目录", "Release published"),
    "release.staged": Text("向部分站点推广目录", "Release rolled out to stations"),
    "sign_in.failed": Text("登录失败", "Sign-in failed"),
    "sign_in.locked": Text("登录锁定", "Sign-in locked"),
    "sign_in.passed": Text("登录", "Signed in"),
    "sign_out": Text("退出登录", "Signed out"),
    "statistics.exported": Text("导出统计", "Statistics exported"),
    "step_up.failed": Text("再次输入密码不对", "Password asked again: wrong"),
    "step_up.locked": Text("再次输入密码锁定", "Password asked again: locked"),
    "step_up.passed": Text("再次输入密码", "Password shown again"),
    "tablet.revoked": Text("停用平板", "Tablet shut out"),
    "terminal.approved": Text("批准终端", "Terminal approved"),
    "terminal.asked": Text("要求重新核对", "Asked anew"),
    "terminal.caretaker_named": Text("填写联系人", "Caretaker named"),
    "terminal.enrolled": Text("终端申请接入", "Terminal enrolled"),
    "terminal.files_given_up": Text("不再等待丢失的文件", "Lost files given up"),
    "terminal.invited": Text("生成接入码", "Terminal invited"),
    "terminal.noted": Text("添加备注", "Note added"),
    "terminal.paused": Text("设为维护", "Paused"),
    "terminal.proved": Text("校验完整性", "Completeness proved"),
    "terminal.rejoined": Text("恢复接入", "Machine let go on"),
    "terminal.replaced": Text("换机", "Machine replaced"),
    "terminal.resumed": Text("结束维护", "Pause ended"),
    "terminal.revoked": Text("停用终端", "Terminal shut out"),
    "terminal.taken_back": Text("撤回警告", "Warning taken back"),
}

#: Who acted, when it was no account.
OTHERS: Mapping[str, Text] = {
    COMMAND: Text("命令行", "A command"),
    CLOCK: Text("系统定时", "The clock"),
    TERMINAL: Text("终端", "A terminal"),
    NOBODY: Text("身份不明", "Not known"),
}


#: What a record says beside, by its name; `new_` before one is what it became.
DETAILS: Mapping[str, Text] = {
    "authorities": Text("主管部门", "authorities"),
    "broken_at": Text("断开处", "broken at"),
    "bytes": Text("字节", "bytes"),
    "checked": Text("校验条数", "checked"),
    "count": Text("数量", "count"),
    "departments": Text("部门", "departments"),
    "entries": Text("条目", "entries"),
    "field": Text("字段", "field"),
    "files": Text("文件", "files"),
    "fingerprint": Text("指纹", "fingerprint"),
    "form": Text("格式", "format"),
    "from": Text("来自", "from"),
    "hours": Text("小时", "hours"),
    "item": Text("事项", "item"),
    "items": Text("事项", "items"),
    "kind": Text("类型", "kind"),
    "machine": Text("机器", "machine"),
    "material_id": Text("材料", "material"),
    "missing": Text("缺失", "missing"),
    "new": Text("新增", "new"),
    "outcome": Text("结果", "outcome"),
    "role": Text("角色", "role"),
    "rule": Text("规则", "rule"),
    "second": Text("提出人", "proposed by"),
    "state": Text("状态", "state"),
    "station": Text("服务站", "station"),
    "stations": Text("服务站", "stations"),
    "step": Text("步骤", "step"),
    "taken": Text("送达", "taken"),
    "terminal": Text("终端", "terminal"),
    "told": Text("通知终端数", "terminals told"),
    "verdict": Text("判定", "verdict"),
    "windows": Text("窗口", "windows"),
}


def detail_of(name: str) -> Text:
    """Return the words for a detail; one of another program is shown as it is."""
    words = DETAILS.get(name) or DETAILS.get(name.removeprefix("new_"), Text(name, name))
    is_new = name.startswith("new_")
    return Text(f"改为{words.zh}", f"now {words.en}") if is_new else words


def name_of(act: str) -> Text:
    """Return the words for an act; one of another program is shown as it is."""
    return ACTS.get(act, Text(act, act))
