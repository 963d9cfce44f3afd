"""Who applies: why it is asked, name, ID number and telephone, and consent apart from terms.

Neighbours: `apply` opens the draft, `questions` goes on. The rules are those of the item's
section "applicant".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from forms.schema import InvalidAnswers, validate_field
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.operators.access import public
from kiosk.terminal import again, seen
from kiosk.terminal.asking import Asked, named
from kiosk.terminal.credential import FILLED
from kiosk.terminal.flow import IDENTITY
from kiosk.terminal.inputs import raw_value
from kiosk.terminal.questions import first_page, onward
from kiosk.terminal.wanted import at_hand

bp = Blueprint("identify", __name__)

CONSENT = Text("信息使用授权", "Your consent")
CONSENT_MISSING = Text(
    "要继续，请勾选同意；不同意的，可到窗口由工作人员办理。",
    "To go on, please tick that you agree; or let the staff help you at the counter.",
)


@bp.get("/items/<code>/apply/identify")
@public
def show(code: str) -> str:
    """Ask who applies; what was entered before is shown again."""
    item, draft = at_hand(code)
    return _page(item, draft, _questions(item, _given(draft), {}), draft.consent, None)


@bp.post("/items/<code>/apply/identify")
@public
def save(code: str) -> Response | tuple[str, int]:
    """Keep name, ID number, telephone and consent, if all of them are good.

    What another window has changed since is shown and not overwritten.
    """
    item, draft = at_hand(code)
    section = item.section("applicant")
    entered = {
        field.id: raw_value(field, request.form, field.id)
        for field in section.fields
        if field.id in IDENTITY
    }
    agreed = request.form.get("consent") == "yes"
    cleaned, errors = _judge(item, {**draft.answers, "applicant": entered})
    given = _given(draft)
    if seen.is_outdated(draft, given) and given != cleaned:
        changed = {name: seen.CHANGED for name in IDENTITY if given[name] != cleaned.get(name)}
        return _page(item, draft, _questions(item, given, changed), draft.consent, None), 409
    if errors or not agreed:
        asked = _questions(item, entered, errors)
        return _page(item, draft, asked, agreed, None if agreed else CONSENT_MISSING), 422
    kept = {**draft.answers.get("applicant", {}), **cleaned}
    answers = {**draft.answers, "applicant": kept}
    draft = replace(draft, answers=answers, consent=True)
    drafts.save(services(), draft)
    return again.detour(draft) or redirect(onward(item, answers, None, request.args.get("then")))


def _judge(
    item: ServiceItem, answers: Mapping[str, Any]
) -> tuple[dict[str, object], dict[str, Text]]:
    cleaned: dict[str, object] = {}
    errors: dict[str, Text] = {}
    for name, value in answers["applicant"].items():
        try:
            cleaned[name] = validate_field(item, "applicant", name, value, answers)
        except InvalidAnswers as refusal:
            errors[name] = refusal.errors[0].message
    return cleaned, errors


def _given(draft: Draft) -> dict[str, Any]:
    before = draft.answers.get("applicant", {})
    return {name: before.get(name) for name in IDENTITY}


def _back(item: ServiceItem, draft: Draft) -> str:
    before = first_page(item, draft.answers)
    here = url_for("terminal.identify.show", code=item.code)
    return url_for("terminal.guide.show", code=item.code) if before == here else before


def _questions(
    item: ServiceItem, given: Mapping[str, object], errors: Mapping[str, Text]
) -> list[Asked]:
    return [
        Asked(
            field, field.id, given.get(field.id), field.required is not False, errors.get(field.id)
        )
        for field in item.section("applicant").fields
        if field.id in IDENTITY
    ]


def _page(
    item: ServiceItem,
    draft: Draft,
    asked: list[Asked],
    consent: bool,
    consent_error: Text | None,
) -> str:
    problems = [line for entry in asked for line in entry.problems]
    if consent_error:
        problems.append(("#consent", named(CONSENT, consent_error)))
    return render_template(
        "terminal/identify.html",
        item=item,
        asked=asked,
        consent=consent,
        consent_error=consent_error,
        problems=problems,
        seen=seen.mark(draft, _given(draft)),
        filled=session.pop(FILLED, None) == draft.id,
        back_to=_back(item, draft),
    )
