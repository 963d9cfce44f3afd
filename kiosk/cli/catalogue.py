"""``kiosk catalogue …``: check the definitions, build the release. For authors and set-up."""

import json
import shutil
import sys
from pathlib import Path

import click

import forms
from forms import catalogue

HERE = Path(forms.__file__).parent
#: How many service items the shipped catalogue must have: 92 devolved, 18 of medical insurance.
ITEMS = 110
#: And how many bundles (一件事).
BUNDLES = 11
#: Codes of medical insurance begin so.
MEDICAL = "YB-"


@click.group("catalogue")
def command() -> None:
    """The catalogue of service items."""


@command.command("check")
@click.argument(
    "source", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HERE
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line with counts.")
def check(source: Path, as_json: bool) -> None:
    """Check every definition in SOURCE; exit 1 with file, line and reason of each problem."""
    shipped = source == HERE
    problems = catalogue.check(source, ITEMS if shipped else None, BUNDLES if shipped else None)
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.reason}", err=True)
    loaded = None if problems else catalogue.load(source)
    codes = list(loaded.items) if loaded else []
    bundles = len(loaded.bundles) if loaded else 0
    if as_json:
        medical = sum(code.startswith(MEDICAL) for code in codes)
        counts = {"items": len(codes), "medical": medical, "bundles": bundles}
        counts["findings"] = len(problems)
        click.echo(json.dumps(counts))
    elif not problems:
        click.echo(f"{len(codes)} items, no problem")
    if problems:
        sys.exit(1)


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
