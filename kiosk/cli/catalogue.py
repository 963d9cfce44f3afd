"""``kiosk catalogue …``: check the definitions, build the release. For authors and set-up.

What is printed from the release lies in `papers`, which an installation without an author's tools
has too.
"""

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
#: Codes of medical insurance begin so.
MEDICAL = "YB-"


@click.command("check")
@click.argument(
    "source", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HERE
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line with counts.")
def check(source: Path, as_json: bool) -> None:
    """Check every definition in SOURCE; exit 1 with file, line and reason of each problem."""
    problems = catalogue.check(source, ITEMS if source == HERE else None)
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.reason}", err=True)
    codes = [] if problems else list(catalogue.load(source).items)
    if as_json:
        medical = sum(code.startswith(MEDICAL) for code in codes)
        counts = {"items": len(codes), "medical": medical, "findings": len(problems)}
        click.echo(json.dumps(counts))
    elif not problems:
        click.echo(f"{len(codes)} items, no problem")
    if problems:
        sys.exit(1)


@click.command("build")
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
