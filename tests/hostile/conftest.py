"""One terminal for both sets: nothing in them changes it, and each of them is to show that."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.materials import isolation
from tests.builders.machines import Machine
from tests.builders.pictures import encoded, qr_code


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("terminal")
    shutil.copy(migrated_sqlite, folder / "terminal.db")
    machine = Machine.made("terminal", folder)
    yield machine
    machine.close()


@pytest.fixture(autouse=True)
def _running_child() -> None:
    """Start the picture child, if it is not there: starting is not what is measured."""
    isolation.shared().ask(b"C", encoded(qr_code("x"), "PNG"), 10.0)
