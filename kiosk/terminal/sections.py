"""One section, one page: how staff fill in, with every question of a section at once.

The same drafts and the same judgement as the pages of one question each, so that one can change
between both at any time. What is good is kept even when something else on the page is not.
Neighbours: `grouped` lays a page out, `questions` and `lists` ask one thing at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.answers import is_empty
from forms.asking import Opened
from forms.definition import Section, ServiceItem, Text
from forms.schema import FieldError, judge_section, visible_sections
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.operators.access import requires
from kiosk.terminal import again, grouped, seen
from kiosk.terminal.asking import named
from kiosk.terminal.flow import stops
from kiosk.terminal.grouped import APPLICANT, as_given, given_rows, name_of
from kiosk.terminal.identify import CONSENT, CONSENT_MISSING
from kiosk.terminal.questions import address_of, entered
from kiosk.terminal.wanted import at_hand

bp = Blueprint("sections", __name__)

MATERIALS, ONE_BY_ONE = "materials-page", "one-by-one"
"""Where buttons lead that are no section; ids have no hyphens."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What came in for a section: rows as typed, and as they are kept from now on."""

    typed: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    errors: tuple[FieldError, ...]


@bp.get("/items/<code>/apply/sections")
@requires("staff")
def begin(code: str) -> Response:
    """Lead to the first section in which something is open; when nothing is, to the first."""
    item, draft = at_hand(code)
    found = grouped.progress(item, draft)
    first = next((each for each in found if each.left), found[0])
    return redirect(_address(item, first.section.id))


@bp.get("/items/<code>/apply/sections/<section_id>")
@requires("staff")
def show(code: str, section_id: str) -> str | Response:
    """Ask everything of a section; `rows` asks for so many rows of a list, `more` is a remark."""
    item, draft = at_hand(code)
    section = _section(item, section_id)
    if section not in visible_sections(item, draft.answers):
        return redirect(url_for("terminal.sections.begin", code=code))
    return _page(item, draft, section, given_rows(section, draft.answers))


@bp.post("/items/<code>/apply/sections/<section_id>")
@requires("staff")
def save(code: str, section_id: str) -> Response | tuple[str, int]:
    """Keep what is good and go where the pressed button leads, unless something has to be mended.

    What another window has changed since is shown and not overwritten.
    """
    item, draft = at_hand(code)
    section = _section(item, section_id)
    before = given_rows(section, draft.answers)
    entry = _judged(item, section, draft, before)
    if entry is None:
        return redirect(url_for("terminal.sections.begin", code=code))
    outdated = seen.is_outdated(draft, draft.answers.get(section.id))
    if outdated and entry.kept != before:
        return _page(item, draft, section, before, problems=[("#rows", seen.CHANGED)]), 409
    answers = {**draft.answers, section.id: as_given(section, entry.kept)}
    consent = request.form.get("consent") == "yes" if section.id == APPLICANT else draft.consent
    draft = replace(draft, answers=answers, consent=consent)
    drafts.save(services(), draft)
    # Who chooses other members of a bundle is asked other questions from here on.
    item, draft = at_hand(code)
    return _answer(item, draft, section, entry)


def _answer(
    item: ServiceItem, draft: Draft, section: Section, entry: Entry
) -> Response | tuple[str, int]:
    to, act = request.form.get("to"), request.form.get("act")
    leaves = bool(to or act)
    asked = set(request.form.get("asked", "").split())
    blocking = [error for error in entry.errors if not (leaves and _may_wait(section, error))]
    unseen = [error for error in blocking if _is_new(section, error, asked)]
    agreed = draft.consent or section.id != APPLICANT or leaves
    if blocking and len(unseen) == len(blocking) and agreed:
        return redirect(_address(item, section.id, more=1))
    if blocking or not agreed:
        rows, told = entry.typed, [error for error in blocking if error not in unseen]
        return _page(item, draft, section, rows, told, is_agreed=agreed), 422
    if act:
        wanted = len(entry.kept) + (act == "add")
        return redirect(_address(item, section.id, rows=wanted) + "#rows")
    first = again.detour(draft) if section.id == APPLICANT else None
    return first or redirect(_onward(item, draft, section, to))


def _onward(item: ServiceItem, draft: Draft, section: Section, to: str | None) -> str:
    """Return where `to` leads; without it, what comes after this section."""
    names = [each.id for each in visible_sections(item, draft.answers)]
    if to == ONE_BY_ONE:
        return _one_by_one(item, draft, section)
    if to in names:
        return _address(item, to)
    place = names.index(section.id) + 1 if section.id in names else 0
    if to == MATERIALS or place >= len(names):
        return url_for("terminal.materials.show", code=item.code)
    return _address(item, names[place])


def _one_by_one(item: ServiceItem, draft: Draft, section: Section) -> str:
    """Return the page of the first question of this section."""
    found = stops(item, draft.answers)
    first = next((stop for stop in found if stop.section.id == section.id), None)
    if first is None or section.id == APPLICANT:
        return url_for("terminal.identify.show", code=item.code)
    return address_of(item, first)


def _judged(
    item: ServiceItem, section: Section, draft: Draft, before: list[dict[str, Any]]
) -> Entry | None:
    """Return what was posted, judged; None when the answers do not ask for this section."""
    count = _posted_rows(section)
    before = before + [{}] * (count - len(before))
    typed = [_typed_row(section, before[row], row) for row in range(count)]
    removed = request.form.get("act", "").removeprefix("remove-")
    if section.repeat:
        # A row in which nothing stands was never filled in.
        stays = [str(place) != removed and not is_empty({**row}) for place, row in enumerate(typed)]
        typed = [row for row, wanted in zip(typed, stays, strict=True) if wanted]
        before = [row for row, wanted in zip(before, stays, strict=False) if wanted]
    opened, errors = judge_section(item, section.id, as_given(section, typed), draft.answers)
    return Entry(typed, _kept(section, opened, before, errors), errors) if opened else None


def _kept(
    section: Section,
    opened: Opened,
    before: Sequence[dict[str, Any]],
    errors: Sequence[FieldError],
) -> list[dict[str, Any]]:
    """Return the rows to keep: good answers as they are now, everything else as it was.

    An answer that has been taken out is gone, though it has to be given.
    """
    wrong = {error.path: error.code for error in errors}
    rows = []
    for row, earlier in zip(opened.rows, before, strict=False):
        asked = {field.id for field in row.fields}
        kept = {name: value for name, value in earlier.items() if name not in asked}
        for field in row.fields:
            code = wrong.get(row.path(section, field))
            if code is None and field.id in row.kept:
                kept[field.id] = row.kept[field.id]
            elif code not in (None, "required") and field.id in earlier:
                kept[field.id] = earlier[field.id]
        rows.append(kept)
    return rows


def _typed_row(section: Section, before: dict[str, Any], row: int) -> dict[str, Any]:
    index = row if section.repeat else None
    return {
        field.id: entered(field, before.get(field.id), name_of(field, index))
        for field in section.fields
    }


def _posted_rows(section: Section) -> int:
    if section.repeat is None:
        return 1
    told = request.form.get("rows", "")
    return min(int(told), section.repeat.max) if told.isascii() and told.isdecimal() else 0


def _may_wait(section: Section, error: FieldError) -> bool:
    """Say whether something is merely not there yet: that keeps nobody who turns elsewhere."""
    return error.code == "required" or error.path == section.id


def _is_new(section: Section, error: FieldError, asked: set[str]) -> bool:
    """Say whether it only says that a question is open that the posted page did not show yet."""
    name = "q." + error.path.removeprefix(f"{section.id}.")
    return error.code == "required" and name not in asked


def _section(item: ServiceItem, section_id: str) -> Section:
    try:
        return item.section(section_id)
    except KeyError:
        abort(404)


def _address(item: ServiceItem, section_id: str, **query: Any) -> str:
    return url_for("terminal.sections.show", code=item.code, section_id=section_id, **query)


def _page(
    item: ServiceItem,
    draft: Draft,
    section: Section,
    shown: Sequence[dict[str, Any]],
    errors: Sequence[FieldError] = (),
    problems: Sequence[tuple[str, Text]] = (),
    is_agreed: bool = True,
) -> str:
    answers = draft.answers
    if section.repeat:
        wanted = request.args.get("rows", 0, int)
        least = max(wanted, section.repeat.min, len(shown))
        shown = [*shown, *[{}] * (min(least, section.repeat.max) - len(shown))]
    rows = grouped.rows_asked(item, section, answers, shown, errors)
    lines = [*problems, *grouped.problems_of(section, rows, errors)]
    if not is_agreed:
        lines.append(("#consent", named(CONSENT, CONSENT_MISSING)))
    return render_template(
        "terminal/section.html",
        item=item,
        section=section,
        rows=rows,
        problems=lines,
        focus=grouped.first_to_answer(rows),
        consent=draft.consent if section.id == APPLICANT else None,
        consent_error=None if is_agreed else CONSENT_MISSING,
        progress=grouped.progress(item, draft),
        materials=MATERIALS,
        one_by_one=ONE_BY_ONE,
        live=grouped.live(item, section, answers),
        seen=seen.mark(draft, answers.get(section.id)),
        has_more=request.args.get("more") is not None,
        here=_address(item, section.id),
        back_to=url_for("terminal.guide.show", code=item.code),
    )
