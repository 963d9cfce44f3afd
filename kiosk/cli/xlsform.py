"""``kiosk catalogue xlsform`` and ``import``: definitions as XLSForms, and back. For authors.

Imports what writes and reads workbooks, which is installed where the catalogue is made and not
where the product runs. Neighbours: ``kiosk.cli`` names these commands;
``forms.xlsform`` does the work.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import click

from forms import catalogue
from forms.xlsform.export import export
from forms.xlsform.importing import import_form
from forms.xlsform.workbook import Unreadable
from forms.xlsform.written import to_source, to_yaml

UNFIT = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What comes of a list where a mapping is due, and the like, in a file changed by hand."""


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


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Write over TARGET.")
def read(file: Path, target: Path, replace: bool) -> None:
    """Write the definition in the XLSForm FILE to TARGET (YAML), and what could not be carried.

    Exit 1 when the result does not pass the check: it is written all the same, to be completed.
    """
    if target.exists() and not replace:
        raise click.UsageError(f"{target} is there already; give --replace to write over it")
    shared, lists = catalogue.shared_parts()
    try:
        document, report = import_form(file.read_bytes(), lists)
        text = to_yaml(to_source(document, shared))
    except Unreadable as error:
        raise click.UsageError(f"{file}: {error}") from error
    except UNFIT as error:
        reason = f"what its columns of jishiban hold does not fit together ({error!r})"
        raise click.UsageError(f"{file}: {reason}") from error
    target.write_text(text, "utf-8")
    for line in report:
        click.echo(str(line))
    problems = catalogue.check_file(target)
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(json.dumps({"not_carried": len(report), "problems": len(problems)}))
    if problems:
        sys.exit(1)
