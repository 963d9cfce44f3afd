"""The wheel: a machine that installs it has everything that the repository's own tree has."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk", "sync", "forms")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> set[str]:
    """The names in a wheel built from a copy, because building leaves its traces."""
    source = tmp_path_factory.mktemp("wheel")
    for name in (*PACKAGES, "static"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "dist"]
    subprocess.run([*pip, "wheel", *options, "."], cwd=source, check=True)
    (built,) = (source / "dist").iterdir()
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def tree(folder: str) -> set[str]:
    return {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_it_holds_every_file_of_the_packages(wheel, package):
    assert tree(package) - wheel == set()


def test_it_holds_the_built_front_end_and_not_its_sources(wheel):
    assert {name for name in wheel if name.startswith("static/")} == tree("static/build")


def test_it_holds_neither_tests_nor_tools(wheel):
    assert {name.split("/")[0] for name in wheel if "dist-info" not in name} == {
        *PACKAGES,
        "static",
    }


def test_it_holds_the_licence_and_the_command(wheel):
    names = {name.partition(".dist-info/")[2] for name in wheel if ".dist-info/" in name}
    assert {"licenses/LICENSE", "entry_points.txt"} <= names
