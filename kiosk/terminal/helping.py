"""The help service (帮代办): what agents do, for which items, and the way of a project.

Neighbours: `station` leads here; an item's `guide` tells the help for that item; `forms.helping`
and `forms.approvals` hold what is shown.
"""

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from forms.approvals import Approval, Construction, Stage, finished_after
from forms.definition import ServiceItem, Text
from forms.helping import HelpItem, HelpService
from kiosk.app_services import services
from kiosk.operators.access import public

bp = Blueprint("helping", __name__)

Helped = tuple[ServiceItem, HelpItem]


@dataclass(frozen=True, slots=True)
class Span:
    """An approval on the line of its stage: from `start` working days on, until `finish`."""

    approval: Approval
    after: tuple[Approval, ...]
    start: int
    finish: int
    help: HelpItem | None


@bp.get("/help")
@public
def show() -> str:
    """Show what the help service is, and its public services, one department at a time."""
    catalogue = services().catalogue
    groups = _by_department(catalogue.help_items)
    wanted = request.args.get("of")
    chosen = next((name for name in groups if name.zh == wanted), None)
    if wanted and chosen is None:
        abort(404)
    if chosen:
        return render_template("terminal/help_list.html", chosen=chosen, found=groups[chosen])
    return render_template(
        "terminal/help.html",
        service=catalogue.help_items,
        groups=groups,
        investment=catalogue.help_items.of("investment"),
    )


@bp.get("/help/projects")
@public
def projects() -> str:
    """Show the help for investment, and the approvals of a construction project by stage."""
    catalogue = services().catalogue
    return render_template(
        "terminal/help_projects.html",
        stages=[
            (stage, _spans(stage, catalogue.construction, catalogue.help_items))
            for stage in catalogue.construction.stages
        ],
        investment=catalogue.help_items.of("investment"),
    )


def _by_department(service: HelpService) -> dict[Text, list[Helped]]:
    groups: dict[Text, list[Helped]] = {}
    for help_item in service.of("public_service"):
        item = services().catalogue.item(help_item.linked)
        groups.setdefault(item.department, []).append((item, help_item))
    return groups


def _spans(stage: Stage, construction: Construction, service: HelpService) -> list[Span]:
    finished = finished_after(stage.approvals)
    return [
        Span(
            approval=approval,
            after=tuple(construction.approval(code) for code in approval.predecessors),
            start=finished[approval.code] - (approval.working_days if approval.counted else 0),
            finish=finished[approval.code],
            help=service.linked_to(approval.code),
        )
        for approval in stage.approvals
    ]
