"""The table of the help service: each kind, what is asked to open it, and its steps. Pure data.

The kinds are the help itself (assist), the six features (特色服务) and the home visit. Fields are
those of forms, judged by the same answer types. Neighbours: `wanted` has the fields, `records`
asks `next_state` before it writes, as `lifecycle` is asked for cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forms.definition import Field, Text
from kiosk.cases.help import wanted

ASSIST, EARLY, PRE_CHECK, DEFERRAL = "assist", "early", "pre_check", "deferral"
EXTENDED, ONLINE, EXPRESS, VISIT = "extended", "online", "express", "visit"

OPEN, SENT, READY, NEEDS, DONE = "open", "sent", "ready", "needs", "done"
MISSED, CANCELLED, ENDED, LAPSED = "missed", "cancelled", "ended", "lapsed"
#: A case of before promises were recorded, which may promise something (`old_promises`).
UNREAD = "unread"
#: What was not given in the end is not counted.
NOT_GIVEN = frozenset({MISSED, CANCELLED, ENDED})


class Illegal(Exception):
    """The step does not fit the record's state; the text names both."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the states it starts from, the one it leads to, and what is asked.

    One that is not ``offered`` follows from something else: from handing in, or from the clock.
    """

    code: str
    label: Text
    sources: frozenset[str]
    target: str | None
    fields: tuple[Field, ...] = ()
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """One kind; ``feature`` is the code that a help item has to list, None for none."""

    kind: str
    name: Text
    feature: str | None
    fields: tuple[Field, ...]
    steps: Mapping[str, Step]
    first: str = OPEN
    #: Whether staff open it on its own page, for an item or for a case.
    opened_for: str = "item"


STATES: Mapping[str, Text] = {
    OPEN: Text("进行中", "Going on"),
    SENT: Text("已送出", "Sent"),
    READY: Text("可以办理", "Ready"),
    NEEDS: Text("要补充", "Something is missing"),
    DONE: Text("已办", "Done"),
    MISSED: Text("未办成", "Did not take place"),
    CANCELLED: Text("已取消", "Cancelled"),
    ENDED: Text("未提交，已结束", "Ended without handing in"),
    LAPSED: Text("逾期，视为撤回", "Overdue: counted as withdrawn"),
    UNREAD: Text("升级前的办件，待查看", "From before the upgrade, not looked at yet"),
}


def _step(
    code: str,
    label: Text,
    sources: set[str],
    target: str | None,
    fields: tuple[Field, ...] = (),
    offered: bool = True,
) -> Step:
    return Step(code, label, frozenset(sources), target, fields, offered)


def _service(
    kind: str,
    name: Text,
    feature: str | None,
    fields: tuple[Field, ...],
    steps: tuple[Step, ...],
    **more: str,
) -> tuple[str, Service]:
    return kind, Service(kind, name, feature, fields, {step.code: step for step in steps}, **more)


_CANCEL = _step("cancel", Text("取消", "Cancel"), {OPEN}, CANCELLED, (wanted.REMARK,))

SERVICES: Mapping[str, Service] = dict(
    (
        _service(
            ASSIST,
            Text("帮代办", "Help"),
            None,
            wanted.ASSISTING,
            (
                _step("hand_in", Text("提交申请", "Handed in"), {OPEN}, DONE, offered=False),
                _step("end", Text("结束", "Ended"), {OPEN}, ENDED, offered=False),
            ),
        ),
        _service(
            EARLY,
            Text("提前介入", "Early involvement"),
            "early_involvement",
            (wanted.PROJECT, wanted.NAME, wanted.PHONE, wanted.NOTE),
            (
                _step("note", Text("记录咨询", "Add a note"), {OPEN}, None, (wanted.NOTE,)),
                _step("tie", Text("关联办件", "Tie to a case"), {OPEN}, DONE, (wanted.CASE,)),
                _step("close", Text("结束咨询", "Close it"), {OPEN}, DONE, (wanted.REMARK,)),
            ),
        ),
        _service(
            PRE_CHECK,
            Text("网上预审", "Online pre-check"),
            "pre_check",
            (),
            (
                _step(
                    "pass",
                    Text("预审通过", "It is ready"),
                    {SENT, READY, NEEDS},
                    READY,
                    (wanted.REMARK,),
                ),
                _step(
                    "ask",
                    Text("要补充", "Something is missing"),
                    {SENT, READY, NEEDS},
                    NEEDS,
                    (wanted.MISSING, wanted.REMARK),
                ),
                _step("file", Text("正式提交", "Handed in"), {SENT, READY, NEEDS}, DONE, (), False),
                _step(
                    "again",
                    Text("改后再送", "Sent again"),
                    {SENT, READY, NEEDS},
                    CANCELLED,
                    (),
                    False,
                ),
            ),
            first=SENT,
            opened_for="resident",
        ),
        _service(
            DEFERRAL,
            Text("容缺受理", "Documents to follow"),
            "deferral",
            (),
            (
                _step(
                    "remind", Text("提醒", "Reminded"), {OPEN}, None, (wanted.WAY, wanted.REMARK)
                ),
                _step("complete", Text("补齐", "Complete"), {OPEN}, DONE, offered=False),
                _step("lapse", Text("视为撤回", "Withdrawn"), {OPEN}, LAPSED, offered=False),
            ),
            opened_for="nothing",
        ),
        _service(
            EXTENDED,
            Text("延时服务", "Extended hours"),
            "extended_hours",
            (wanted.NAME, wanted.PHONE, wanted.DAY, wanted.FROM, wanted.TO, wanted.SERVES),
            (
                _step("serve", Text("已办", "It took place"), {OPEN}, DONE, (wanted.REMARK,)),
                _step("miss", Text("未来", "Nobody came"), {OPEN}, MISSED, (wanted.REMARK,)),
                _CANCEL,
            ),
        ),
        _service(
            ONLINE,
            Text("网上办理", "Online handling"),
            "online",
            (wanted.RETURN_WAY, wanted.REMARK),
            (
                _step(
                    "give_back",
                    Text("结果已送达", "The result went back"),
                    {OPEN},
                    DONE,
                    (wanted.RETURN_WAY, wanted.RECEIVER),
                ),
            ),
            opened_for="case",
        ),
        _service(
            EXPRESS,
            Text("快递送达", "Delivery by express"),
            "express",
            (wanted.RECEIVER, wanted.PHONE, wanted.POST_TO),
            (
                _step(
                    "hand_over",
                    Text("已交寄", "Handed over"),
                    {OPEN},
                    SENT,
                    (wanted.CARRIER, wanted.PARCEL),
                ),
                _step(
                    "sign_for",
                    Text("已签收", "Signed for"),
                    {SENT},
                    DONE,
                    (wanted.SIGNER, wanted.SIGNED_ON),
                ),
                _step("come_back", Text("退回", "Came back"), {SENT}, OPEN, (wanted.NOTE,)),
                _CANCEL,
            ),
            opened_for="case",
        ),
        _service(
            VISIT,
            Text("上门服务", "Home visit"),
            None,
            wanted.VISITING,
            (
                _step("start", Text("开始填表", "A form was begun"), {OPEN}, None, offered=False),
                _step("serve", Text("已上门", "It took place"), {OPEN}, DONE, (wanted.REMARK,)),
                _step("miss", Text("未遇", "Nobody was there"), {OPEN}, MISSED, (wanted.REMARK,)),
                _CANCEL,
            ),
            opened_for="home",
        ),
    )
)


def next_state(kind: str, state: str, step: str) -> str:
    """Return the state after ``step``.

    Raises Illegal when the step does not fit, KeyError when there is no such kind or step.
    """
    found = SERVICES[kind].steps[step]
    if state not in found.sources:
        raise Illegal(f"{step} is not possible when the record is {state}")
    return found.target or state


def possible(kind: str, state: str) -> tuple[Step, ...]:
    """Return the steps that people may take now."""
    steps = SERVICES[kind].steps.values()
    return tuple(step for step in steps if step.offered and state in step.sources)
