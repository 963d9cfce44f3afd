"""``kiosk catalogue check | build``: for authors and set-up; needs YAML and pypinyin.

Neighbour: ``releases`` has the commands for those who run a hall.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import click

import forms
from forms import catalogue
from forms.helping import Domain

HERE = Path(forms.__file__).parent
#: How many service items the shipped catalogue must have: 92 devolved, 18 of medical insurance.
ITEMS = 110
#: How many help items (帮代办) it must have: 65, as the town tells.
HELP: Mapping[Domain, int] = {"investment": 10, "public_service": 55}
#: And how many bundles (一件事).
BUNDLES = 11
#: Codes of medical insurance begin so.
MEDICAL = "YB-"
#: What is counted while nothing could be loaded.
NONE = dict.fromkeys(("items", "medical", "bundles", "help", "help_investment"), 0)


@click.command("check")
@click.argument(
    "source", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HERE
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line with counts.")
def check(source: Path, as_json: bool) -> None:
    """Check every definition in SOURCE; exit 1 with file, line and reason of each problem."""
    shipped = source == HERE
    problems = catalogue.check(source, *((ITEMS, BUNDLES, HELP) if shipped else ()))
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.reason}", err=True)
    counts = {} if problems else _counts(catalogue.load(source))
    if as_json:
        click.echo(json.dumps({**NONE, **counts, "findings": len(problems)}))
    elif not problems:
        click.echo(f"{counts['items']} items, no problem")
    if problems:
        sys.exit(1)


def _counts(loaded: catalogue.Catalogue) -> dict[str, int]:
    help_items = loaded.help_items
    return {
        "items": len(loaded.items),
        "medical": sum(code.startswith(MEDICAL) for code in loaded.items),
        "bundles": len(loaded.bundles),
        "help": len(help_items.items),
        "help_investment": len(help_items.of("investment")),
    }


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
