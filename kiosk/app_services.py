"""What a request may use: configuration, catalogue, keys, blobs, doorbell, station.

One frozen object per application, made by ``kiosk.app`` and fetched with
``services()``. It holds parts and no rules.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import structlog
from flask import current_app

from forms.definition import Text
from forms.release import Catalogue, ReleaseDamaged, open_release
from kiosk.config import Config
from kiosk.crypto import Keyring
from kiosk.db import reading
from kiosk.errors import STATUS, Unavailable
from sync.blobs import BlobStore
from sync.identity import Identity
from sync.jobs import Doorbell
from sync.state import Peer

log = structlog.get_logger(__name__)

_HASH = re.compile(r"[0-9a-f]{64}")


class ReleaseMissing(Unavailable, LookupError):
    """A catalogue release is not on this machine, or its file cannot be read.

    Who can do without it catches LookupError; to others it is a refusal that says so.
    """

    def __init__(self) -> None:
        """There is one message."""
        message = Text(
            "这个办件所用的事项目录版本在本机读不出来，暂时无法办理。请找工作人员。",
            "The catalogue release of this case cannot be read on this machine, so that it cannot "
            "be shown now. Please ask the staff.",
        )
        super().__init__("release_missing", message)


STATUS[ReleaseMissing] = STATUS[Unavailable]


@dataclass(frozen=True, slots=True)
class Station:
    """Where a terminal stands, as the hall enrolled it; ``number`` has 6 digits."""

    terminal_id: str
    number: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Releases:
    """The catalogue releases on this machine, by content hash; ``current`` is offered to people."""

    folder: Path
    current: Catalogue
    opened: dict[str, Catalogue]
    #: Those whose damage is in the log already: a list of cases asks once for each case.
    damaged: set[str] = field(default_factory=set)

    def of(self, release: str) -> Catalogue:
        """Return a release; ReleaseMissing, a LookupError, when it is not here or damaged.

        ``release`` may come from outside: what is no hash is not looked for.
        """
        if release not in self.opened:
            if not _HASH.fullmatch(release):
                raise ReleaseMissing
            try:
                self.opened[release] = open_release(self.folder / f"{release}.json")
            except FileNotFoundError as error:
                raise ReleaseMissing from error
            except (ReleaseDamaged, OSError) as error:
                self._report(release, error)
                raise ReleaseMissing from error
        return self.opened[release]

    def _report(self, release: str, error: Exception) -> None:
        if release not in self.damaged:
            self.damaged.add(release)
            log.error("release_damaged", release=release, error=str(error))


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one application."""

    config: Config
    releases: Releases
    keyring: Keyring
    identity: Identity
    blobs: BlobStore
    doorbell: Doorbell

    @property
    def catalogue(self) -> Catalogue:
        """The release that new cases are filled with."""
        return self.releases.current

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
