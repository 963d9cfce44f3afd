"""The page *Items by exception*: single items that another department serves.

Neighbours: `excepting` has the verbs, `departments` is the page of whole departments.
"""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import Invalid, status_of
from kiosk.hall import excepting
from kiosk.hall.entered import known_departments
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators.access import asks_password, requires

bp = page_blueprint("single_items", __name__)


@bp.get("/departments/items")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the items that another department serves than their authority's."""
    return _page("", "", {})


@bp.post("/departments/items")
@requires(*ADMINS)
@asks_password
def give() -> Response | tuple[str, int]:
    """Give an item to another department."""
    item = request.form.get("item", "").strip()
    department = request.form.get("department", "").strip()
    try:
        excepting.give(services(), item, department, the_operator().id)
    except Invalid as refusal:
        problems = {field.path: field.message for field in refusal.fields}
        return _page(item, department, problems), status_of(refusal)
    flash(gettext("Given; it counts from the next page that a clerk opens."))
    return redirect(url_for("hall.single_items.show"), 303)


@bp.post("/departments/items/<item>/take-back")
@requires(*ADMINS)
@asks_password
def take_back(item: str) -> Response:
    """Let the item be served with the others of its authority again."""
    if excepting.take_back(services(), item, the_operator().id):
        flash(gettext("Taken back; the department of its authority serves it again."))
    return redirect(url_for("hall.single_items.show"), 303)


def _page(item: str, department: str, problems: Mapping[str, Text]) -> str:
    catalogue = services().catalogue
    with reading() as session:
        found = excepting.exceptions(session, catalogue)
    return render_template(
        "hall/department_items.html",
        found=found,
        items={code: catalogue.items[code].name for code in sorted(catalogue.items)},
        departments=known_departments(),
        typed={"item": item, "department": department},
        problems=problems,
        summary=[(f"#{path}", message) for path, message in problems.items()],
    )
