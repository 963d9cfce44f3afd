"""``kiosk catalogue release | list | diff``: make a release at the hall, see what is where.

Neighbours: ``catalogue`` has the commands for authors, ``kiosk.hall.releasing`` is the verb.
"""

import importlib
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

import forms
from forms.differences import compare
from forms.release import Catalogue, ReleaseDamaged, check_readable, open_release
from kiosk.app_services import services
from kiosk.cli.opened import opened
from kiosk.config import Config, from_environment
from kiosk.core import create_core, shipped_file
from kiosk.hall import releasing
from kiosk.hall.shelf import Row, rows

_PREFIX = re.compile(r"[0-9a-f]{4,64}")


@click.command("release")
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option(
    "--prepare", is_flag=True, help="Tell nobody yet: it is rolled out by station at /releases."
)
def release(source: Path | None, prepare: bool) -> None:
    """Make SOURCE the hall's current release and tell every terminal. Idempotent.

    SOURCE is a folder of definitions, which are checked first: exit 1 with file, line and reason
    of each problem and nothing released. Or a release file `<hash>.json` that was built elsewhere.
    Default: the definitions that came with this version, or their release where the programs
    to read them (pypinyin) are not installed.
    """
    content, origin = _content(source)
    with opened(from_environment("hall")).app_context():
        try:
            make = releasing.prepare if prepare else releasing.make_current
            row = make(services(), content, origin)
        except ReleaseDamaged as error:
            _refuse(origin, str(error))
    click.echo(json.dumps({"release": row.sha256, "items": row.items, "bytes": row.size}))


@click.command("list")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--role", type=click.Choice(["terminal", "hall"]), help="Default: what the folder holds."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of a table.")
def show(data: Path | None, role: str | None, as_json: bool) -> None:
    """List the releases of this machine, newest first, and how many cases refer to each.

    At the hall also how many terminals say that they offer it to people.
    """
    with create_core(config_of(data, role)).app_context():
        found = rows(services())
    if as_json:
        click.echo(json.dumps([row.as_json() for row in found], ensure_ascii=False))
        return
    click.echo("release       made              items  cases  current  terminals")
    for row in found:
        click.echo(_line(row))


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--role", type=click.Choice(["terminal", "hall"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of words.")
def diff(old: str, new: str, data: Path | None, role: str | None, as_json: bool) -> None:
    """Say what differs between two releases: items, fields, requirements, texts, limits.

    OLD and NEW are hashes (the first 4 digits or more) of releases on this machine, or files.
    """
    with create_core(config_of(data, role)).app_context():
        before, after = (_opened(each) for each in (old, new))
    found = compare(before, after)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines()) or "no difference but in samples or search words")


def config_of(data: Path | None, role: str | None) -> Config:
    """Return the configuration of a data folder; its role is told by its database."""
    folder = data or from_environment("hall").data_dir
    is_terminal = role == "terminal" if role else (folder / "terminal.db").exists()
    base = from_environment("terminal" if is_terminal else "hall")
    return base if data is None else replace(base, data_dir=data.resolve())


def _content(source: Path | None) -> tuple[bytes, str]:
    """Return a release's bytes and where they are from; ends the program when it cannot be."""
    if source is not None and source.is_file():
        return _file(source), str(source)
    catalogue = _authoring()
    if catalogue is None:
        if source is not None:
            raise click.UsageError(
                "definitions cannot be read without pypinyin: install it, or give the file "
                "that `kiosk catalogue build` made elsewhere"
            )
        return _file(shipped_file()), "the version's own"
    source = source or Path(forms.__file__).parent
    problems = catalogue.check(source)
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.reason}", err=True)
    if problems:
        sys.exit(1)
    return catalogue.load(source).content, str(source)


def _authoring() -> Any:
    """Return ``forms.catalogue``; None without pypinyin, which a hall that only rolls out lacks."""
    try:
        return importlib.import_module("forms.catalogue")
    except ImportError:
        return None


def _file(path: Path) -> bytes:
    try:
        return open_release(path).content
    except ReleaseDamaged as error:
        _refuse(str(path), str(error))


def _refuse(origin: str, reason: str) -> NoReturn:
    click.echo(f"{origin}:1: {reason}; nothing was released", err=True)
    sys.exit(1)


def _opened(name: str) -> Catalogue:
    releases = services().releases
    if Path(name).is_file():
        found = open_release(Path(name))
    else:
        is_hash = _PREFIX.fullmatch(name) is not None
        matching = [each for each in releases.names() if is_hash and each.startswith(name)]
        if len(matching) != 1:
            count = "several releases begin" if matching else "no release begins"
            raise click.UsageError(f"{count} with {name}; see `kiosk catalogue list`")
        found = releases.of(matching[0])
    check_readable(found)
    return found


def _line(row: Row) -> str:
    made = row.made_at.strftime("%Y-%m-%d %H:%M") if row.made_at else "with the program"
    items = "?" if row.items is None else row.items
    state = "yes" if row.is_current else row.reason or "no"
    return f"{row.release[:12]}  {made:16}  {items:>5}  {row.cases:>5}  {state:7}  {row.terminals}"
