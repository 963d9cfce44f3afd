"""Reading YAML as plain JSON values while remembering on which line each value stands.

Only JSON's types exist here: true and false are the only booleans, dates stay texts. Must not
know what the documents mean. Neighbours: `expansion` and `checks` report problems with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from forms.definition import JSON

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where: file (relative to the catalogue), line (from 1) and reason."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class SourceUnreadable(Exception):
    """A file that is not YAML of the kind used here; carries its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One YAML file: its value and the line of every path in it."""

    file: str
    value: JSON
    lines: Mapping[Place, int]

    def problem(self, reason: str, *path: str | int) -> Problem:
        """Return a problem at `path`, or at the nearest part above it that has a line."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return Problem(self.file, self.lines[path[:length]], reason)
        return Problem(self.file, 1, reason)


def read_source(path: Path, root: Path) -> SourceFile:
    """Read one YAML file below `root`; raises SourceUnreadable with line and reason."""
    name = path.relative_to(root).as_posix()
    lines: dict[Place, int] = {}
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        raise SourceUnreadable(Problem(name, line, f"not YAML: {reason}")) from error
    if node is None:
        raise SourceUnreadable(Problem(name, 1, "the file is empty"))
    return SourceFile(name, _value(node, (), lines, name), lines)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"


def _value(node: yaml.Node, path: Place, lines: dict[Place, int], file: str) -> JSON:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(part, (*path, n), lines, file) for n, part in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, file)
    return _scalar(node)


def _mapping(
    node: yaml.MappingNode, path: Place, lines: dict[Place, int], file: str
) -> dict[str, JSON]:
    result: dict[str, JSON] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in result:
            raise SourceUnreadable(Problem(file, line, f"'{key}' is given twice"))
        result[key] = _value(value_node, (*path, key), lines, file)
        lines[(*path, key)] = line
    return result


def _scalar(node: yaml.Node) -> JSON:
    text, tag = str(node.value), node.tag.removeprefix(_TAG)
    if tag == "null":
        return None
    if tag == "bool" and text in {"true", "false"}:
        return text == "true"
    try:
        if tag == "int":
            return int(text)
        if tag == "float":
            return float(text)
    except ValueError:
        return text
    return text
