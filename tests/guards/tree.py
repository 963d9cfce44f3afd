"""What lies in the repository, read as text and as Python; the guards judge it."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("kiosk", "sync", "forms")
#: A function or constant of a file: `kiosk/terminal/guide.py:show`, `…/api.py:CasesView.post`.
NAMED = re.compile(r"((?:kiosk|sync|forms|tests|docs)/[\w/.-]+\.py):([A-Za-z_][\w.]*)")


def python_files(*folders: str) -> list[Path]:
    """All Python files below the folders, without those that a tool wrote."""
    return sorted(
        file
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in file.parts and "versions" not in file.parts
    )


def templates() -> list[Path]:
    return sorted((ROOT / "kiosk" / "templates").rglob("*.html"))


def documents() -> list[Path]:
    """All pages that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@functools.cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=name_of(file))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@functools.cache
def definitions(file: Path) -> frozenset[str]:
    """Names defined in a file: functions, classes, constants, and Class.member."""
    found: set[str] = set()
    for node in parsed(file).body:
        names = _names(node)
        found |= names
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for child in node.body for name in _names(child)}
    return frozenset(found)


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Assign):
        return {
            each.id
            for target in node.targets
            for each in ast.walk(target)
            if isinstance(each, ast.Name)
        }
    return set()


def missing_definitions(text: str) -> list[str]:
    """The `path.py:name` in a text whose file or name does not exist."""
    return [
        f"{path}:{name}"
        for path, name in NAMED.findall(text)
        if not (ROOT / path).is_file() or name.rstrip(".") not in definitions(ROOT / path)
    ]
