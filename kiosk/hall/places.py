"""The places of the hall's bar: which there are, who sees which, and where somebody stands.

Knows no page but by its endpoint. Neighbours: `frame` hands the bar to every page, which
`hall/layout.html` draws: groups in the first row, and what lies in the present one below.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from kiosk.hall.pages import ADMINS, CASE_READERS, TERMINAL_READERS


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the bar leads to: its endpoint, its name, who may see it."""

    endpoint: str
    name: LazyString
    roles: tuple[str, ...]
    #: Where its pages lie; the page itself alone when it is the root of others.
    prefix: str


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together."""

    name: LazyString
    places: tuple[Place, ...]


GROUPS = (
    Group(
        _l("Cases"),
        (
            Place("hall.desk.show", _l("Cases"), CASE_READERS, "/desk"),
            Place("hall.bundles.show", _l("Bundles"), CASE_READERS, "/bundles"),
            Place("hall.help_service.show", _l("Help service"), CASE_READERS, "/help-service"),
            Place("hall.follow_ups.show", _l("Follow-ups"), CASE_READERS, "/follow-ups"),
            Place("hall.ratings.show", _l("Ratings"), TERMINAL_READERS, "/ratings"),
            Place("hall.redress.show", _l("Redress"), CASE_READERS, "/redress"),
        ),
    ),
    Group(
        _l("Terminals"),
        (
            Place("hall.terminals.show", _l("Terminals"), TERMINAL_READERS, "/terminals"),
            Place("hall.quarantine.show", _l("Quarantine"), TERMINAL_READERS, "/quarantine"),
            Place("hall.counters.show", _l("Counters"), TERMINAL_READERS, "/counters"),
            Place("hall.alerts.show", _l("Alerts"), TERMINAL_READERS, "/alerts"),
            Place("hall.queues.show", _l("Queues"), TERMINAL_READERS, "/queues"),
        ),
    ),
    Group(
        _l("Catalogue"),
        (Place("hall.releases.show", _l("Releases"), TERMINAL_READERS, "/releases"),),
    ),
    Group(
        _l("Statistics"),
        (Place("hall.statistics.show", _l("Statistics"), CASE_READERS, "/statistics"),),
    ),
    Group(
        _l("Organisation"),
        (
            Place("hall.accounts.show", _l("Accounts"), ADMINS, "/operators"),
            Place(
                "hall.departments.show",
                _l("Departments and windows"),
                TERMINAL_READERS,
                "/departments",
            ),
            Place("hall.premises.show", _l("Stations"), TERMINAL_READERS, "/stations"),
            Place("hall.records.show", _l("Audit"), TERMINAL_READERS, "/audit"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the bar as the template draws it."""

    endpoint: str
    name: LazyString
    here: bool


def rows(role: str, path: str) -> tuple[list[Link], list[Link]]:
    """Return the groups that `role` sees, and the places of the one that `path` lies in.

    A group of one place has no second row, and a group's own link is its first place.
    """
    groups, below = list[Link](), list[Link]()
    for group, places in _seen(role):
        links = [Link(each.endpoint, each.name, _lies_in(path, each)) for each in places]
        here = any(link.here for link in links)
        groups.append(Link(places[0].endpoint, group.name, here))
        if here and len(links) > 1:
            below = links
    return groups, below


def _seen(role: str) -> Iterator[tuple[Group, tuple[Place, ...]]]:
    for group in GROUPS:
        places = tuple(place for place in group.places if role in place.roles)
        if places:
            yield group, places


def _lies_in(path: str, place: Place) -> bool:
    return path == place.prefix or path.startswith(f"{place.prefix}/")
