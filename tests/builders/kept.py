"""Machines that are made once for each test process and lent to one test after the other.

An application is two thirds of what a small test costs. Before it is lent again its folder gets the
files that it had when it was new, and the application new parts and counts, so that no test meets
anything of one before; what compiled meanwhile, as templates and statements, stays. An application
that a test has changed is not lent again. Neighbours: `machines.py` makes machines,
`tests/conftest.py` lends them.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from flask import Flask

from kiosk import core
from tests.builders.machines import Machine

T = TypeVar("T")

#: What an application fills by itself when it is used.
_FILLED = {"_got_first_request", "cache", "jinja_loader", "logger", "name"}
#: Extensions that are new again when it is put back, or filled by use.
_PUT_BACK = {"kiosk", "hall.kept"}


class Kept:
    """One machine; as it is now it is put back to."""

    def __init__(self, machine: Machine, renew: Callable[[], object] = lambda: None) -> None:
        """`renew` is called at the end of putting back, for a database that is no file."""
        machine.close()
        self._renew = renew
        self.machine = machine
        self._config = machine.parts.config
        self._marks = marks(machine.app)
        self._limiters = {each: dict(vars(each)) for each in machine.app.extensions["limiter"]}
        folders, files = _within(self._config.data_dir)
        self._modes = {path: path.stat().st_mode & 0o777 for path in sorted(folders)}
        self._contents = {path: path.read_bytes() for path in files}
        self._stamps = {path: _stamp(path) for path in files}

    def is_changed(self) -> bool:
        """Tell whether a test has changed the application itself."""
        return marks(self.machine.app) != self._marks

    def put_back(self) -> None:
        """Make it new: files, parts, and counts of who asked how often."""
        self.machine.close()
        self._put_files_back()
        for limiter, as_new in self._limiters.items():
            vars(limiter).update(as_new)
            limiter._fallback_storage.reset()
        self.machine.app.extensions.pop("hall.kept", None)
        self.machine.app.extensions["kiosk"] = core._services(self._config)
        self._renew()

    def _put_files_back(self) -> None:
        folders, files = _within(self._config.data_dir)
        for path in files - self._contents.keys():
            path.unlink()
        for path in sorted(folders - self._modes.keys(), reverse=True):
            path.rmdir()
        for path, mode in self._modes.items():
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        for path, content in self._contents.items():
            # SQLite changes a file in memory that is shared, which its time need not show.
            if path.suffix != ".db" and path in files and _stamp(path) == self._stamps[path]:
                continue
            # Another file under this name: whoever has the old one open still never meets the new.
            path.unlink(missing_ok=True)
            path.write_bytes(content)
            path.chmod(self._stamps[path][0] & 0o777)
            self._stamps[path] = _stamp(path)


class Lender(Generic[T]):
    """Lends what `make` makes, each to one test at a time."""

    def __init__(self, make: Callable[[], tuple[T, Sequence[Kept]]]) -> None:
        self._make = make
        self._free: list[tuple[T, Sequence[Kept]]] = []

    @contextmanager
    def lent(self) -> Iterator[T]:
        if self._free:
            lent, machines = self._free.pop()
            for each in machines:
                each.put_back()
        else:
            lent, machines = self._make()
        try:
            yield lent
        finally:
            for each in machines:
                each.machine.close()
        if not any(each.is_changed() for each in machines):
            self._free.append((lent, machines))


def marks(app: Flask) -> dict[str, Any]:
    """Everything that can be set at an application, but for its parts and what fills by use."""
    env = app.jinja_env
    return {
        "app": _copied({name: each for name, each in vars(app).items() if name not in _FILLED}),
        "extensions": {
            name: each for name, each in app.extensions.items() if name not in _PUT_BACK
        },
        "templates": _copied({n: each for n, each in vars(env).items() if n not in _FILLED}),
        "rules": list(app.url_map.iter_rules()),
    }


def _copied(value: Any) -> Any:
    """Copy what can be filled. What is empty is left out: Flask makes some by looking for them."""
    if isinstance(value, dict):
        copies = {key: _copied(each) for key, each in value.items() if key not in _PUT_BACK}
        return {key: each for key, each in copies.items() if each not in ({}, [])}
    return list(value) if isinstance(value, list) else value


def _within(top: Path) -> tuple[set[Path], set[Path]]:
    """Return a folder and those below it, and all files there."""
    folders, files = {top}, set[Path]()
    for folder, below, names in os.walk(top):
        folders |= {Path(folder, name) for name in below}
        files |= {Path(folder, name) for name in names}
    return folders, files


def _stamp(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino
