"""Writes docs/map.md: every address of both roles, its endpoint, code, access and templates.

Run it after a change of routes: ``.venv/bin/python docs/make_map.py``; a guard test fails while the
page is out of date. It makes both applications in a temporary folder and asks them, so it holds no
list of its own. Templates are found by reading the code a view reaches inside its package.
"""

import ast
import importlib
import inspect
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from kiosk.app import create_app
from kiosk.config import Config, Role
from kiosk.operators.access import declared

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "map.md"
ROLES: tuple[Role, ...] = ("terminal", "hall")
HEAD = """# Map: from a URL to its code

Made by `docs/make_map.py` from the running applications; do not edit. Access is what the view
declares (`kiosk/operators/access.py`): `public`, or the roles that may call it; with `device`, from
a paired tablet only. The addresses under `/sync/v1` are public in that sense and ask for a
terminal's signature themselves (`kiosk/hall/framing_sync.py:signer`).
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the map: an address with the methods that lead to one function."""

    url: str
    methods: tuple[str, ...]
    endpoint: str
    code: str
    access: tuple[str, ...]
    templates: tuple[str, ...]


def application(role: Role, folder: Path) -> Flask:
    """Return the application of a role with its data in ``folder``; nothing is started."""
    return create_app(Config(role=role, data_dir=folder))


def lines(app: Flask) -> list[Line]:
    """Return the map of one application, by address."""
    found: list[Line] = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        found += _of_rule(app, rule)
    return found


def render() -> str:
    """Return the whole page."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        for role in ROLES:
            parts.append(_table(role, lines(application(role, Path(folder, role)))))
    return "\n".join(parts)


def view_of(app: Flask, endpoint: str, method: str) -> Callable[..., Any]:
    """Return the function that a person wrote for an endpoint and method, undecorated."""
    view: Any = app.view_functions[endpoint]
    owner = getattr(view, "view_class", None)
    return inspect.unwrap(getattr(owner, method.lower()) if owner else view)


def _of_rule(app: Flask, rule: Rule) -> Iterator[Line]:
    by_code: dict[Any, list[str]] = {}
    own = (rule.methods or set()) - {"OPTIONS"}
    for method in sorted(own - {"HEAD"} or own):
        by_code.setdefault(view_of(app, rule.endpoint, method), []).append(method)
    for view, methods in by_code.items():
        access = declared(app, rule.endpoint, methods[0]) or frozenset({"NOT DECLARED"})
        yield Line(
            url=rule.rule,
            methods=tuple(methods),
            endpoint=rule.endpoint,
            code=_place(view),
            access=tuple(sorted(access)),
            templates=tuple(sorted(_templates(view))),
        )


def _place(view: Callable[..., Any]) -> str:
    if view.__module__.split(".")[0] != "kiosk":
        return f"(of {view.__module__.split('.')[0]})"
    return f"`{view.__module__.replace('.', '/')}.py:{view.__qualname__}`"


def _templates(view: Callable[..., Any]) -> set[str]:
    """Return the templates that ``view`` may render, itself or through functions it calls."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(view.__module__, view.__qualname__)]
    while waiting:
        place = waiting.pop()
        if place in seen or not place[0].startswith("kiosk."):
            continue
        seen.add(place)
        module = importlib.import_module(place[0])
        for call in _calls(module, place[1]):
            if isinstance(call.func, ast.Name) and call.func.id == "render_template":
                found |= {arg.value for arg in call.args[:1] if isinstance(arg, ast.Constant)}
            else:
                waiting += _called(module, call.func)
    return found


@cache
def _calls(module: ModuleType, name: str) -> tuple[ast.Call, ...]:
    return tuple(
        each
        for node in _functions(module)
        if node.name == name.rpartition(".")[2]
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
    )


@cache
def _functions(module: ModuleType) -> tuple[ast.FunctionDef, ...]:
    """Return the functions of a module; hundreds of views ask, and reading is what takes time."""
    tree = ast.parse(inspect.getsource(module))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _called(module: ModuleType, function: ast.expr) -> list[tuple[str, str]]:
    """Return module and name of a function of ours that is called by name or as module.name."""
    target: Any = None
    if isinstance(function, ast.Name):
        target = getattr(module, function.id, None)
    elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        owner = getattr(module, function.value.id, None)
        target = getattr(owner, function.attr, None) if inspect.ismodule(owner) else None
    return [(target.__module__, target.__qualname__)] if inspect.isfunction(target) else []


def _table(role: str, found: list[Line]) -> str:
    rows = [f"## {role}", "", "| URL | methods | endpoint | code | access | templates |"]
    rows.append("|---|---|---|---|---|---|")
    for line in found:
        templates = ", ".join(f"`{name}`" for name in line.templates) or "–"
        rows.append(
            f"| `{line.url}` | {' '.join(line.methods)} | `{line.endpoint}` | {line.code} "
            f"| {', '.join(line.access)} | {templates} |"
        )
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
