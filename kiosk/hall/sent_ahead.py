"""An application that was sent to be looked through, laid out as the desk lays out a case.

Reads only. Neighbours: `dossier` has the layout, `help_service` the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases.help.reading import Record
from kiosk.cases.replay import Unreadable, check_version
from kiosk.hall.layout import Group, Layout, Supply


@dataclass(frozen=True, slots=True)
class Sent:
    """Answers by section, and what stands for each document."""

    groups: tuple[Group, ...]
    supplies: tuple[Supply, ...]


def laid_out(services: Services, record: Record) -> Sent | None:
    """Return the application; None without its key or form, or when it cannot be laid out."""
    said = record.details
    if said is None:
        return None
    try:
        body = _body(said, record.files)
        check_version(body)
        item = services.releases.of(said["release"]).item(record.row.item)
    except (Unreadable, LookupError, TypeError, AttributeError):
        return None
    day = record.events[0].at.astimezone(clock.LOCAL).date()
    layout = Layout(services, item, body, day, record.row.terminal_id)
    return Sent(tuple(layout.groups()), tuple(layout.supplies()))


def _body(said: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent in the shape of a version handed in."""
    attachments = [
        {"requirement": name, "mode": given["mode"], "materials": given.get("materials", [])}
        for name, given in said["attachments"].items()
    ]
    return {"answers": said["answers"], "attachments": attachments, "files": files}
