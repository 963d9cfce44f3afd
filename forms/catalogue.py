"""The author's side: read the YAML of a catalogue, check it, build a release.

`source` is the folder with `items/`, `bundles/` and `shared/{groups,lists,texts}/` (this package's
own folder in the repository). Imports YAML and, through `indexing`, pypinyin: a terminal at run
time must import `forms.release` instead. Neighbours: `expansion`, `checks`, `release`.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forms.checks import check_bundles, check_catalogue, check_shape
from forms.definition import JSON
from forms.expansion import Expanded, Shared, expand
from forms.indexing import bundle_index_of, index_of
from forms.release import FORMAT, Catalogue, ReleaseDamaged, open_release
from forms.source import Problem, SourceFile, SourceUnreadable, read_source

__all__ = [
    "Catalogue",
    "CatalogueBroken",
    "Problem",
    "ReleaseDamaged",
    "build",
    "check",
    "load",
    "open_release",
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
    problems: list[Problem] = field(default_factory=list)


def load(source: Path = HERE) -> Catalogue:
    """Read and check a catalogue; raises CatalogueBroken with every problem found."""
    reading = _read(source)
    problems = reading.problems or _judge(reading, None, None)
    if problems:
        raise CatalogueBroken(problems)
    return Catalogue(_content(reading))


def check(
    source: Path = HERE, count: int | None = None, bundles: int | None = None
) -> list[Problem]:
    """Return every problem of a catalogue, in order of file and line; empty when it is good.

    `count` is how many items there must be, `bundles` how many bundles (none given: any number).
    """
    reading = _read(source)
    return sorted(
        reading.problems or _judge(reading, count, bundles),
        key=lambda problem: (problem.file, problem.line, problem.reason),
    )


def build(catalogue: Catalogue, target_dir: Path) -> Path:
    """Write the release file `<hash>.json` into `target_dir` and return its path.

    Idempotent: the same catalogue gives the same bytes and name; a file already there is kept.
    The file appears whole or not at all.
    """
    target_dir.mkdir(parents=True, exist_ok=True)
    path = target_dir / f"{catalogue.release}.json"
    if not path.exists():
        draft = target_dir / f".{catalogue.release}.{os.getpid()}.part"
        with draft.open("wb") as file:
            file.write(catalogue.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path


def _judge(reading: _Reading, count: int | None, bundles: int | None) -> list[Problem]:
    lists = {name: source.value for name, source in reading.lists.items()}
    problems = check_catalogue(reading.items, lists, count)
    return problems or check_bundles(list(reading.bundles.values()), reading.items, lists, bundles)


def _read(source: Path) -> _Reading:
    reading = _Reading()
    groups = _files(reading, source, "shared/groups", "group")
    reading.lists = _files(reading, source, "shared/lists", "list")
    texts: dict[str, Any] = {}
    for written in _files(reading, source, "shared/texts", "texts").values():
        texts.update(written.value)  # type: ignore[arg-type]
    shared = Shared(groups, texts)
    for written in _files(reading, source, "items", "item").values():
        expanded = expand(written, shared)
        reading.items.append(expanded)
        reading.problems.extend(expanded.problems)
    reading.bundles = _files(reading, source, "bundles", "bundle")
    return reading


def _files(reading: _Reading, source: Path, folder: str, kind: str) -> dict[str, SourceFile]:
    """Read the well-shaped files of a folder by their names; problems go to `reading`."""
    files: dict[str, SourceFile] = {}
    for path in sorted((source / folder).glob("*.yaml")):
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
        "bundles": bundles,
        "bundle_index": bundle_index_of(bundles),
        "member_names": {code: documents[code]["name"] for code in _members(bundles)},
    }
    return _canonical(document).encode()


def _members(bundles: Mapping[str, Any]) -> set[str]:
    return {member["code"] for bundle in bundles.values() for member in bundle["members"]}


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    item = {name: value for name, value in document.items() if name != "samples"}
    return {"item": _canonical(item), "samples": _canonical(document["samples"])}


def _canonical(document: JSON | dict[str, Any]) -> str:
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
