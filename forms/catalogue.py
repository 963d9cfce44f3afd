"""The author's side: read the YAML of a catalogue, check it, build a release.

`source` is the folder with `items/`, `bundles/` and `shared/{groups,lists,texts}/` (this package's
own folder in the repository). Imports YAML and, through `indexing`, pypinyin: a terminal at run
time must import `forms.release` instead. Neighbours: `expansion`, `checks`, `release`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forms.checks import check_bundles, check_catalogue, check_shape
from forms.checks.approvals import approval_codes, check_approvals
from forms.checks.helping import FEATURES, check_help
from forms.definition import JSON
from forms.expansion import Expanded, Shared, expand
from forms.helping import Domain
from forms.indexing import bundle_index_of, index_of, sounds_of
from forms.release import FORMAT, Catalogue, ReleaseDamaged, keep, open_release
from forms.source import Problem, SourceFile, SourceUnreadable, read_source

__all__ = [
    "Catalogue",
    "CatalogueBroken",
    "Problem",
    "ReleaseDamaged",
    "build",
    "check",
    "check_file",
    "documents",
    "load",
    "open_release",
    "shared_parts",
]

HERE = Path(__file__).parent
"""The folder of the catalogue that ships with this package."""


class CatalogueBroken(Exception):
    """A catalogue that cannot be used; `problems` says where and why, at least one."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class _Reading:
    items: list[Expanded] = field(default_factory=list)
    bundles: dict[str, SourceFile] = field(default_factory=dict)
    lists: dict[str, SourceFile] = field(default_factory=dict)
    help: dict[str, SourceFile] = field(default_factory=dict)
    construction: dict[str, SourceFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load(source: Path = HERE) -> Catalogue:
    """Read and check a catalogue; raises CatalogueBroken with every problem found."""
    reading = _read(source)
    problems = reading.problems or [*_judge(reading, None, None), *_judge_help(reading, None)]
    if problems:
        raise CatalogueBroken(problems)
    return Catalogue(_content(reading))


def documents(source: Path = HERE) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the expanded documents of all items by code, and the choice lists they name.

    Raises CatalogueBroken for a catalogue that cannot be read; rules and samples are not judged.
    """
    reading = _read(source)
    if reading.problems:
        raise CatalogueBroken(reading.problems)
    items = {entry.document["code"]: entry.document for entry in reading.items}
    return items, {name: source.value for name, source in reading.lists.items()}


def check(
    source: Path = HERE,
    count: int | None = None,
    bundles: int | None = None,
    help_counts: Mapping[Domain, int] | None = None,
) -> list[Problem]:
    """Return every problem of a catalogue, in order of file and line; empty when it is good.

    `count` is how many items there must be, `bundles` how many bundles, `help_counts` how many
    help items of each domain (none given: any number).
    """
    reading = _read(source)
    return sorted(
        reading.problems or [*_judge(reading, count, bundles), *_judge_help(reading, help_counts)],
        key=lambda problem: (problem.file, problem.line, problem.reason),
    )


def shared_parts(source: Path = HERE) -> tuple[Shared, dict[str, Any]]:
    """Return what items refer to: groups and texts, and the choice lists by name.

    Raises CatalogueBroken when they cannot be read.
    """
    reading = _Reading()
    shared = _shared(reading, source)
    if reading.problems:
        raise CatalogueBroken(reading.problems)
    return shared, {name: written.value for name, written in reading.lists.items()}


def check_file(path: Path, source: Path = HERE) -> list[Problem]:
    """Return every problem of one item's file, wherever it lies, as if it were in `source`."""
    reading = _Reading()
    shared = _shared(reading, source)
    try:
        written = read_source(path, path.parent)
    except SourceUnreadable as error:
        return [error.problem]
    problems = reading.problems or check_shape(written, "item")
    if problems:
        return problems
    expanded = expand(written, shared)
    reading.items.append(expanded)
    return expanded.problems or _judge(reading, None, None)


def build(catalogue: Catalogue, target_dir: Path) -> Path:
    """Write the release file `<hash>.json` into `target_dir` and return its path.

    Idempotent: the same catalogue gives the same bytes and name; a file already there is kept.
    The file appears whole or not at all.
    """
    return keep(catalogue, target_dir)


def _judge(reading: _Reading, count: int | None, bundles: int | None) -> list[Problem]:
    lists = {name: source.value for name, source in reading.lists.items()}
    problems = check_catalogue(reading.items, lists, count)
    return problems or check_bundles(list(reading.bundles.values()), reading.items, lists, bundles)


def _judge_help(reading: _Reading, counts: Mapping[Domain, int] | None) -> list[Problem]:
    codes = approval_codes(reading.construction)
    return [
        *check_help(reading.help, reading.items, codes, counts),
        *check_approvals(reading.construction),
    ]


def _read(source: Path) -> _Reading:
    reading = _Reading()
    shared = _shared(reading, source)
    for written in _files(reading, source, "items", "item").values():
        expanded = expand(written, shared)
        reading.items.append(expanded)
        reading.problems.extend(expanded.problems)
    reading.bundles = _files(reading, source, "bundles", "bundle")
    _read_help(reading, source)
    return reading


def _shared(reading: _Reading, source: Path) -> Shared:
    groups = _files(reading, source, "shared/groups", "group")
    reading.lists = _files(reading, source, "shared/lists", "list")
    texts: dict[str, Any] = {}
    for written in _files(reading, source, "shared/texts", "texts").values():
        texts.update(written.value)  # type: ignore[arg-type]
    return Shared(groups, texts)


def _read_help(reading: _Reading, source: Path) -> None:
    """Read what is there of help items and approvals; a catalogue may have neither."""
    for path in sorted((source / "help").glob("*.yaml")):
        kind = FEATURES if path.stem == FEATURES else "help"
        reading.help.update(_files(reading, source, "help", kind, path.name))
    reading.construction = _files(reading, source, "construction", "stage")


def _files(
    reading: _Reading, source: Path, folder: str, kind: str, names: str = "*.yaml"
) -> dict[str, SourceFile]:
    """Read the well-shaped files of a folder by their names; problems go to `reading`."""
    files: dict[str, SourceFile] = {}
    for path in sorted((source / folder).glob(names)):
        try:
            written = read_source(path, source)
        except SourceUnreadable as error:
            reading.problems.append(error.problem)
            continue
        problems = check_shape(written, kind)
        reading.problems.extend(problems)
        if not problems:
            files[path.stem] = written
    return files


def _content(reading: _Reading) -> bytes:
    documents = {entry.document["code"]: entry.document for entry in reading.items}
    written: list[Any] = [source.value for source in reading.bundles.values()]
    bundles: dict[str, Any] = {document["code"]: document for document in written}
    document: dict[str, Any] = {
        "format": FORMAT,
        "items": {code: _texts(document) for code, document in documents.items()},
        "lists": {name: source.value for name, source in reading.lists.items()},
        "index": index_of(documents),
        "sounds": sounds_of({**documents, **bundles}),
        **_help_content(reading),
        "bundles": bundles,
        "bundle_index": bundle_index_of(bundles),
        "member_names": {code: documents[code]["name"] for code in _members(bundles)},
    }
    return _canonical(document).encode()


def _help_content(reading: _Reading) -> dict[str, str]:
    """Return help and construction, each as one JSON text: most processes never look at them."""
    features = reading.help.get(FEATURES)
    service = {
        "features": features.value if features else [],
        "domains": [file.value for name, file in reading.help.items() if name != FEATURES],
    }
    stages: Any = [file.value for file in reading.construction.values()]
    return {"help": _canonical(service), "construction": _canonical(stages)}


def _members(bundles: Mapping[str, Any]) -> set[str]:
    return {member["code"] for bundle in bundles.values() for member in bundle["members"]}


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    item = {name: value for name, value in document.items() if name != "samples"}
    return {"item": _canonical(item), "samples": _canonical(document["samples"])}


def _canonical(document: JSON | dict[str, Any]) -> str:
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
