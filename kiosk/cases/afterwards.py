"""The terminal's verbs for a case that is handed in: supply a deferred material, rate.

Each is one commit, then a ring, and neither moves the case to another state. Neighbours:
`lifecycle` says when, `storing` looks after the materials, `replay` is the same at the hall.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.bundling import CHOICE, WANTED
from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases import lifecycle
from kiosk.cases.deferral import first_day, outstanding
from kiosk.cases.help import promises
from kiosk.cases.history import SUPPLIED, current_body
from kiosk.cases.model import Case
from kiosk.cases.service import append_fact, case_of, take_step
from kiosk.cases.storing import claim
from kiosk.cases.submission import Channel
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid

RATED = "case.rated"
#: The five grades of 好差评, from 非常满意 (very satisfied) to 非常不满意 (very dissatisfied).
GRADES = (5, 4, 3, 2, 1)
#: The last two are bad ratings (差评); only they are asked what was wrong.
BAD = frozenset({1, 2})
TAGS: Mapping[str, Text] = {
    "slow": Text("办得慢", "It took too long"),
    "unclear": Text("没有说清楚", "It was not explained"),
    "attitude": Text("态度不好", "Unfriendly treatment"),
    "repeated": Text("跑了多次、重复交材料", "Sent about, or asked twice for the same"),
    "machine": Text("机器不好用", "The machine was hard to use"),
    "outcome": Text("结果没有说明理由", "The result was not explained"),
}
MAX_WORDS = 500

GRADE_MISSING = FieldProblem(
    "grade", "missing", Text("请选一个评价；也可以不评。", "Please choose one, or do not rate.")
)
TAG_UNKNOWN = FieldProblem("tags", "unknown", Text("没有这个选项。", "There is no such choice."))
WORDS_TOO_LONG = FieldProblem(
    "words",
    "too_long",
    Text(f"最多 {MAX_WORDS} 字。", f"At most {MAX_WORDS} characters."),
)


def supply(
    services: Services,
    case_id: str,
    requirement: str,
    materials: Sequence[str],
    channel: Channel,
    operator: str | None = None,
) -> None:
    """Hand in what was promised for later (容缺补交): the pictures of one requirement.

    In a bundle it is handed in for every case that promised the same document.

    Possible once for each requirement, so that a second tap is a Conflict ``not_outstanding`` and
    changes nothing. Conflict too when the case is not open, Invalid without or with unknown
    materials, NotFound.
    """
    place = f"attachments.{requirement}"
    if not materials:
        message = Text("请先拍照或选择一张图片。", "Please take or choose a picture first.")
        problem = FieldProblem(place, "material_missing", message)
        raise Invalid("material_missing", message, (problem,))
    with writing() as session:
        case = case_of(session, case_id)
        take_step(session, case, "supply")
        if not _is_outstanding(session, services, case, requirement):
            message = Text("这份材料不用补交，或已经补交。", "Not asked for, or handed in already.")
            raise Conflict("not_outstanding", message)
        named, owner = dict.fromkeys(materials, place), case.bundle_id or case.id
        files = claim(session, services, named, owner)
        for each, own in [(case, requirement), *_sharing(session, services, case, requirement)]:
            given = {"requirement": own, "mode": "file", "materials": list(materials)}
            told: dict[str, Any] = {"attachments": [given], "files": dict(files)}
            told |= {"channel": channel, "operator": operator}
            append_fact(session, services, each, SUPPLIED, told, files)
            promises.settle(session, services.keyring, each.id)
            _reckon(session, services, each)
    services.doorbell.ring("push")


def _reckon(session: Session, services: Services, case: Case) -> None:
    """Note what is still promised, after something of it has come."""
    body = current_body(session, services.keyring, case.id)
    case.supply_by = first_day(body["attachments"] if body else ())
    case.reckon()


def _is_outstanding(session: Session, services: Services, case: Case, requirement: str) -> bool:
    item = services.releases.of(case.release).item(case.item)
    body = current_body(session, services.keyring, case.id)
    return any(each.id == requirement for each in outstanding(item, body))


def _sharing(
    session: Session, services: Services, case: Case, requirement: str
) -> Iterator[tuple[Case, str]]:
    """Yield the sister cases that promised the same document, and what it is called in each.

    What a bundle asks once is handed in once, also later.
    """
    if case.bundle is None:
        return
    query = select(Case).where(Case.bundle_id == case.bundle_id).order_by(Case.id)
    cases = {each.item: each for each in session.scalars(query)}
    choice = {CHOICE: {WANTED: list(cases)}}
    parts = services.releases.of(case.release).combined(case.bundle, choice).parts
    name = next(part.requirements[requirement] for part in parts if part.item.code == case.item)
    for part in parts:
        sister = cases[part.item.code]
        if sister.id == case.id or "supply" not in lifecycle.possible(sister.state):
            continue
        for own, shared in part.requirements.items():
            if shared == name and _is_outstanding(session, services, sister, own):
                yield sister, own


def rate(
    services: Services, case_id: str, grade: int | None, tags: Sequence[str] = (), words: str = ""
) -> None:
    """Say what one thinks of the service, once and after the decision.

    ``grade`` is 5 to 1; tags and words are kept with a bad rating only. Nobody at the desk is told
    who rated. Raises Invalid, NotFound, Conflict when it is too early or was rated before.
    """
    words = words.strip()
    wrong = [problem for problem, is_so in _slips(grade, tags, words) if is_so]
    if wrong:
        raise Invalid("rating_invalid", wrong[0].message, tuple(wrong))
    body: dict[str, Any] = {"grade": grade, "tags": [], "words": ""}
    if grade in BAD:
        body.update(tags=sorted(set(tags)), words=words)
    with writing() as session:
        case = case_of(session, case_id)
        take_step(session, case, "rate")
        append_fact(session, services, case, RATED, body, {})
    services.doorbell.ring("push")


def _slips(
    grade: int | None, tags: Sequence[str], words: str
) -> tuple[tuple[FieldProblem, bool], ...]:
    return (
        (GRADE_MISSING, grade not in GRADES),
        (TAG_UNKNOWN, not set(tags) <= TAGS.keys()),
        (WORDS_TOO_LONG, len(words) > MAX_WORDS),
    )
