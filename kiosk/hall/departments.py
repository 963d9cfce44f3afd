"""The page *Departments and windows*: who serves which item, and where they sit.

Neighbours: `kiosk.operators.departments` has the tables, `dividing` the verbs of this page,
`single_items` is the page of single items, `scope` holds clerks to both.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kiosk.app_services import services
from kiosk.db import reading, writing
from kiosk.errors import Conflict, Invalid, status_of
from kiosk.hall import dividing, excepting
from kiosk.hall.dividing import Entered
from kiosk.hall.pages import ADMINS, TERMINAL_READERS, page_blueprint, the_operator
from kiosk.operators import departments
from kiosk.operators.access import asks_password, requires

bp = page_blueprint("departments", __name__)


@bp.get("/departments")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the departments, the general window, and the authorities that no department serves."""
    with reading() as session:
        found = dividing.overview(session, services().catalogue)
    return render_template("hall/departments.html", found=found)


@bp.post("/departments")
@requires(*ADMINS)
@asks_password
def set_up() -> Response:
    """Make departments and windows from the current release, where there are none yet."""
    with writing() as session:
        made = departments.set_up(session, services().catalogue, the_operator().id)
    if made:
        flash(gettext("%(num)d departments are set up; change them as they really are.", num=made))
    return redirect(url_for("hall.departments.show"), 303)


@bp.get("/departments/<code>")
@requires(*ADMINS)
def ask(code: str) -> str:
    """Show one department to be changed; ``new`` is one that there is not yet."""
    with reading() as session:
        return _page(code, dividing.entered_of(session, code), None)


@bp.post("/departments/<code>")
@requires(*ADMINS)
@asks_password
def change(code: str) -> Response | tuple[str, int]:
    """Change it; windows and authorities that it takes leave the department that had them."""
    entered = Entered(
        code=request.form.get("code", "").strip().upper() if code == "new" else code,
        name_zh=request.form.get("name_zh", "").strip(),
        name_en=request.form.get("name_en", "").strip(),
        windows=request.form.get("windows", "").strip(),
        authorities=tuple(request.form.getlist("authorities")),
    )
    try:
        dividing.change(services(), entered, the_operator().id, is_new=code == "new")
    except (Invalid, Conflict) as refusal:
        return _page(code, entered, refusal), status_of(refusal)
    flash(gettext("Changed; it counts from the next page that a clerk opens."))
    return redirect(url_for("hall.departments.show"), 303)


def _page(code: str, entered: Entered, refusal: Invalid | Conflict | None) -> str:
    fields = refusal.fields if refusal else ()
    problems = {field.path: field.message for field in fields}
    with reading() as session:
        told = departments.distribution(session)
    return render_template(
        "hall/department.html",
        code=code,
        entered=entered,
        problems=problems,
        summary=[(f"#{path}", message) for path, message in problems.items()],
        authorities=departments.authorities(services().catalogue),
        served_by=told.authorities,
        has=excepting.had_by(services().catalogue, told, code),
    )
