"""A submission as it is handed in, and the check of all of it before anything is stored.

Pure but for the catalogue: no session, no table. ``service`` writes what
``prepare`` let through.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import orjson

from forms.definition import Requirement, ServiceItem, Text
from forms.release import Catalogue
from forms.schema import (
    InvalidAnswers,
    called_for,
    is_commitment_required,
    validate,
)
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import deferral
from kiosk.errors import FieldProblem, Invalid

Channel = Literal["kiosk", "tablet", "phone", "api"]
#: How a requirement may be met. The modes are part of what version 1 of an entry may say
#: (docs/sync-protocol.md): another mode needs another version.
Mode = Literal["file", "deferred", "certificate"]
MODES: frozenset[str] = frozenset(get_args(Mode))

#: Answer types whose value is the id of a captured material.
PICTURE_ANSWERS = frozenset({"photo", "signature"})

COMMITMENT_MISSING = FieldProblem(
    "commitment",
    "commitment_missing",
    Text(
        "按您的选择，须作出告知承诺；不愿承诺的，请改选其他方式。",
        "What you chose calls for the written promise; please make it, or choose another way.",
    ),
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What was supplied for one requirement: material ids, or the promise to bring it later.

    ``certificate`` is an electronic one instead of or beside pictures, as `calls.ask` has found it;
    ``due`` (ISO date) is fixed when a promise is judged.
    """

    requirement: str
    mode: Mode
    materials: tuple[str, ...] = ()
    certificate: Mapping[str, Any] | None = None
    due: str | None = None

    def told(self) -> dict[str, Any]:
        """Return it as a body has it, without what it does not have."""
        body: dict[str, Any] = {
            "requirement": self.requirement,
            "mode": self.mode,
            "materials": list(self.materials),
        }
        if self.certificate is not None:
            body["certificate"] = dict(self.certificate)
        if self.due is not None:
            body["due"] = self.due
        return body


@dataclass(frozen=True, slots=True)
class Signature:
    """How the applicant signed: a drawing (a material id), or confirmed without drawing."""

    method: Literal["drawn", "confirmed"]
    material: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a tablet tells of a case that was filled on it, and what was found on arrival.

    ``filled_at`` is by the tablet's clock and orders nothing; ``notes`` are codes for the staff.
    """

    number: str
    filled_at: str
    operator: str
    device: str = ""
    sent_by: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything that makes a case.

    ``release`` is the one whose form was filled; empty for the current one.
    """

    item: str
    release: str
    answers: Mapping[str, Any]
    attachments: tuple[Attachment, ...]
    signature: Signature
    consent: bool
    commitment: bool
    channel: Channel
    operator: str | None = None
    #: Every call of the certificate service for it, as `calls.ask` records them.
    calls: tuple[Mapping[str, Any], ...] = ()
    #: The tablet it was filled on, if it was.
    origin: Origin | None = None
    #: Whose help it was filled in with: record, agent, authority and consent.
    help: Mapping[str, Any] | None = None
    #: The pre-check that it was sent with before.
    ahead: str | None = None
    #: Why it is opened though another of the same person is open, when somebody was asked.
    again: str = ""

    def sha256(self) -> str:
        """Return the digest by which a repeated submission is told from another, 64 hex digits.

        It is of what was sent; what this terminal adds may be another at the repeat. What is not
        there leaves no trace, so that a field of a later version changes no digest of before.
        """
        sent: dict[str, Any] = {
            "item": self.item,
            "release": self.release,
            "answers": self.answers,
            "attachments": [each.told() for each in self.attachments],
            "signature": self.signature,
            "consent": self.consent,
            "commitment": self.commitment,
        }
        if self.calls:
            sent["calls"] = self.calls
        if self.origin:
            sent["origin"] = [self.origin.number, self.origin.filled_at, self.origin.operator]
        if self.help:
            sent["help"] = self.help["record"]
        if self.ahead:
            sent["ahead"] = self.ahead
        if self.again:
            sent["again"] = self.again
        return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that passed every check that needs no database."""

    item: ServiceItem
    submission: Submission
    answers: dict[str, Any]
    #: Where each material is named in the submission, by its id.
    materials: dict[str, str]


def prepare(services: Services, submission: Submission) -> Prepared:
    """Check the submission of one item; Invalid lists every field that is wrong at once."""
    submission = by_release(services, submission)
    try:
        item = catalogue_of(services, submission).item(submission.item)
    except KeyError as error:
        problem = FieldProblem(
            "item", "item_unknown", Text("没有这个服务事项。", "There is no such service item.")
        )
        raise Invalid("item_unknown", problem.message, (problem,)) from error
    return judge(item, submission)


def judge(item: ServiceItem, submission: Submission) -> Prepared:
    """Check a submission by the form it was filled with; Invalid lists every wrong field."""
    problems: list[FieldProblem] = []
    answers: dict[str, Any] = {}
    try:
        answers = validate(item, submission.answers)
    except InvalidAnswers as error:
        problems += [FieldProblem(f"answers.{e.path}", e.code, e.message) for e in error.errors]
    else:
        asked = called_for(item, answers)
        submission = _without_unasked(item, asked, submission)
        problems += _attachment_problems(asked, submission)
        submission = _with_days(item, submission)
        if not submission.commitment and is_commitment_required(item, answers):
            problems.append(COMMITMENT_MISSING)
    problems += _signature_problems(submission)
    if problems:
        raise invalid(problems)
    return Prepared(item, submission, answers, dict(materials_of(item, answers, submission)))


def invalid(problems: Iterable[FieldProblem]) -> Invalid:
    """Return the refusal of a submission for these problems."""
    return Invalid(
        "submission_invalid",
        Text(
            "有些内容需要修改，请看每一项的提示。",
            "Some entries need changing; see the note at each.",
        ),
        tuple(problems),
    )


def by_release(services: Services, submission: Submission) -> Submission:
    """Return the submission with the release it is judged by: its own, or the current one."""
    if submission.release:
        return submission
    return replace(submission, release=services.catalogue.release)


def catalogue_of(services: Services, submission: Submission) -> Catalogue:
    """Return the release a submission names; Invalid when it is not on this terminal."""
    try:
        return services.releases.of(submission.release)
    except LookupError as error:
        problem = FieldProblem(
            "release",
            "release_unknown",
            Text("本机没有这个事项目录版本。", "This catalogue release is not on this terminal."),
        )
        raise Invalid("release_unknown", problem.message, (problem,)) from error


def _without_unasked(
    item: ServiceItem, required: tuple[Requirement, ...], submission: Submission
) -> Submission:
    """Drop what the item would ask for but these answers do not, as with unasked answers.

    Somebody who changes an answer after photographing must not be stuck with the picture.
    """
    asked = {requirement.id for requirement in required}
    known = {requirement.id for requirement in item.requirements}
    kept = tuple(
        attachment
        for attachment in submission.attachments
        if attachment.requirement in asked or attachment.requirement not in known
    )
    return replace(submission, attachments=kept)


def _with_days(item: ServiceItem, submission: Submission) -> Submission:
    """Fix by when what follows later is due; a day that was promised before stays."""
    if not any(entry.mode == "deferred" for entry in submission.attachments):
        return submission
    due = deferral.due_on(item, clock.today())
    attachments = tuple(
        replace(entry, due=entry.due or (due.isoformat() if due else None))
        if entry.mode == "deferred"
        else entry
        for entry in submission.attachments
    )
    return replace(submission, attachments=attachments)


def _attachment_problems(
    required: tuple[Requirement, ...], submission: Submission
) -> Iterator[FieldProblem]:
    asked = {requirement.id: requirement for requirement in required if is_brought(requirement)}
    given = {a.requirement: a for a in submission.attachments}
    for index, attachment in enumerate(submission.attachments):
        path = f"attachments.{index}"
        requirement = asked.get(attachment.requirement)
        if requirement is None:
            yield FieldProblem(
                f"{path}.requirement",
                "not_asked",
                Text("本次办理不需要这份材料。", "This document is not asked for here."),
            )
        elif attachment.mode == "deferred" and not requirement.deferrable:
            yield FieldProblem(
                f"{path}.mode",
                "not_deferrable",
                Text("这份材料不能后补。", "This document cannot be handed in later."),
            )
        elif attachment.mode == "certificate" and (
            requirement.source != "certificate" or attachment.certificate is None
        ):
            yield FieldProblem(
                f"{path}.mode",
                "no_certificate",
                Text("这份材料没有取得电子证照。", "There is no electronic certificate for this."),
            )
        elif attachment.mode == "file" and not attachment.materials:
            yield _missing(f"{path}.materials", requirement)
    for requirement in asked.values():
        if requirement.id not in given:
            yield _missing(f"attachments.{requirement.id}", requirement)


def is_brought(requirement: Requirement) -> bool:
    """Tell whether the applicant supplies it; forms make themselves, departments are asked.

    Source: State Council Regulation on Online Government Services, article 7:
    what can be had by sharing is not asked of the applicant.
    """
    return requirement.source in {"applicant", "certificate"}


def _missing(path: str, requirement: Requirement) -> FieldProblem:
    name = requirement.name
    return FieldProblem(
        path, "material_missing", Text(f"还缺材料：{name.zh}。", f"Still missing: {name.en}.")
    )


def _signature_problems(submission: Submission) -> Iterator[FieldProblem]:
    if submission.signature.method == "drawn" and not submission.signature.material:
        yield FieldProblem(
            "signature.material", "signature_missing", Text("请签名。", "Please sign.")
        )
    if not submission.consent:
        yield FieldProblem(
            "consent",
            "consent_missing",
            Text(
                "需要您同意为办理本事项使用这些信息。",
                "Your consent to use this information for this matter is needed.",
            ),
        )


def materials_of(
    item: ServiceItem, answers: dict[str, Any], submission: Submission
) -> Iterator[tuple[str, str]]:
    """Yield every material that is named, and where."""
    for index, attachment in enumerate(submission.attachments):
        yield from ((each, f"attachments.{index}.materials") for each in attachment.materials)
    if submission.signature.material:
        yield submission.signature.material, "signature.material"
    for section in item.sections:
        value = answers.get(section.id)
        rows = value if isinstance(value, list) else [value or {}]
        for field in section.fields:
            if field.answer in PICTURE_ANSWERS:
                path = f"answers.{section.id}.{field.id}"
                yield from ((row[field.id], path) for row in rows if row.get(field.id))
