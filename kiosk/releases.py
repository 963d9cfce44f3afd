"""The catalogue releases on this machine, side by side, and which of them is offered to people.

They lie in one folder as ``<hash>.json``. The file ``current`` beside them names the one that the
hall has made current; until there is one, it is the release that ships with the program. Web
processes and worker see a change at once and without a restart. Knows no database and no line.
Neighbours: ``kiosk.core`` makes it, ``sync.obtain`` fetches new ones into it.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from forms.definition import Text
from forms.release import (
    Catalogue,
    FormatUnknown,
    ReleaseDamaged,
    check_readable,
    keep,
    open_release,
    write_whole,
)
from kiosk.errors import STATUS, Unavailable
from sync.blobs import BlobStore
from sync.obtain import NotTaken

log = structlog.get_logger(__name__)

#: The file that names the release offered to people.
CURRENT = "current"

#: Seconds until a named release that cannot be read is tried again, twice as long each time, and
#: at most: a disk that was busy or full for a moment is soon well, a damaged file never is.
RETRY_SECONDS, LONGEST_RETRY_SECONDS = 2.0, 60.0

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


@dataclass(slots=True)
class Releases:
    """The catalogue releases on this machine, by content hash."""

    folder: Path
    #: The release that came with the program, offered until the hall has named another.
    shipped: Catalogue
    opened: dict[str, Catalogue]
    #: Those whose damage is in the log already: a list of cases asks once for each case.
    damaged: set[str] = field(default_factory=set)
    retry_seconds: float = RETRY_SECONDS
    _chosen: Catalogue | None = None
    #: Time and inode of the file ``current`` as it was last read.
    _stamp: tuple[int, int] | None = None
    #: When to try again what is named and could not be read (monotonic), and after how long then.
    _retry_at: float | None = None
    _pause: float = 0.0

    @property
    def current(self) -> Catalogue:
        """The release that is offered to people; costs one look at a file's time.

        When the one that was named last cannot be read, it is the one before, and the other is
        tried again from time to time. A terminal tells the hall of the one in use.
        """
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp, self._retry_at, self._pause = stamp, None, self.retry_seconds
            self._choose_named(is_again=False)
        elif self._retry_at is not None and time.monotonic() >= self._retry_at:
            self._choose_named(is_again=True)
        return self._chosen or self.shipped

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
            self.damaged.discard(release)
        return self.opened[release]

    def holds(self, release: str) -> bool:
        """Tell whether a release is here, whole, and every item of it can be read."""
        try:
            check_readable(open_release(self.folder / f"{release}.json"))
        except (ReleaseDamaged, OSError):
            return False
        return True

    def take_in(self, content: bytes) -> None:
        """Keep a release that came from elsewhere, once all of it has proved readable.

        NotTaken says why it is not kept; OSError when the disk does not take it.
        """
        try:
            catalogue = Catalogue(content)
            check_readable(catalogue)
        except FormatUnknown as error:
            raise NotTaken("format") from error
        except ReleaseDamaged as error:
            log.error("release_damaged", release="", error=str(error))
            raise NotTaken("unreadable") from error
        keep(catalogue, self.folder)

    def choose(self, release: str) -> None:
        """Offer this release to people from now on, in every process; OSError. Idempotent."""
        write_whole(self.folder / CURRENT, release.encode() + b"\n")

    def lend(self, blobs: BlobStore, wanted: Iterable[str]) -> None:
        """Put those releases among the files, that the hall lacks and asks for by their hash.

        A case was filled with one that came with this program and that the hall never had.
        """
        for sha256 in wanted:
            if blobs.has(sha256) or sha256 not in self.names():
                continue
            try:
                blobs.put(self.of(sha256).content)
            except (LookupError, OSError) as error:
                # Pictures and cases must not wait for a release that cannot be given.
                log.error("release_not_lent", release=sha256, error=type(error).__name__)

    def lacks(self, release: str) -> bool:
        """Tell whether it could be a release and is not on this machine."""
        is_name = _HASH.fullmatch(release) is not None
        return is_name and not (self.folder / f"{release}.json").exists()

    def names(self) -> list[str]:
        """Return the hashes of all releases on this machine."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def _look(self) -> tuple[int, int] | None:
        try:
            found = (self.folder / CURRENT).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _choose_named(self, is_again: bool) -> None:
        if self._stamp is None:
            self._chosen = None
            return
        try:
            self._chosen = self.of((self.folder / CURRENT).read_text(encoding="ascii").strip())
        except (ReleaseMissing, OSError, ValueError):
            if not is_again:
                log.error("current_release_missing")
            self._retry_at = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_RETRY_SECONDS)
        else:
            self._retry_at = None
            if is_again:
                log.info("current_release_read", release=self._chosen.release)

    def _report(self, release: str, error: Exception) -> None:
        if release not in self.damaged:
            self.damaged.add(release)
            log.error("release_damaged", release=release, error=str(error))
