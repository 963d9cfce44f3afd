"""The repository as a whole: what lies where, what is pinned, what the documents point to."""

import configparser
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Fixed by the product's owner, then what convention asks for.
TOP_LEVEL = {
    *("kiosk", "sync", "forms", "static", "tests", "setup.cfg", "Dockerfile"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "pyproject.toml"),
    *("docs", "deploy", ".ci", "ruff.toml", "package.json", "package-lock.json", ".npmrc"),
    *("requirements.lock", "requirements-build.lock", "requirements-dev.lock"),
    *("requirements-node.lock", ".dockerignore", ".editorconfig", ".gitattributes", ".gitignore"),
}
# A path of somebody's machine, or a host of packages: both differ where it is used next.
# The brackets keep these lines from matching themselves.
ELSEWHERE = re.compile(
    r"[/](?:home|root|Users|work|farm)/[\w.]"
    r"|registry[.]npm|registry[.]yarn|pypi[.]org|pypi[.]python|python[h]osted|deb[.]debian"
)
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)")
MENTIONED = re.compile(r"`((?:kiosk|sync|forms|static|tests|docs|deploy)/[\w./-]+)`")
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)


def files() -> list[Path]:
    """All files that are in the repository or would be after `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return sorted(file for file in found if file.is_file())


def texts(*suffixes: str) -> list[tuple[Path, str]]:
    """Relative path and text of all files, or of those with one of `suffixes`."""
    result = []
    for file in files():
        if suffixes and file.suffix not in suffixes:
            continue
        try:
            result.append((file.relative_to(ROOT), file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return result


def test_only_what_convention_asks_for_lies_at_the_top():
    assert {file.relative_to(ROOT).parts[0] for file in files()} <= TOP_LEVEL


def test_no_file_names_a_path_of_a_machine_or_a_host_of_packages():
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if ELSEWHERE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("part", ["", "-build", "-dev", "-node"])
def test_python_locks_pin_every_package_with_hashes_and_without_addresses(part):
    text = (ROOT / f"requirements{part}.lock").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.match(r"\S+==\S|    --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    pinned = [line for line in lines if not line.startswith(" ")]
    assert pinned
    assert all(line.endswith("\\") for line in pinned), "a package without hashes"


def test_the_tests_run_on_the_pins_that_are_installed_for_use():
    pins = {
        part: set(PIN.findall((ROOT / f"requirements{part}.lock").read_text(encoding="utf-8")))
        for part in ("", "-build", "-dev")
    }
    assert pins[""] | pins["-build"] <= pins["-dev"]


def test_everything_that_setup_cfg_asks_for_is_pinned():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = {"": setup["options"]["install_requires"], **setup["options.extras_require"]}
    for part, wanted in asked.items():
        lock = ROOT / f"requirements{part and '-'}{part}.lock"
        pinned = {name for name, version in PIN.findall(lock.read_text(encoding="utf-8"))}
        lines = [line for line in wanted.splitlines() if line and not line.startswith("#")]
        names = {re.split(r"[\[~=<>]", line)[0] for line in lines}
        assert names <= pinned, lock.name


def test_the_front_end_lock_holds_digests_and_no_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_links_between_documents_lead_somewhere():
    dangling = [
        f"{name}: {target}"
        for name, text in texts(".md")
        for target in LINK.findall(text)
        if not (ROOT / name.parent / target).exists()
    ]
    assert dangling == []


def test_paths_named_in_documents_and_comments_exist():
    kinds = texts(".md", ".py", ".sh", ".cfg", ".toml", ".mjs")
    made_later = ("static/build", "docs/performance.md")
    dangling = [
        f"{name}: {target}"
        for name, text in kinds
        for target in MENTIONED.findall(text)
        if not target.startswith(made_later) and not (ROOT / target.rstrip("/.")).exists()
    ]
    assert dangling == []


def test_make_targets_named_in_documents_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target for _, text in texts(".md", ".py") for target in re.findall(r"`make ([a-z-]+)", text)
    }
    assert named <= targets


@pytest.mark.parametrize("script", ["deploy/setup.sh", "deploy/lock.sh", ".ci/run"])
def test_scripts_are_valid_and_executable(script):
    subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert (ROOT / script).stat().st_mode & 0o111
