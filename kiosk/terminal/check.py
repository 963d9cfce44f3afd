"""Everything that was entered, on one page, each with a way to change it.

Neighbours: `showing` masks, `sign` comes next. Nothing is judged here that the verbs do not judge
again.
"""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms.definition import Section, ServiceItem, Text
from forms.schema import visible_fields, visible_sections
from kiosk.app_services import services
from kiosk.cases import drafts, queries
from kiosk.cases.drafts import Draft
from kiosk.errors import FieldProblem
from kiosk.operators.access import public
from kiosk.terminal.asking import named
from kiosk.terminal.flow import IDENTITY, Stop, first_open, rows_of
from kiosk.terminal.frame import is_staff
from kiosk.terminal.identify import CONSENT
from kiosk.terminal.questions import CHECK, address_of
from kiosk.terminal.showing import shown
from kiosk.terminal.supplying import page_of, tasks
from kiosk.terminal.wanted import at_hand

bp = Blueprint("check", __name__)

SIGNATURE = Text("签名", "Your signature")


@dataclass(frozen=True, slots=True)
class Line:
    """One answer to look over: label, what it says, where to change it."""

    label: Text
    value: str
    change: str


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one section, or of one row of a repeat section (`number` from 1)."""

    title: Text
    number: int | None
    lines: tuple[Line, ...]


@bp.get("/items/<code>/apply/check")
@public
def show(code: str) -> str | Response:
    """Show all answers and materials; lead to the first question still open, if there is one."""
    item, draft = at_hand(code)
    if not draft.consent:
        return redirect(url_for("terminal.identify.show", code=code, then=CHECK))
    still = first_open(item, draft.answers)
    if still and is_staff():
        where = url_for("terminal.sections.show", code=code, section_id=still.section.id)
        return redirect(where)
    if still:
        return redirect(address_of(item, still, CHECK))
    return page(item, draft, [])


def page(item: ServiceItem, draft: Draft, problems: list[tuple[str, Text]]) -> str:
    """Draw the answers, with what is wrong on top."""
    return render_template(
        "terminal/check.html",
        item=item,
        groups=groups(item, draft),
        tasks=tasks(item, draft),
        problems=problems,
        here=url_for("terminal.check.show", code=item.code),
        back_to=url_for("terminal.materials.show", code=item.code),
        correcting=draft.corrects is not None,
        can_go_ahead=draft.corrects is None and is_pre_checked(item.code),
        reasons=queries.progress_of(services(), draft.corrects).reasons if draft.corrects else (),
    )


def is_pre_checked(code: str) -> bool:
    """Tell whether the help with this item includes an online pre-check (网上预审)."""
    found = services().catalogue.help_items.linked_to(code)
    return found is not None and any(each.code == "pre_check" for each in found.features)


def problems_of(
    item: ServiceItem, draft: Draft, fields: tuple[FieldProblem, ...]
) -> list[tuple[str, Text]]:
    """Return what the verbs found wrong, for the error summary: where to change it, and what."""
    found = []
    for field in fields:
        label, message = _label_of_path(item, draft, field.path), field.message
        # "Still missing: Household register." has said it.
        told = label is None or label.zh in message.zh
        line = message if told or label is None else named(label, message)
        found.append((address_of_path(item, draft, field.path), line))
    return found


def groups(item: ServiceItem, draft: Draft) -> list[Group]:
    """Return the answers in the order they were asked."""
    found: list[Group] = []
    for section in visible_sections(item, draft.answers):
        if section.repeat is None:
            found.append(Group(section.title, None, _lines(item, section, draft, None)))
            continue
        for row in range(len(rows_of(draft.answers, section))):
            found.append(Group(section.title, row + 1, _lines(item, section, draft, row)))
    return [group for group in found if group.lines]


def address_of_path(item: ServiceItem, draft: Draft, path: str) -> str:
    """Return the page on which the field of a dotted path can be changed.

    `attachments.<number>…` counts the attachments as `draft` hands them in; a missing one is named
    by its requirement. What no page is known for leads to the top of the answers.
    """
    parts = path.removeprefix("answers.").split(".")
    if parts[0] == "signature":
        return url_for("terminal.sign.show", code=item.code)
    if parts[0] == "consent":
        return url_for("terminal.identify.show", code=item.code, then=CHECK)
    if parts[0] == "attachments" and len(parts) > 1:
        return page_of(item, draft, _requirement_id(draft, parts[1]))
    section = next((entry for entry in item.sections if entry.id == parts[0]), None)
    if section is None or len(parts) < 2:
        return "#main"
    if section.repeat is not None:
        return address_of(item, Stop(section, None), CHECK)
    return _change(item, section, parts[1], None)


def _label_of_path(item: ServiceItem, draft: Draft, path: str) -> Text | None:
    top, _, rest = path.removeprefix("answers.").partition(".")
    name, _, within = rest.partition(".")
    if top == "attachments":
        wanted = _requirement_id(draft, name)
        return next((entry.name for entry in item.requirements if entry.id == wanted), None)
    section = next((entry for entry in item.sections if entry.id == top), None)
    if section is None:
        return {"signature": SIGNATURE, "consent": CONSENT}.get(top)
    if section.repeat is not None and name.isdecimal():
        return _label_in_row(section, int(name) + 1, within)
    return next((field.label for field in section.fields if field.id == name), section.title)


def _label_in_row(section: Section, number: int, field_id: str) -> Text:
    """Which of several equal lines it is: list, number counted from 1, and field."""
    field = next((field.label for field in section.fields if field.id == field_id), None)
    zh, en = f"{section.title.zh}第{number}条", f"{section.title.en}, no. {number}"
    return Text(f"{zh}，{field.zh}", f"{en}, {field.en}") if field else Text(zh, en)


def _requirement_id(draft: Draft, named: str) -> str:
    if not named.isdecimal():
        return named
    return drafts.to_submission(draft, "kiosk").attachments[int(named)].requirement


def _lines(item: ServiceItem, section: Section, draft: Draft, row: int | None) -> tuple[Line, ...]:
    given = draft.answers.get(section.id, {})
    given = given[row] if row is not None else given
    return tuple(
        Line(
            field.label,
            shown(field, given.get(field.id)),
            _change(item, section, field.id, row),
        )
        for field in visible_fields(item, section, draft.answers, row)
    )


def _change(item: ServiceItem, section: Section, field_id: str, row: int | None) -> str:
    if row is not None:
        return url_for(
            "terminal.lists.ask",
            code=item.code,
            section_id=section.id,
            row=row,
            field_id=field_id,
            then=CHECK,
        )
    if section.id == "applicant" and field_id in IDENTITY:
        return url_for("terminal.identify.show", code=item.code, then=CHECK)
    return url_for(
        "terminal.questions.show",
        code=item.code,
        section_id=section.id,
        field_id=field_id,
        then=CHECK,
    )
