"""A submission of a bundle (一件事): judged as one form, then as each member's own.

Pure but for the catalogue, as ``submission`` is. Neighbours: ``forms.bundling`` makes the one
form and splits its answers; ``service`` stores what was let through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forms.bundling import APPLICANT, CHOICE, WANTED, Part, chosen
from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases.submission import (
    Prepared,
    Submission,
    by_release,
    catalogue_of,
    invalid,
    judge,
)
from kiosk.cases.submission import prepare as prepare_item
from kiosk.errors import FieldProblem, Invalid

CHOICE_UNREADABLE = FieldProblem(
    f"answers.{CHOICE}.{WANTED}",
    "choice_unreadable",
    Text("请给出所选事项的代码。", "Give the codes of the items that are wanted."),
)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What one submission makes: its cases in order, and where each material was named in it.

    ``bundle`` is the code of the bundle, ``id_tail`` the last four of the ID of who applies for it.
    """

    parts: tuple[Prepared, ...]
    materials: Mapping[str, str]
    bundle: str | None = None
    id_tail: str = ""


def prepare(services: Services, submission: Submission) -> HandedIn:
    """Check a submission of an item or a bundle; Invalid lists every wrong field at once.

    A bundle's answers are to its one form. What only a member's own form can judge is told by
    the path of the one form too.
    """
    submission = by_release(services, submission)
    catalogue = catalogue_of(services, submission)
    if submission.item not in catalogue.bundles:
        prepared = prepare_item(services, submission)
        return HandedIn((prepared,), prepared.materials)
    combined = catalogue.combined(submission.item, submission.answers)
    whole = judge(combined.item, submission)
    if chosen(combined.bundle, whole.answers) != tuple(part.item.code for part in combined.parts):
        # Only when it was cleaned could the choice be read: the form was made for another one.
        raise invalid([CHOICE_UNREADABLE])
    problems: dict[tuple[str, str], FieldProblem] = {}
    parts = []
    for part in combined.parts:
        share = _share(part, whole)
        try:
            parts.append(judge(part.item, share))
        except Invalid as refusal:
            for problem in _placed(part, whole.submission, share, refusal.fields):
                problems.setdefault((problem.path, problem.code), problem)
    if problems:
        raise invalid(problems.values())
    id_tail = whole.answers[APPLICANT]["id_number"][-4:]
    return HandedIn(tuple(parts), whole.materials, submission.item, id_tail)


def _share(part: Part, whole: Prepared) -> Submission:
    given = {entry.requirement: entry for entry in whole.submission.attachments}
    return replace(
        whole.submission,
        item=part.item.code,
        answers=part.answers(whole.answers),
        attachments=tuple(
            replace(given[name], requirement=own)
            for own, name in part.requirements.items()
            if name in given
        ),
        calls=tuple(
            {**call, "requirement": own}
            for own, name in part.requirements.items()
            for call in whole.submission.calls
            if call["requirement"] == name
        ),
        commitment=whole.submission.commitment and part.item.commitment is not None,
    )


def _placed(
    part: Part, whole: Submission, share: Submission, problems: tuple[FieldProblem, ...]
) -> Iterator[FieldProblem]:
    """Yield a member's problems at the places of the one form."""
    order = {entry.requirement: str(place) for place, entry in enumerate(whole.attachments)}
    for problem in problems:
        top, _, rest = problem.path.partition(".")
        if top == "answers":
            yield replace(problem, path=f"answers.{part.place_of(rest)}")
        elif top == "attachments":
            which, _, what = rest.partition(".")
            own = share.attachments[int(which)].requirement if which.isdecimal() else which
            name = part.requirements.get(own, own)
            named = order.get(name, name) if which.isdecimal() else name
            yield replace(problem, path=".".join(filter(None, (top, named, what))))
        else:
            yield problem
