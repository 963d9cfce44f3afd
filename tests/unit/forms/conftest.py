"""What the tests of forms share: the shipped catalogue, read once, and copies to break."""

import shutil
from pathlib import Path

import pytest

from forms import catalogue as authoring
from forms.definition import ServiceItem
from forms.release import Catalogue
from tests.builders.definitions import written


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return written()


@pytest.fixture
def allowance(catalogue: Catalogue) -> ServiceItem:
    """MZ-006, the smallest item with most kinds of rules."""
    return catalogue.item("MZ-006")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the shared parts and two items of the catalogue, free to be broken."""
    folder = tmp_path / "catalogue"
    shutil.copytree(authoring.HERE / "shared", folder / "shared")
    (folder / "items").mkdir()
    for code in ("MZ-006", "YB-14"):
        shutil.copy(authoring.HERE / "items" / f"{code}.yaml", folder / "items")
    return folder
