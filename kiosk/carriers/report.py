"""What a terminal tells of itself with every pull, on the line and on a carrier.

Neighbours: `kiosk.worker` pulls, `kiosk.carriers.station` loads carriers; `kiosk.hall.reported`
keeps it.
"""

import shutil
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import awaiting
from kiosk.config import Config
from kiosk.devices import register
from kiosk.tls.files import TlsFiles
from sync import journal, releases
from sync.expecting import MOST_LOST, TURN_SECONDS
from sync.state import Peer


def status(session: Session, parts: Services) -> Mapping[str, Any]:
    """Return what `docs/sync-protocol.md` lists for a pull, as JSON values."""
    peer = session.get_one(Peer, 1)
    queue = journal.backlog(session, peer)
    disk = shutil.disk_usage(parts.config.data_dir)
    lost = awaiting.lost_files(session, parts)
    return {
        "pending": queue.pending,
        "oldest_at": queue.oldest_at,
        "waiting": journal.oldest_pending(session, peer) if queue.pending else [],
        "blobs": peer.blobs_wanted,
        "error": peer.last_error or _lost(len(lost)),
        "lost": _in_turn(sorted(lost)),
        "version": version("jishiban"),
        "disk_free": disk.free,
        "disk_total": disk.total,
        "clock": int(clock.now().timestamp() * 1_000_000),
        "release": parts.releases.current.release,
        "release_refused": releases.refusal(session),
        "devices": register.told(session),
        "certificate_ends": _certificate_ends(parts.config),
    }


def _in_turn(lost: list[str]) -> list[str]:
    """Return at most so many of them, those behind them with the next turn, round and round."""
    if len(lost) <= MOST_LOST:
        return lost
    turn = int(clock.now().timestamp()) // TURN_SECONDS
    first = turn * MOST_LOST % len(lost)
    return (lost + lost)[first : first + MOST_LOST]


def _lost(files: int) -> str | None:
    """Return in words that files are lost, as an error of the exchange is told; None if none is."""
    return f"needs attention: {files} wanted files are damaged here or gone" if files else None


def _certificate_ends(config: Config) -> int | None:
    """Return when the certificate ends with which this terminal serves HTTPS, if it does."""
    ends = TlsFiles.below(config.data_dir).ends() if config.tls_port else None
    return None if ends is None else int(ends.timestamp() * 1_000_000)
