"""Programs of neighbouring releases: copies of this one's source with a few lines of another.

What runs with such a folder in PYTHONPATH is a process of its own and no patch in ours.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Change:
    """One passage of a source file, and what stands there in the other release."""

    file: str
    old: str
    new: str


_SPOKEN = "SPOKEN = (VERSION, PACKED)"
_INFO = '_INFO = {VERSION: b"jishiban frame 1", PACKED: b"jishiban frame 2"}'
_NEXT_INFO = _INFO.replace("}", ', 3: b"jishiban frame 3"}')

#: Reads frames of version 1 alone; it has no dictionaries either.
BEFORE = (
    Change("sync/versions.py", _SPOKEN, "SPOKEN = (VERSION,)"),
    Change("sync/envelope.py", _INFO, '_INFO = {VERSION: b"jishiban frame 1"}'),
    Change("sync/dictionaries/__init__.py", '"*.zdict"', '"*.none"'),
)
#: Speaks one version of frames more, and writes every entry in another version.
AFTER = (
    Change("sync/versions.py", _SPOKEN, "SPOKEN = (VERSION, PACKED, 3)"),
    Change("sync/envelope.py", _INFO, _NEXT_INFO),
    Change("sync/journal.py", "version: int = 1", "version: int = 2"),
    Change("kiosk/cases/replay.py", "entry.version == 1", "entry.version in (1, 2)"),
    Change(
        "kiosk/cases/replay.py",
        "        raise NotKnownYet(",
        "        if entry.version == 2:\n            return entry.kind\n        raise NotKnownYet(",
    ),
    Change("kiosk/cases/replay.py", "KNOWN = frozenset({", 'KNOWN = frozenset({("every", 2), '),
)
#: Speaks nothing that this one does.
FAR_AFTER = (
    Change("sync/versions.py", _SPOKEN, "SPOKEN = (3,)"),
    Change("sync/versions.py", "default=VERSION", "default=3"),
    Change("sync/envelope.py", _INFO, '_INFO = {3: b"jishiban frame 3"}'),
)


def program(folder: Path, changes: Iterable[Change]) -> Path:
    """Lay another release's `kiosk` and `sync` into `folder`; return it, for PYTHONPATH."""
    for package in ("kiosk", "sync"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for change in changes:
        file = folder / change.file
        source = file.read_text(encoding="utf-8")
        assert change.old in source, f"{change.file} has no {change.old!r} any more"
        file.write_text(source.replace(change.old, change.new), encoding="utf-8")
    return folder
