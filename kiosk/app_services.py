"""What a request may use: configuration, catalogue, keys, blobs, doorbell, station.

One frozen object per application, made by ``kiosk.app`` and fetched with
``services()``. It holds parts and no rules.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, g, has_request_context

from forms.release import Catalogue
from kiosk.config import Config
from kiosk.crypto import Keyring
from kiosk.db import reading
from kiosk.group_commit import GroupCommit
from kiosk.releases import Releases
from sync.blobs import BlobStore
from sync.identity import Identity
from sync.jobs import Doorbell
from sync.state import Peer


@dataclass(frozen=True, slots=True)
class Station:
    """Where a terminal stands, as the hall enrolled it; ``number`` has 6 digits."""

    terminal_id: str
    number: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one application."""

    config: Config
    releases: Releases
    keyring: Keyring
    identity: Identity
    blobs: BlobStore
    doorbell: Doorbell
    group_commit: GroupCommit = field(default_factory=GroupCommit)
    #: Pages for everybody that cost much, with the time of each; a few of fixed names.
    public_pages: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """The release that new cases are filled with; one request sees one to its end."""
        if not has_request_context():
            return self.releases.current
        if "catalogue" not in g:
            g.catalogue = self.releases.current
        return cast(Catalogue, g.catalogue)

    @property
    def station(self) -> Station | None:
        """Where this terminal stands; None at the hall and before enrolment."""
        with reading() as session:
            peer = session.get(Peer, 1)
        if peer is None:
            return None
        return Station(peer.terminal_id, peer.terminal_number, peer.station_code, peer.station_name)


def services() -> Services:
    """Return the parts of the application that answers the present request."""
    return cast(Services, current_app.extensions["kiosk"])
