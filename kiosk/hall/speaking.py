"""The hall's side of who speaks which version: what terminals say of it, and what is refused.

Neighbours: ``sync.versions`` has the words, ``sync_api`` calls for a frame, ``monitor`` shows it.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from forms.definition import Text
from kiosk.db import writing
from kiosk.errors import STATUS, DomainError, Invalid
from sync import versions
from sync.envelope import OtherVersion
from sync.ledger import Terminal

log = structlog.get_logger(__name__)


class VersionUnsupported(DomainError):
    """A frame of a version that this hall does not read; the answer names those that it does."""

    def __init__(self, version: int) -> None:
        """``version`` is the frame's."""
        read = "、".join(map(str, versions.SPOKEN))
        super().__init__(
            "version_unsupported",
            Text(
                f"报文是第{version}版，中心能读第{read}版，需要升级。",
                f"The frame is of version {version}; this hall reads {read}. An update is needed.",
            ),
        )

    @property
    def members(self) -> Mapping[str, Any]:
        """What a terminal that speaks several goes on with."""
        return {"supported": list(versions.SPOKEN), "program": versions.program()}


STATUS[VersionUnsupported] = STATUS[Invalid]


def refused(terminal_id: str, error: OtherVersion) -> VersionUnsupported:
    """Keep which version an approved terminal wrote, for the monitor, and return the refusal."""
    log.warning("version_unsupported", terminal=terminal_id, version=error.version)
    with writing() as session:
        terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
        terminal.unread_version = min(max(error.version, 0), 2**31)
    return VersionUnsupported(error.version)


def heard(terminal: Terminal, header: Mapping[str, Any]) -> None:
    """Keep what a frame that can be read says of its writer; an older terminal says nothing."""
    terminal.unread_version = None
    program = header.get("program")
    if isinstance(program, str) and "\0" not in program:
        terminal.reported_version = program[:40]
    terminal.reported_versions = versions.in_words(header.get("versions"))
