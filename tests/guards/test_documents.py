"""The documents: what they name exists, and what exists and must be named is."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import config
from kiosk.cases.lifecycle import STATES
from kiosk.db import db
from sync import ledger
from sync.tables import Base
from tests.guards.tree import (
    PRODUCT,
    ROOT,
    documents,
    missing_definitions,
    name_of,
    parsed,
    python_files,
)

DOCS = ROOT / "docs"
PAGES = documents()
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
VARIABLE = re.compile(r"\bKIOSK_[A-Z][A-Z_]*[A-Z]\b")
#: `kiosk hall init`, bin/kiosk up, as_hall hall init: up to two words that name a command.
COMMAND = re.compile(
    r"(?:(?:`|bin/)kiosk|as_(?:hall|terminal)) (?P<words>[a-z][a-z-]*(?: [a-z][a-z-]*)?)(?![\w/])"
)
#: Prints the tree of commands. In a process of its own: they are imported when asked for.
PRINT_COMMANDS = """
import click, json
from kiosk.cli import group
def tree(command):
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    names = command.list_commands(context)
    return {name: tree(command.get_command(context, name)) for name in names}
print(json.dumps(tree(group)))
"""
LEVELS = ("debug", "info", "warning", "error", "critical", "exception")
LOGGING = {f"log.{level}" for level in LEVELS}
LARGEST_PICTURE = 150_000


@pytest.fixture(scope="module")
def commands() -> dict[str, dict]:
    """Every command of `kiosk` by name, with the commands below it."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_COMMANDS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose head begins with the cell `first`."""
    rows: list[list[str]] = []
    reading = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|"):
            reading = False
        elif cells[0] == first:
            reading = True
        elif reading and not line.startswith("|---"):
            rows.append(cells)
    return rows


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as they are made where Markdown is shown."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_functions_named_in_a_document_exist(page):
    assert missing_definitions(page.read_text(encoding="utf-8")) == []


def test_functions_named_in_comments_exist():
    found = [
        f"{name_of(file)}: {name}"
        for file in python_files(*PRODUCT, "docs", "tests")
        for name in missing_definitions(file.read_text(encoding="utf-8"))
    ]
    assert [each for each in found if not each.startswith("tests/guards/tree.py")] == []


def test_pages_named_in_comments_exist():
    known = {page.name for page in PAGES}
    sources = [*python_files(*PRODUCT, "tests"), *(ROOT / "static").glob("[jc]s*/**/*.[jc]s*")]
    unknown = [
        f"{name_of(file)}: {name}"
        for file in sources
        for name in re.findall(r"\b[\w-]+\.md\b", file.read_text(encoding="utf-8"))
        if name not in known and file.parent.name != "guards"
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_a_page_and_a_heading(page):
    dangling = []
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            dangling.append(path)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            dangling.append(f"{path}#{anchor}")
    assert dangling == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        waiting += [(page.parent / path).resolve() for path, _ in links if path]
    assert {name_of(page) for page in PAGES} - {name_of(page) for page in reached} == set()


def test_settings_and_their_defaults_are_those_of_the_code():
    rows = {quoted(row[0])[0]: row[1] for row in table(text_of("docs/operations.md"), "variable")}
    assert set(rows) == set(config.variables())
    for role in ("hall", "terminal"):
        made = config.from_environment(role, {})
        for name, default in rows.items():
            value = getattr(made, name.removeprefix("KIOSK_").lower())
            if isinstance(value, Path):
                value = value.relative_to(Path.cwd())
            shown = str(int(value)) if isinstance(value, bool) else str(value)
            told = f"`{shown}`" if shown else "empty"
            assert told == default or (shown and told in default) or f"{role}: {told}" in default, (
                name
            )


def test_every_setting_that_is_named_anywhere_exists():
    known = {*config.variables(), config.FOR_TESTS}
    deploying = [file for file in (ROOT / "deploy").rglob("*") if file.suffix != ".pyc"]
    places = [*PAGES, *python_files(*PRODUCT), *deploying, ROOT / "Dockerfile"]
    unknown = [
        f"{name_of(file)}: {name}"
        for file in places
        if file.is_file()
        for name in VARIABLE.findall(file.read_text(encoding="utf-8"))
        if name not in known
    ]
    assert unknown == []


def test_commands_named_in_documents_exist(commands):
    for page in PAGES:
        for found in COMMAND.finditer(page.read_text(encoding="utf-8")):
            inner = commands
            for word in found["words"].split():
                assert word in inner, f"{name_of(page)}: {found[0]}"
                inner = inner[word]
                if not inner:
                    break


def test_every_command_that_people_run_is_explained(commands):
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    paths = [
        f"{first} {second}".strip() for first in commands for second in (commands[first] or [""])
    ]
    assert [path for path in paths if not re.search(rf"\b{path}\b", text)] == []


def test_limits_of_the_protocol_are_those_of_the_code():
    rows = table(text_of("docs/sync-protocol.md"), "constant")
    assert len(rows) > 10
    for cell, value, *_ in rows:
        path, name = quoted(cell)[0].split(":")
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert float(getattr(module, name)) == float(value.replace(",", "")), name


def test_the_protocol_names_every_file_of_the_exchange():
    named = {quoted(row[0])[0] for row in table(text_of("docs/sync-protocol.md"), "file")}
    here = {name_of(file) for file in python_files("sync") if file.name != "__init__.py"}
    assert here <= named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_protocol_names_every_address_of_the_exchange(apps):
    rows = table(text_of("docs/sync-protocol.md"), "endpoint")
    real = {
        f"{method} {rule.rule}"
        for rule in apps["hall"].url_map.iter_rules()
        if rule.rule.startswith("/sync/")
        for method in (rule.methods or set()) - {"OPTIONS"}
    }
    assert {quoted(row[0])[0] for row in rows} == real


def test_the_protocol_names_every_verdict_kind_and_error_code():
    text = text_of("docs/sync-protocol.md")
    verdicts = {ledger.APPLIED, ledger.HELD, ledger.QUARANTINED, ledger.REFUSED}
    assert {quoted(row[0])[0] for row in table(text, "verdict")} == verdicts
    sources = "".join(
        file.read_text(encoding="utf-8") for file in python_files("kiosk/cases", "kiosk/operators")
    )
    kinds = set(re.findall(r'"((?:case|operator)\.[a-z]+)"', sources))
    assert {kind for kind in kinds if f"`{kind}`" not in text} == set()
    codes = {code for row in table(text, "status") for code in quoted(row[1])}
    raised = "".join(
        text_of(f"kiosk/hall/{name}.py")
        for name in ("sync_api", "sync_recovery", "framing_sync", "speaking", "enrolment")
    )
    assert {code for code in codes if not code.startswith("terminal_")} <= set(
        re.findall(r'"(\w+)"', raised)
    )


def test_states_and_verdicts_are_in_the_glossary():
    text = text_of("docs/glossary.md")
    assert {quoted(row[0])[0] for row in table(text, "state")} == set(STATES)


def test_the_operations_page_explains_every_event_that_is_logged():
    rows = table(text_of("docs/operations.md"), "event")
    calls = [
        node
        for file in python_files("kiosk", "sync")
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LOGGING
    ]
    logged = {call.args[0].value for call in calls if call.args}
    assert {name for row in rows for name in quoted(row[0])} == logged


@pytest.mark.parametrize("role", ["terminal", "hall"])
def test_the_operations_page_explains_every_metric_and_no_other(apps, role):
    with apps[role].app_context():
        Base.metadata.create_all(db.engine)
        page = apps[role].test_client().get("/metrics").text
        db.engine.dispose()
    rows = [
        row
        for row in table(text_of("docs/operations.md"), "metric")
        if row[1] in (role, "both") and "absent" not in row[2]
    ]
    shown = set(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))
    assert {name for row in rows for name in quoted(row[0])} == shown


def test_decisions_are_numbered_complete_and_listed():
    pages = sorted((DOCS / "adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    index = text_of("docs/adr/README.md")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], page.name
        assert f"({page.name})" in index, page.name


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = text_of("CHANGELOG.md")
    releases = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert releases[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in releases[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


def test_pictures_are_small_and_shown():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (DOCS / "img").glob("*"):
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name
        assert picture.name in shown, picture.name
