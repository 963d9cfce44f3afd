"""Every source file: its size, its name, its docstring, and what is not done in it."""

import ast
import re
import subprocess
import sys

import pytest

from tests.guards.tree import PRODUCT, ROOT, functions, name_of, parsed, python_files

MODULE_LINES, FUNCTION_LINES, TEST_LINES = 350, 40, 400
#: Grab-bags: a name that says nothing invites everything.
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "types", "tools"}
NO_VERBS = re.compile(r"(?:^|_)(?:handle|process|manage)[sd]?(?=_|$)")
#: Names that a framework calls, so they are not ours to choose.
FRAMEWORK = {
    "process_bind_param",
    "process_result_value",
    "handle_http_exception",
    "manage_workers",
}
SOURCES = python_files(*PRODUCT)
TESTS = python_files("tests")
SCRIPTS = python_files("docs", "deploy")
FRONT_END = sorted(
    file for kind in ("js", "css") for file in (ROOT / "static" / kind).rglob(f"*.{kind}")
)


def lines(file):
    return len(file.read_text(encoding="utf-8").splitlines())


def test_modules_are_small():
    large = [
        f"{name_of(f)}: {lines(f)}"
        for f in [*SOURCES, *SCRIPTS, *FRONT_END]
        if lines(f) > MODULE_LINES
    ]
    assert large == []


def test_test_files_are_small():
    assert [f"{name_of(f)}: {lines(f)}" for f in TESTS if lines(f) > TEST_LINES] == []


def test_functions_are_short():
    long = [
        f"{name_of(file)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for file in [*SOURCES, *SCRIPTS, *TESTS]
        for node in functions(file)
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_every_module_says_what_it_holds():
    silent = [
        name_of(file)
        for file in [*SOURCES, *SCRIPTS]
        if len((ast.get_docstring(parsed(file)) or "").split()) < 4
    ]
    assert silent == []


def test_every_test_module_says_what_it_is_about():
    silent = [
        name_of(file)
        for file in TESTS
        if ast.get_docstring(parsed(file)) is None and file.read_text(encoding="utf-8").strip()
    ]
    assert silent == []


def test_no_file_or_folder_is_a_grab_bag():
    named = [
        name_of(file)
        for file in [*SOURCES, *TESTS, *SCRIPTS, *FRONT_END]
        if NO_NAMES & {part.lower() for part in (*file.relative_to(ROOT).parts[:-1], file.stem)}
    ]
    assert named == []


def test_no_name_says_only_that_something_is_done():
    vague = [
        f"{name_of(file)}:{node.lineno}: {node.name}"
        for file in [*SOURCES, *SCRIPTS]
        for node in functions(file)
        if NO_VERBS.search(node.name) and node.name not in FRAMEWORK
    ]
    assert vague == []


def test_no_import_hides_in_a_function():
    hidden = [
        f"{name_of(file)}:{inner.lineno}"
        for file in [*SOURCES, *SCRIPTS]
        for node in functions(file)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


#: The edges where anything may come in and nothing may stop the rest.
EDGES = {"sync/jobs.py": 1, "kiosk/hall_worker.py": 2, "kiosk/simulation/running.py": 1}


def test_broad_excepts_are_at_the_edges_only():
    found: dict[str, int] = {}
    for file in SOURCES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
                found[name_of(file)] = found.get(name_of(file), 0) + 1
    assert found == EDGES


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(each) for each in caught.elts)
    return caught is None or (
        isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"}
    )


def test_no_code_is_commented_out():
    result = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"),
            *("--select", "ERA001", "--output-format", "concise"),
            *(*PRODUCT, "tests", "docs", "deploy"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("package", PRODUCT)
def test_there_is_code_to_guard(package):
    assert len([file for file in SOURCES if file.is_relative_to(ROOT / package)]) > 10
