"""Templates of pages, compiled when the program is set up.

Making Python of one role's templates takes most of a second of processor time, nearly half of what
a start costs, on a small machine several. Set-up does it once (``kiosk.cli.compiling``); whoever
serves reads what is there and keeps nothing, for a program that its own processes can write to is
easier to change for others too. A template that changed since is compiled as before: Jinja
compares the checksum of its source. Neighbour: ``presentation`` says what templates are given.
"""

from pathlib import Path

from flask import Flask
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket

from kiosk.config import Role

_FOLDER = Path(__file__).resolve().parent.parent / "templates" / "__pycache__"


class _Kept(FileSystemBytecodeCache):
    """What set-up made; nothing is added to it."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep nothing."""


def use(app: Flask, role: Role) -> None:
    """Let ``app`` read its templates as set-up has compiled them; call before the first is read."""
    # Each role has filters of its own, which Jinja may already have applied to what is constant.
    app.jinja_options = {**app.jinja_options, "bytecode_cache": _Kept(str(_FOLDER / role))}


def names(environment: Environment, role: Role) -> list[str]:
    """Return the names of the templates that pages of ``role`` are made of."""
    own = (f"{role}/", "shared/")
    return [name for name in environment.list_templates(["html"]) if name.startswith(own)]


def compile_all(app: Flask, role: Role) -> int:
    """Compile what ``app`` draws pages of, and return how many templates these are. Idempotent."""
    folder = _FOLDER / role
    folder.mkdir(parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    wanted = names(app.jinja_env, role)
    for name in wanted:
        app.jinja_env.get_template(name)
    return len(wanted)
