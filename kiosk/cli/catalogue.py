"""``kiosk catalogue …``: check the definitions, build the release. For authors and set-up."""

import shutil
import sys
from pathlib import Path

import click

import forms
from forms import catalogue

HERE = Path(forms.__file__).parent
#: How many service items the shipped catalogue must have.
ITEMS = 12


@click.group("catalogue")
def command() -> None:
    """The catalogue of service items."""


@command.command("check")
@click.argument(
    "source", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HERE
)
def check(source: Path) -> None:
    """Check every definition in SOURCE; exit 1 with file, line and reason of each problem."""
    problems = catalogue.check(source, ITEMS if source == HERE else None)
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.reason}", err=True)
    if problems:
        sys.exit(1)
    click.echo(f"{len(catalogue.load(source).items)} items, no problem")


@command.command("build")
@click.option(
    "--target", type=click.Path(file_okay=False, path_type=Path), default=HERE / "releases"
)
def build(target: Path) -> None:
    """Build the shipped release into TARGET, replacing an older one there. Idempotent."""
    loaded = catalogue.load(HERE)
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    click.echo(catalogue.build(loaded, target).name)
