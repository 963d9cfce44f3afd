"""``kiosk catalogue xlsform`` and ``import``: definitions as XLSForms, and back. For authors.

Imports what writes and reads workbooks, which is installed where the catalogue is made and not
where the product runs. Neighbours: ``kiosk.cli.catalogue`` names these commands;
``forms.xlsform`` does the work.
"""

import json
from collections import Counter
from pathlib import Path

import click

from forms import catalogue
from forms.xlsform.export import export


@click.command("xlsform")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option("--item", "codes", multiple=True, help="Only this item; may be given again.")
def write(target: Path, codes: tuple[str, ...]) -> None:
    """Write an XLSForm (CODE.xlsx) for each item into TARGET; print one JSON line."""
    documents, lists = catalogue.documents()
    if unknown := sorted(set(codes) - documents.keys()):
        raise click.UsageError(f"there is no item {', '.join(unknown)}")
    target.mkdir(parents=True, exist_ok=True)
    told: list[dict[str, object]] = []
    written: Counter[str] = Counter()
    for code, document in documents.items():
        if codes and code not in codes:
            continue
        content, report = export(document, lists)
        (target / f"{code}.xlsx").write_bytes(content)
        written.update(items=1, bytes=len(content))
        told += [{"item": code, "where": str(line)} for line in report]
    click.echo(json.dumps({**written, "not_carried": told}, ensure_ascii=False))
