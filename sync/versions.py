"""Which versions of frames each side speaks, and which program it is: told in every exchange.

A frame of a version that its reader does not know is refused with the versions that it does; both
sides then say that one of them needs an update, keep everything, and go on after it. Neighbours:
``push`` and ``pull`` tell the hall, ``kiosk.hall.speaking`` tells the terminal.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from sync import dictionaries
from sync.envelope import PACKED, VERSION
from sync.state import Peer

#: The versions of frames that this program reads and writes.
SPOKEN = (VERSION, PACKED)
#: How an error begins that only an update of one side ends.
NEEDS_UPDATE = "needs update: "
_MOST = 16


@lru_cache(maxsize=1)
def program() -> str:
    """Return the version of this program."""
    return version("jishiban")


def told() -> dict[str, Any]:
    """Return what a side says of itself, as JSON values."""
    return {"program": program(), "versions": list(SPOKEN)}


def told_by_hall() -> dict[str, Any]:
    """Return what a hall says of itself: also with which dictionaries it reads bodies."""
    return {**told(), "dictionaries": dictionaries.names()}


def in_words(versions: Any) -> str | None:
    """Return what the other side speaks as ``1 2``, or None when it did not say so."""
    if not isinstance(versions, list) or not all(type(each) is int for each in versions):
        return None
    return " ".join(map(str, sorted(versions)[:_MOST]))[:40] or None


def to_write(peer: Peer) -> int:
    """Return the highest version that both sides speak, as far as the hall has told."""
    heard = (peer.hall_versions or "").split()
    return max((each for each in SPOKEN if str(each) in heard), default=VERSION)


def refused(peer: Peer, supported: Any) -> None:
    """Go on with what a hall says that it reads, once it refused a frame; the caller commits."""
    spoken = in_words(supported)
    if spoken is not None and any(str(each) in spoken.split() for each in SPOKEN):
        peer.hall_versions = spoken


def hear(peer: Peer, answer: Mapping[str, Any]) -> None:
    """Keep what a hall says of itself; one of before this was told says nothing."""
    if isinstance(answer.get("program"), str):
        peer.hall_program = answer["program"][:40]
    peer.hall_versions = in_words(answer.get("versions")) or peer.hall_versions
    # An older hall says nothing, and reads no body that is packed so.
    peer.hall_dictionaries = dictionaries.shared(answer.get("dictionaries"))
