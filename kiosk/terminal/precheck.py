"""The pre-check of a guide (能不能办): a few questions before anybody fills in a form.

What is replied is looked at once and kept nowhere: not in the session, not in an address.
Neighbours: `forms.precheck` asks and judges, `guide` leads here.
"""

from flask import Blueprint, abort, render_template, request

from forms.definition import ServiceItem, Text
from forms.precheck import REPLIES, Question, Reply, judge, questions
from kiosk.app_services import services
from kiosk.operators.access import public
from kiosk.terminal.wanted import item_or_404

bp = Blueprint("precheck", __name__)

MISSING = Text("请选一个：{zh}", "Please choose one: {en}")


@bp.get("/items/<code>/precheck")
@public
def show(code: str) -> str:
    """Ask the questions."""
    item = _item(code)
    return _page(item, {}, [])


@bp.post("/items/<code>/precheck")
@public
def answer(code: str) -> str | tuple[str, int]:
    """Say what the replies come to, and why; a question without a reply is named."""
    item = _item(code)
    replies: dict[str, Reply] = {}
    missing: list[Question] = []
    for entry in questions(item):
        reply = request.form.get(entry.id)
        if reply in REPLIES:
            replies[entry.id] = reply
        else:
            missing.append(entry)
    if missing:
        return _page(item, replies, missing), 422
    return render_template("terminal/prechecked.html", item=item, verdict=judge(item, replies))


def _item(code: str) -> ServiceItem:
    # The conditions of a bundle are those of its members, each of which has its own page.
    if code in services().catalogue.bundles:
        abort(404)
    return item_or_404(code)


def _page(item: ServiceItem, replies: dict[str, Reply], missing: list[Question]) -> str:
    problems = [
        (
            f"#{entry.id}",
            Text(MISSING.zh.format(zh=entry.text.zh), MISSING.en.format(en=entry.text.en)),
        )
        for entry in missing
    ]
    return render_template(
        "terminal/precheck.html",
        item=item,
        asked=questions(item),
        replies=replies,
        problems=problems,
        missing={entry.id for entry in missing},
    )
