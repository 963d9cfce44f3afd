"""Runs of codes on their way in, part by part, in the data folder: any order, any process.

A part is written once under its number; a run is whole when all are there and make what it is
named by. Neighbours: `sync.qr_run` knows what a code says, the pages of both roles collect here.
"""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sync.carrier import UNFINISHED
from sync.qr_run import CodePart, joined, part_in

#: So many runs are kept that were begun and never came to their end.
MOST_RUNS = 8
_FOLDER = re.compile(r"([0-9A-F]{12})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; ``missing`` are the numbers of the codes that have not been seen."""

    run: str
    have: int
    total: int
    missing: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing


class Runs:
    """The runs below one folder."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made with the first code."""
        self._folder = folder

    def add(self, texts: Iterable[str]) -> Progress | None:
        """Keep what these codes say and tell how far their run is; None when none is of a run.

        Of several runs the last is told. Idempotent. Raises OSError when the disk does not take it.
        """
        parts = [part for part in map(part_in, texts) if part is not None]
        for part in parts:
            self._keep(part)
        return self._progress(parts[-1].run, parts[-1].total) if parts else None

    def take(self, progress: Progress) -> bytes | None:
        """Return the carrier of a whole run and forget its codes; None when they make another."""
        folder = self._place(progress.run, progress.total)
        parts = {number: (folder / str(number)).read_bytes() for number in _numbers(folder)}
        shutil.rmtree(folder, ignore_errors=True)
        return joined(progress.run, parts)

    def _keep(self, part: CodePart) -> None:
        folder = self._place(part.run, part.total)
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
        target = folder / str(part.number)
        if not target.exists():
            unfinished = folder / f"{part.number}{UNFINISHED}"
            unfinished.write_bytes(part.data)
            unfinished.replace(target)

    def _progress(self, run: str, total: int) -> Progress:
        here = _numbers(self._place(run, total))
        missing = tuple(number for number in range(1, total + 1) if number not in here)
        return Progress(run, total - len(missing), total, missing)

    def _place(self, run: str, total: int) -> Path:
        return self._folder / f"{run}-{total}"

    def _forget_old(self) -> None:
        known = [each for each in self._folder.iterdir() if _FOLDER.fullmatch(each.name)]
        known.sort(key=lambda each: each.stat().st_mtime, reverse=True)
        for each in known[MOST_RUNS:]:
            shutil.rmtree(each, ignore_errors=True)


def _numbers(folder: Path) -> set[int]:
    if not folder.exists():
        return set()
    return {int(each.name) for each in folder.iterdir() if each.name.isdecimal()}
